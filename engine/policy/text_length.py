"""How platforms count the length of a text.

Where a platform's own count cannot be known to the sign, the count here is the lower one: no text
is called too long that is not.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_REMOTE = re.compile(r"(@\w+)@[\w.-]+")  # only the name before the domain counts
_ZERO_WIDTH_JOINER = "\u200d"
_FIRST_MARK = "\u0300"  # nothing before it joins what stands before it
_EMOJI_SIGN = "\ufe0f"
_FLAG_LETTERS = (0x1F1E6, 0x1F1FF)  # two of them make one flag
_SKIN_TONES = (0x1F3FB, 0x1F3FF)
# What X counts once; the rest counts twice. Source: twitter-text, config/v3.json.
_LAST_SINGLE = "\u10ff"
_SINGLE = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


class Unit(StrEnum):
    """What a platform counts."""

    CHARACTERS = "characters"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"
    BYTES = "bytes"

    @property
    def called(self) -> str:
        """What it is in a sentence, in the plural."""
        return "weighted characters" if self is Unit.WEIGHTED else self.value


def count(text: str, unit: Unit, *, link: int | None = None, is_short_handle: bool = False) -> int:
    """Return how long a platform says a text is, in its unit.

    Args:
        link: What every link counts, however long it is; None where it counts as it is written.
        is_short_handle: Whether ``@name@domain`` counts as ``@name``.
    """
    links = 0
    if link is not None:
        links = len(LINK.findall(text)) * link
        text = LINK.sub("", text)
    if is_short_handle:
        text = _REMOTE.sub(r"\1", text)
    return links + _COUNTS[unit](text)


def clusters(text: str) -> Iterator[str]:
    """Yield the signs a reader sees: letters with their marks, emoji with all that joins them."""
    found = ""
    for char in text:
        if found and not _joins(found, char):
            yield found
            found = ""
        found += char
    if found:
        yield found


def _joins(found: str, char: str) -> bool:
    if char < _FIRST_MARK and found[-1] != _ZERO_WIDTH_JOINER:
        return False
    if found[-1] == _ZERO_WIDTH_JOINER:
        return True
    if _is_flag_letter(char):
        return len(found) == 1 and _is_flag_letter(found)
    is_skin_tone = _SKIN_TONES[0] <= ord(char) <= _SKIN_TONES[1]
    return is_skin_tone or unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf")


def _is_flag_letter(char: str) -> bool:
    return _FLAG_LETTERS[0] <= ord(char) <= _FLAG_LETTERS[1]


def _graphemes(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(1 for _ in clusters(text))


def _weighted(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(map(_weight, clusters(unicodedata.normalize("NFC", text))))


def _weight(cluster: str) -> int:
    """Return what X counts a sign: an emoji of any number of parts is two."""
    if cluster <= _LAST_SINGLE and len(cluster) == 1:
        return 1
    is_symbol = unicodedata.category(cluster[0]) == "So" and ord(cluster[0]) > _SINGLE[0][1]
    if is_symbol or _EMOJI_SIGN in cluster:
        return 2
    return sum(
        1 if any(low <= ord(char) <= high for low, high in _SINGLE) else 2 for char in cluster
    )


_COUNTS: Mapping[Unit, Callable[[str], int]] = {
    Unit.CHARACTERS: len,
    Unit.GRAPHEMES: _graphemes,
    Unit.WEIGHTED: _weighted,
    Unit.BYTES: lambda text: len(text.encode("utf-8", "surrogatepass")),
}
