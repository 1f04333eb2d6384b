"""A text cut into words, once, as every query sees it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from engine.policy.text_query.characters import EMOJI, JOINERS, ideograph, letter, marks
from engine.policy.text_query.folding import exact, fold, fold_emoji

HASH = "#"
AT = "@"
MARKS = {"#": HASH, "\uff03": HASH, "@": AT, "\uff20": AT}

_ASCII_WORD = re.compile(r"[A-Za-z0-9_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text in order; positions count from 0.

    A *run* is a stretch of words with nothing between them: ``acme社`` is three words of one run,
    while in most scripts every word is a run of its own.

    Attributes:
        folded: Each word as `fold` gives it.
        exact: Each word with its case and accents.
        marked: Position to ``#`` or ``@`` for each word that begins a hashtag or a handle.
        run_ends: Position of the last word of each word's run; None where all runs are one word.
    """

    folded: list[str]
    exact: list[str]
    marked: dict[int, str]
    run_ends: list[int] | None


def cut(text: str) -> Words:
    """Cut a text into words; time is linear in its length."""
    if text.isascii():
        return _cut_ascii(text)
    return _cut_any(unicodedata.normalize("NFC", text))


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


def _cut_ascii(text: str) -> Words:
    raw = _ASCII_WORD.findall(text)
    marked: dict[int, str] = {}
    if HASH in text or AT in text:
        addresses = _Addresses(text)
        before = -1
        for position, found in enumerate(_ASCII_WORD.finditer(text)):
            mark = mark_before(text, found.start(), before)
            if mark and found.start() not in addresses:
                marked[position] = mark
            before = found.end()
    return Words([word.lower() for word in raw], raw, marked, None)


def _cut_any(text: str) -> Words:
    words = Words([], [], {}, [])
    addresses = _Addresses(text)
    runs: list[int] = []
    has_long_run = False
    before = -1
    for found in _pattern().finditer(text):
        is_emoji = found.lastgroup == "emoji"
        folded = fold_emoji(found[0]) if is_emoji else fold(found[0])
        if not folded:
            continue
        start, position = found.start(), len(words.folded)
        if not is_emoji and start == before:
            runs.append(runs[-1])
            has_long_run = True
        else:
            runs.append(position)
            mark = "" if is_emoji else mark_before(text, start, before)
            if mark and start not in addresses:
                words.marked[position] = mark
        before = -1 if is_emoji else found.end()
        words.folded.append(folded)
        words.exact.append(folded if is_emoji else exact(found[0]))
    ends = _run_ends(runs) if has_long_run else None
    return Words(words.folded, words.exact, words.marked, ends)


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
    one = letter()
    return re.compile(
        f"(?P<emoji>{EMOJI})|(?P<ideograph>{ideograph()})"
        f"|(?P<word>{one}+(?:[{marks()}{JOINERS}]+{one}*)*)"
    )
