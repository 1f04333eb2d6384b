"""The field operators by name."""

from __future__ import annotations

import difflib
from enum import Enum

from engine.policy.text_query.faults import QuerySyntaxError


class FieldName(Enum):
    """What may stand before a colon; `RAW` is about the text, the rest beside it."""

    AUTHOR = "author"
    SITE = "site"
    URL = "url"
    HASHTAG = "hashtag"
    LANG = "lang"
    SOURCE = "source"
    RAW = "raw"


FIELDS = {name.value: name for name in FieldName}


def unknown_field(name: str, *, position: int) -> QuerySyntaxError:
    """Return the error about a field operator that does not exist."""
    near = difflib.get_close_matches(name.lower(), FIELDS, n=1)
    hint = f"did you mean {near[0]}:? " if near else ""
    return QuerySyntaxError(
        f"unknown field operator '{name}:'",
        position=position,
        length=len(name) + 1,
        help=f"{hint}Operators: {' '.join(f'{one}:' for one in FIELDS)} "
        "(quote the words to search the text for them)",
    )
