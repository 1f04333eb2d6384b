"""Query text to terms: the same cut into words as documents, with wildcards as letters."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from engine.policy.text_query.characters import EMOJI, JOINERS, ideograph, letter, marks
from engine.policy.text_query.folding import exact, fold, fold_emoji
from engine.policy.text_query.tree import AnyOf, Phrase, Term
from engine.policy.text_query.wildcards import is_wild
from engine.policy.text_query.words import mark_before

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word of the query; `kind` is ``emoji``, ``ideograph`` or ``word``.

    `mark` is on the first piece of a hashtag or handle only, `is_in_tag` on all of its run.
    """

    kind: str
    text: str
    start: int
    end: int
    mark: str
    is_in_tag: bool

    @property
    def is_only_wild(self) -> bool:
        return not self.text.strip("*?")

    def hangs_on(self, other: _Piece) -> bool:
        """Whether both are of one run, this one right behind the other."""
        return self.start == other.end and "emoji" not in (self.kind, other.kind)


def read_phrase(text: str, *, slop: int = 0, is_exact: bool = False) -> Term | Phrase | None:
    """Return what a query word or a quoted phrase looks for; None where it holds no word.

    Args:
        slop: Most further words allowed between its words in all.
        is_exact: Case and accents count.
    """
    pieces = _pieces(text)
    blocks: list[list[Term]] = [[]]
    has_gap = False
    for number, piece in enumerate(pieces):
        before = pieces[number - 1] if number else None
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        if not piece.is_only_wild or not _touches_ideograph(piece, before, after):
            term = _term(piece, after, is_exact=is_exact)
            blocks[-1] += [term] if term.text else []
            continue
        for index, sign in enumerate(piece.text):
            if sign == "?":
                blocks[-1].append(Term("?", is_wild=True, is_exact=is_exact))
            elif _is_inner(index, piece, before, after):
                has_gap = True
                blocks.append([])
    filled = [block for block in blocks if block]
    if slop:
        filled = [[term] for block in filled for term in block]
    return _phrase(filled, slop=None if has_gap and not slop else slop, is_in_run=has_gap)


def read_list(entries: Iterable[str]) -> tuple[AnyOf, list[str]]:
    """Return a list's terms, and those of its entries that hold no word."""
    words: set[str] = set()
    others: dict[Term | Phrase, None] = {}
    empty: list[str] = []
    for entry in entries:
        found = read_phrase(str(entry))
        if found is None:
            empty.append(str(entry))
        elif isinstance(found, Term) and found.is_plain:
            words.add(found.text)
        else:
            others[found] = None
    return AnyOf(frozenset(words), tuple(others)), empty


def _phrase(blocks: list[list[Term]], *, slop: int | None, is_in_run: bool) -> Term | Phrase | None:
    if not blocks:
        return None
    if len(blocks) == 1:
        if len(blocks[0]) == 1:
            return blocks[0][0]
        return Phrase((tuple(blocks[0]),))
    return Phrase(tuple(tuple(block) for block in blocks), slop, is_in_run)


def _term(piece: _Piece, after: _Piece | None, *, is_exact: bool) -> Term:
    if piece.kind == "emoji":
        text = fold_emoji(piece.text)
    else:
        text = exact(piece.text) if is_exact else fold(piece.text)
    ends_run = piece.is_in_tag and not text.endswith("*")
    if after is not None and after.hangs_on(piece):
        ends_run = False
    term = Term(text, is_wild=is_wild(text), is_exact=is_exact)
    return replace(term, mark=piece.mark, ends_run=ends_run)


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    before = -1
    for found in _pattern().finditer(text):
        kind = found.lastgroup or ""
        start, end = found.span()
        mark = "" if kind == "emoji" else mark_before(text, start, before)
        hangs = bool(pieces) and kind != "emoji" and start == before
        in_tag = bool(mark) or (hangs and pieces[-1].is_in_tag)
        pieces.append(_Piece(kind, found[0], start, end, mark, in_tag))
        before = -1 if kind == "emoji" else end
    return pieces


def _touches_ideograph(piece: _Piece, before: _Piece | None, after: _Piece | None) -> bool:
    return not piece.mark and (
        (before is not None and before.kind == "ideograph" and piece.hangs_on(before))
        or (after is not None and after.kind == "ideograph" and after.hangs_on(piece))
    )


def _is_inner(index: int, piece: _Piece, before: _Piece | None, after: _Piece | None) -> bool:
    """Whether a ``*`` has something of its own run on both sides; at an edge it may be empty."""
    has_left = index > 0 or (before is not None and piece.hangs_on(before))
    has_right = index + 1 < len(piece.text) or (after is not None and after.hangs_on(piece))
    return has_left and has_right


@cache
def _pattern() -> re.Pattern[str]:
    one = f"(?:{letter()}|[*?])"
    return re.compile(
        f"(?P<emoji>[*?]*{EMOJI}[*?]*)|(?P<ideograph>{ideograph()})"
        f"|(?P<word>{one}+(?:[{marks()}{JOINERS}]+{one}*)*)"
    )
