"""The words of each language that say nothing of what a text is about."""

from __future__ import annotations

import importlib
import re
from functools import cache

from engine.policy.text_query.words import cut

STOP_LISTS = ("ar", "de", "en", "es", "fr", "hi", "it", "nl", "pt")
"""Languages whose lists are taken together where a text's own language is not known."""

# What apostrophes leave behind, what platforms write by themselves, and greetings of every day.
_EVERYWHERE = frozenset(
    cut(
        "rt via amp http https www com qt dm pls plz omg lol lmao haha hahaha mdr ptdr "
        "don doesn didn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn ain ll ve re "
        "im ive dont cant qu jusqu lorsqu puisqu quelqu aujourd hui"
    ).folded
)
_CODE = re.compile(r"[a-z]{2,3}")


@cache
def stop_words(language: str | None) -> frozenset[str]:
    """Return a language's stop words, folded as queries fold them, with those of English.

    English ones are left out everywhere, for people mix it in and short texts are often taken for
    its neighbours. A language without a list, or none, has the lists of all `STOP_LISTS`.

    Args:
        language: ISO 639 code in lower case.

    Source: the lists that spaCy ships with its languages; they need no model.
    """
    own = None if language is None else _listed(language)
    if own is not None:
        return _EVERYWHERE | own | (_listed("en") or frozenset())
    return _EVERYWHERE.union(*(_listed(one) or () for one in STOP_LISTS))


@cache
def _listed(language: str) -> frozenset[str] | None:
    if not _CODE.fullmatch(language):
        return None
    name = f"spacy.lang.{language}.stop_words"
    try:
        # Here, for it takes a second that only rules about terms should wait for.
        listed = importlib.import_module(name)
    except ModuleNotFoundError:
        return None
    return frozenset(word for entry in listed.STOP_WORDS for word in cut(entry).folded)
