"""How long a reply may be, by platform, until the platform packs say so themselves.

Each count is a lower bound of what the platform counts, so that no text is called too long that is
not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_URL = re.compile(r"https?://\S+")
_URL_COUNTS = 23
_REMOTE = re.compile(r"(@\w+)@[\w.-]+")  # only the name before the domain counts
_ZERO_WIDTH_JOINER = "\u200d"
# What X counts once; the rest counts twice. Source: twitter-text, config/v3.json.
_SINGLE = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


@dataclass(frozen=True, slots=True)
class ReplyLimit:
    """What one platform allows.

    Attributes:
        most: In the platform's own units.
        unit: What the platform counts, in the plural.
        count: Returns how many units a text has at least.
        source: Where it says so.
        read_on: When that was read.
    """

    most: int
    unit: str
    count: Callable[[str], int]
    source: str
    read_on: date


def _weighted(text: str) -> int:
    left = _URL.sub("", unicodedata.normalize("NFC", text))
    urls = len(_URL.findall(text))
    # An emoji of many signs counts as two in all: only signs known to count are counted.
    joined = sum(1 for char in left if any(low <= ord(char) <= high for low, high in _SINGLE))
    wide = sum(2 for char in left if unicodedata.east_asian_width(char) in "WF" and char.isalpha())
    return joined + wide + urls * _URL_COUNTS


def _with_short_urls(text: str) -> int:
    left = _REMOTE.sub(r"\1", _URL.sub("", text))
    return _graphemes(left) + len(_URL.findall(text)) * _URL_COUNTS


def _graphemes(text: str) -> int:
    count, is_joined = 0, False
    for char in text:
        extends = unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf", "Sk")
        if not extends and not is_joined:
            count += 1
        is_joined = char == _ZERO_WIDTH_JOINER
    return count


REPLY_LIMITS = {
    "x": ReplyLimit(
        280,
        "weighted characters",
        _weighted,
        "https://docs.x.com/fundamentals/counting-characters",
        date(2026, 11, 24),
    ),
    "mastodon": ReplyLimit(
        500,
        "characters",
        _with_short_urls,
        "https://docs.joinmastodon.org/user/posting/",
        date(2026, 11, 24),
    ),
    "bluesky": ReplyLimit(
        300,
        "graphemes",
        _graphemes,
        "https://github.com/bluesky-social/atproto, lexicons/app/bsky/feed/post.json",
        date(2026, 11, 24),
    ),
}
