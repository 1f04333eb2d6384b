"""Text as brands are looked for in it: one case, no accents, handles and hashtags taken apart.

Matching happens on the folded text; every character of it knows where it stood, so what is found
can be shown in the text its author wrote.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# `\w` knows no vowel signs: without them a word of Hindi or vocalised Arabic falls apart.
MARKS: Final = "\u0300-\u036f\u064b-\u0655\u0670\u0900-\u0dff\u200c\u200d"
_WORD = rf"[\w{MARKS}]"
_APART = re.compile(
    rf"(?P<url>(?:https?://|www\.)\S+)"
    rf"|(?<![\w@])[@\uff20](?P<handle>{_WORD}+(?:[.\-]{_WORD}+)*(?:@{_WORD}+(?:[.\-]{_WORD}+)*)?)"
    rf"|(?<![\w&])[#\uff03](?P<hashtag>{_WORD}+)",
    re.IGNORECASE,
)
# Nothing that stands on both sides of a link or a handle is one name.
_BARRIER = " \u2022"
# White space that folding changes: next to its like, or no plain space.
_SPACES = re.compile(r"\s\s|[^\S ]")
_VIRAMA = 9  # the one combining class whose marks part words of Indic scripts
# What Unicode takes for letters of their own and people for one another: ligatures and strokes,
# the endings of Arabic that are typed for each other. Joiners and the bar that widens a word go.
_SAME = {
    **dict.fromkeys("\u2019\u2018\u02bc\u00b4`\u2032\uff07", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("œŒ", "oe"),
    **dict.fromkeys("æÆ", "ae"),
    **dict.fromkeys("øØ", "o"),
    **dict.fromkeys("łŁ", "l"),
    **dict.fromkeys("đĐ", "d"),
    **dict.fromkeys("\u0640\u200c\u200d", ""),
    "\u0649": "\u064a",
    "\u0629": "\u0647",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A handle or hashtag of a text.

    Attributes:
        start: Where its sign stands in the text.
        end: Behind its last character.
        sign: ``@`` or ``#``.
        body: Folded, without the sign.
    """

    start: int
    end: int
    sign: str
    body: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is matched.

    Attributes:
        text: Folded; links and handles are left out, hashtags stand as their words.
        places: Where each character of it stood; None where it stands there still.
        tags: Handles and hashtags in order.
    """

    text: str
    places: Sequence[int] | None
    tags: tuple[Tag, ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the folded text, not an empty one, stood in the text."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> str:
    """Return a text without case, accents, vowel marks of Arabic and doubled white space."""
    return " ".join("".join(map(fold_character, text)).split())


@functools.lru_cache(maxsize=8192)
def fold_character(char: str) -> str:
    """Return what one character is compared as: none, one or several characters."""
    if char in _SAME:
        return _SAME[char]
    if char.isascii():
        return char.lower()
    plain = unicodedata.normalize("NFKD", char).casefold()
    return "".join(one for one in plain if unicodedata.combining(one) in {0, _VIRAMA})


def fold_text(text: str) -> Folded:
    """Return a mention's text as brands are looked for in it."""
    if text.isascii() and not _SPACES.search(text) and not _APART.search(text):
        return Folded(text.lower(), None)
    writer = _Writer()
    tags: list[Tag] = []
    at = 0
    for found in _APART.finditer(text):
        writer.write(text[at : found.start()], at)
        at = found.end()
        sign = "@" if found["handle"] else "#"
        body = found["handle"] or found["hashtag"]
        if body:
            tags.append(Tag(found.start(), at, sign, fold(body)))
        writer.write(_BARRIER, found.start(), is_there=False)
        if found["hashtag"]:
            writer.write_words(body, at - len(body))
            writer.write(_BARRIER, at - 1, is_there=False)
    writer.write(text[at:], at)
    return Folded("".join(writer.parts), writer.places, tuple(tags))


class _Writer:
    """Collects folded characters with their places, white space never twice."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.places: list[int] = []

    def write(self, text: str, start: int, *, is_there: bool = True) -> None:
        """Add text that stands at a place, or all of which stands for one place."""
        if is_there and text.isascii() and not _SPACES.search(text):  # as most of most texts is
            self.parts.append(text.lower())
            self.places.extend(range(start, start + len(text)))
            return
        for offset, char in enumerate(text):
            for one in fold_character(char):
                written = " " if one.isspace() else one
                if written == " " and self.parts and self.parts[-1] == " ":
                    continue
                self.parts.append(written)
                self.places.append(start + offset if is_there else start)

    def write_words(self, body: str, start: int) -> None:
        """Add a hashtag as its words: ``BoycottAcme2026`` says ``boycott acme 2026``."""
        for offset, char in enumerate(body):
            if offset and _begins_word(body, offset):
                self.write(" ", start + offset, is_there=False)
            self.write(" " if char == "_" else char, start + offset, is_there=False)


def _begins_word(body: str, at: int) -> bool:
    before, char, after = body[at - 1], body[at], body[at + 1 : at + 2]
    if char.isupper():
        return before.islower() or before.isdigit() or (before.isupper() and after.islower())
    return char.isdigit() != before.isdigit() and (char.isdigit() or char.isalpha())
