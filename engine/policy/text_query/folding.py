"""Which spellings are one word: case, accents, widths and vowel signs folded away.

Folded: case (ß=ss), accents of Latin, Greek and Cyrillic letters (é=e, ñ=n), letters that are
written plainly on another keyboard (œ=oe, æ=ae, ø=o, ł=l, đ=d, ð=d, þ=th, ħ=h, dotless i),
full-width and other styled forms, digits of any script (٤=4), Arabic vowel signs and stretching
(tatweel), what stands on an alef (hamza, madda, wasla), Hebrew points, invisible joiners.

Kept, because another word would result: Cyrillic й, ў and ї, hamza on waw and yeh, Japanese
voicing (が is not か), and every sign of the Indic scripts.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from engine.policy.text_query.characters import JOINERS

_LONGEST_CACHED = 64

_DROPPED_RANGES = (
    (0x0300, 0x036F),
    (0x0483, 0x0487),
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0x08D3, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20F0),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)
_PLAIN: dict[int, str | None] = {
    **{ord(char): None for char in JOINERS + " "},
    **{code: None for first, last in _DROPPED_RANGES for code in range(first, last + 1)},
    **{ord(char): plain for char, plain in zip("øłđðħŧı", "olddhti", strict=True)},
    ord("œ"): "oe",
    ord("æ"): "ae",
    ord("þ"): "th",
    ord("\u0671"): "\u0627",
}
# Composed before accents are dropped, so that the sign survives.
_LETTERS_OF_THEIR_OWN = (
    ("\u0438\u0306", "\u0439"),  # й
    ("\u0443\u0306", "\u045e"),  # ў
    ("\u0456\u0308", "\u0457"),  # ї
    ("\u0648\u0654", "\u0624"),  # ؤ
    ("\u064a\u0654", "\u0626"),  # ئ
)
_SELECTORS = {0xFE0E: None, 0xFE0F: None}
_INVISIBLE = {ord(char): None for char in JOINERS}


def fold(word: str) -> str:
    """Return what stands for a word and all its spellings; empty where only signs were written.

    Folding twice changes nothing. ``*`` and ``?`` pass unchanged.
    """
    if word.isascii():
        return word.lower()
    return _folded(word) if len(word) <= _LONGEST_CACHED else _fold(word)


def fold_emoji(emoji: str) -> str:
    """Return an emoji without the selectors that only choose how it is drawn."""
    return emoji.translate(_SELECTORS)


def exact(word: str) -> str:
    """Return a word as ``raw:`` compares it: case and accents kept, invisible joiners not."""
    return unicodedata.normalize("NFC", word).translate(_INVISIBLE)


def _fold(word: str) -> str:
    # Styled letters decompose to capitals, and folding case can bring out new accents (İ).
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    for apart, composed in _LETTERS_OF_THEIR_OWN:
        text = text.replace(apart, composed)
    text = unicodedata.normalize("NFC", text.translate(_PLAIN))
    if any(char.isdecimal() and not char.isascii() for char in text):
        text = "".join(
            str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
        )
    return text


_folded = lru_cache(maxsize=1 << 15)(_fold)
