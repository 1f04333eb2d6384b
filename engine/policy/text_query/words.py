"""A text cut into words, once, as every query sees it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from engine.policy.text_query.characters import EMOJI, JOINERS, ideograph, letter, marks
from engine.policy.text_query.folding import exact, fold, fold_emoji

HASH = "#"
AT = "@"
MARKS = {"#": HASH, "\uff03": HASH, "@": AT, "\uff20": AT}

_ASCII_WORD = re.compile(r"[A-Za-z0-9_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LONGEST_CACHED = 64


@dataclass(frozen=True, slots=True)
class _Details:
    """What only some queries ask of the words; attributes as `Words` has them."""

    exact: list[str]
    marked: dict[int, str]
    run_ends: list[int] | None


class Words:
    """The words of one text in order; positions count from 0.

    A *run* is a stretch of words with nothing between them: ``acme社`` is three words of one run,
    while in most scripts every word is a run of its own.

    Attributes:
        folded: Each word as `fold` gives it.
    """

    __slots__ = ("_details", "_text", "folded")

    def __init__(self, text: str) -> None:
        self._details: _Details | None = None
        if text.isascii():
            self._text = text
            self.folded: list[str] = _ASCII_WORD.findall(text.lower())
            return
        self._text = unicodedata.normalize("NFC", text)
        pieces = [
            piece.lower() if piece.isascii() else _fold_piece(piece)
            for piece in _any_word().findall(self._text)
        ]
        self.folded = pieces if all(pieces) else [piece for piece in pieces if piece]

    @property
    def exact(self) -> list[str]:
        """Each word with its case and accents."""
        return self._detailed().exact

    @property
    def marked(self) -> dict[int, str]:
        """Position to ``#`` or ``@`` for each word that begins a hashtag or a handle."""
        return self._detailed().marked

    @property
    def run_ends(self) -> list[int] | None:
        """Position of the last word of each word's run; None where all runs are one word."""
        return self._detailed().run_ends

    def _detailed(self) -> _Details:
        if self._details is None:
            is_plain = self._text.isascii()
            self._details = (_ascii_details if is_plain else _any_details)(self._text)
        return self._details


def cut(text: str) -> Words:
    """Cut a text into words; time is linear in its length."""
    return Words(text)


def mark_before(text: str, start: int, previous_end: int) -> str:
    """Return ``#`` or ``@`` where a word's start makes it a hashtag or a handle, else nothing.

    It does not when the sign hangs on another word (``a@b.org``, ``C#x``) or on ``&``.

    Args:
        previous_end: Offset just behind the word before that is not an emoji; -1 for none.
    """
    mark = MARKS.get(text[start - 1], "") if start else ""
    if not mark or previous_end == start - 1 or text[start - 2 : start - 1] == "&":
        return ""
    return mark


def _fold_piece(piece: str) -> str:
    return _folded_piece(piece) if len(piece) <= _LONGEST_CACHED else _fold_any_piece(piece)


def _fold_any_piece(piece: str) -> str:
    """Return one word folded as what it is, an emoji or letters; empty where nothing is left."""
    found = _pattern().match(piece)
    is_emoji = found is not None and found.lastgroup == "emoji"
    return fold_emoji(piece) if is_emoji else fold(piece)


_folded_piece = lru_cache(maxsize=1 << 15)(_fold_any_piece)


def _ascii_details(text: str) -> _Details:
    marked: dict[int, str] = {}
    if HASH in text or AT in text:
        addresses = _Addresses(text)
        before = -1
        for position, found in enumerate(_ASCII_WORD.finditer(text)):
            mark = mark_before(text, found.start(), before)
            if mark and found.start() not in addresses:
                marked[position] = mark
            before = found.end()
    return _Details(_ASCII_WORD.findall(text), marked, None)


def _any_details(text: str) -> _Details:
    details = _Details([], {}, None)
    addresses = _Addresses(text)
    runs: list[int] = []
    has_long_run = False
    before = -1
    for found in _pattern().finditer(text):
        is_emoji = found.lastgroup == "emoji"
        folded = fold_emoji(found[0]) if is_emoji else fold(found[0])
        if not folded:
            continue
        start, position = found.start(), len(runs)
        if not is_emoji and start == before:
            runs.append(runs[-1])
            has_long_run = True
        else:
            runs.append(position)
            mark = "" if is_emoji else mark_before(text, start, before)
            if mark and start not in addresses:
                details.marked[position] = mark
        before = -1 if is_emoji else found.end()
        details.exact.append(folded if is_emoji else exact(found[0]))
    return replace(details, run_ends=_run_ends(runs)) if has_long_run else details


def _run_ends(firsts: list[int]) -> list[int]:
    ends = list(range(len(firsts)))
    for position in range(len(firsts) - 2, -1, -1):
        if firsts[position] == firsts[position + 1]:
            ends[position] = ends[position + 1]
    return ends


class _Addresses:
    """Where the URLs written out in a text stand; asked for rising offsets only."""

    def __init__(self, text: str) -> None:
        has_any = "://" in text or "www." in text.lower()
        self._spans = [found.span() for found in _ADDRESS.finditer(text)] if has_any else []
        self._next = 0

    def __contains__(self, offset: int) -> bool:
        while self._next < len(self._spans) and self._spans[self._next][1] <= offset:
            self._next += 1
        return self._next < len(self._spans) and self._spans[self._next][0] <= offset


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(f"(?P<emoji>{EMOJI})|(?P<ideograph>{ideograph()})|(?P<word>{_word()})")


@cache
def _any_word() -> re.Pattern[str]:
    # What `_pattern` finds, without its groups; plain words first, as most are.
    return re.compile(f"[A-Za-z0-9_]++(?![^\\x00-\\x7f])|{EMOJI}|{ideograph()}|{_word()}")


def _word() -> str:
    one = letter()
    return f"{one}+(?:[{marks()}{JOINERS}]+{one}*)*"
