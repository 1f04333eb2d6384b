"""E-mail addresses, written plainly or with their signs spelt out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.redaction.working import Working

# Lengths as RFC 5321 has them (64 before the sign). A handle of the fediverse, ``@name@server``, is
# a public name and no address.
_PLAIN = re.compile(
    r"(?<![\w.%+@/-])(?<![\w.%+-]/@)([^\W_][\w.%+-]{0,63})@"
    r"((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24})(?![\w@-])"
)
_IN_LINK = re.compile(
    r"(?:mailto:|[?&=/])([^\W_][\w.%+-]{0,63})(?:@|%40)((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?![\w-])",
    re.IGNORECASE,
)
# Spelt out; the sign in brackets, or as a word of its own with the dot spelt out as well.
_AT = r"\s{0,2}[\[({<]\s?(?:at|arobase|chez|@)\s?[\])}>]\s{0,2}|\s{1,2}(?:arobase|\(a\))\s{1,2}"
_DOT = r"\s{0,2}[\[({<]\s?(?:dot|point|\.)\s?[\])}>]\s{0,2}|\s{1,2}(?:dot|point)\s{1,2}|\."
_SPELT = re.compile(
    rf"(?<![\w.%+@-])([a-z0-9][a-z0-9.%+_-]{{0,63}})(?:{_AT})"
    rf"((?:[a-z0-9-]{{1,63}}(?:{_DOT})){{1,4}}[a-z]{{2,12}})(?![\w-])",
    re.IGNORECASE,
)
_BARE_AT = re.compile(
    r"(?<![\w.%+@-])([a-z0-9][a-z0-9.%+_-]{0,63})\s(?:at|chez)\s"
    r"((?:[a-z0-9-]{1,63}\s(?:dot|point)\s){1,3}[a-z]{2,12})(?![\w-])",
    re.IGNORECASE,
)
_HINT = re.compile(r"@|%40|arobase|\bat\b|\bchez\b|\(a\)", re.IGNORECASE)


def find_emails(working: Working) -> Iterator[tuple[int, int]]:
    """Yield where addresses stand, in no order; they may overlap."""
    text = working.text
    if _HINT.search(text) is None:
        return
    for pattern in (_PLAIN, _IN_LINK, _SPELT, _BARE_AT):
        for match in pattern.finditer(text):
            yield match.start(1), match.end(2)
