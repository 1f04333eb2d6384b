"""Terms that are new or rising: in far more mentions of a window than a key's past leads to expect.

A term *emerges* when it is in enough mentions of the window, in at least `TIMES` as many as
expected, and when chance would hardly bring it: the chance of so many, times the different terms of
the window (any of which might have risen), is below `CHANCE`. The chance is beta-binomial: a past
of few mentions says little of how frequent a term is, so what is to emerge against it must be in
far more of them.

One author is no crowd: a term needs at least a third as many authors as mentions, and of more than
150 mentions fifty. Authors are told apart by a bitmap of `BITS` bits for each term and bucket.
Source: Whang, Vander-Zanden, Taylor 1990, A Linear-Time Probabilistic Counting Algorithm.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.windows.term_past import TERMS_KEPT, TermPast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIMES = 3.0
CHANCE = 1e-4
FEWEST_PAST = 50
"""Mentions that a key's past has, before which nothing emerges."""

BITS = 63
_EVERYBODY = (1 << BITS) - 1
_CROWD = 1 / 3
_ENOUGH = 150

_HALF_LIFE = timedelta(days=14)
_PLATEAU = timedelta(days=1)
_PRIOR = 0.5  # Jeffreys: of a term, half a mention with it and half a mention without
_MOST_SURPRISING = 300.0
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class Emerging:
    """A term that emerges.

    Attributes:
        count: Mentions of the window that have it.
        expected: As many as its past share of the key's mentions would bring.
        score: -log10 of the chance that any term of the window were in so many; 4 to 300.
        is_new: It is not among the terms that are remembered: never seen, or hardly ever.
    """

    term: str
    count: int
    expected: float
    score: float
    is_new: bool


class EmergingTerms:
    """The terms of one key: those of the window a bucket, and a fading summary of its past.

    What leaves the window teaches the past. It does not while the rule fires, until that has gone
    on for a day: a crisis is not what to expect, but what lasts for days is.

    Nothing emerges until the past holds 50 mentions and the key was first seen two windows ago: on
    a key's first mentions all words are new.

    Args:
        step: Width of a bucket, as the window has it.
        buckets: How many the window holds.
        least: Terms in fewer mentions are never asked about; the least that matters to the rule,
            its ``at_least`` times its ``resolve: below``.
    """

    def __init__(
        self, step: timedelta, *, buckets: int, least: int, kept: int = TERMS_KEPT
    ) -> None:
        self._step = step.total_seconds()
        self._length = buckets
        self._least = max(1, least)
        self._past = TermPast(_HALF_LIFE, kept=kept)
        self._buckets: dict[int, tuple[int, Counter[str]]] = {}
        self._crowds: dict[int, dict[str, int]] = {}
        self._counts: Counter[str] = Counter()
        self._frequent: set[str] = set()  # in at least `least` mentions of the window
        self._mentions = 0
        self._first: int | None = None
        self._begin: int | None = None  # of the window
        self._frozen_at: int | None = None

    @property
    def mentions(self) -> int:
        """Mentions of the window."""
        return self._mentions

    @property
    def is_idle(self) -> bool:
        """Whether the window holds no mention."""
        return not self._buckets

    @property
    def oldest(self) -> int | None:
        """The window's oldest bucket; None where it holds no mention."""
        return min(self._buckets, default=None)

    @property
    def newest(self) -> int | None:
        """The window's newest bucket; None where it holds no mention."""
        return max(self._buckets, default=None)

    def add(self, bucket: int, terms: Iterable[str], *, author: str | None = None) -> None:
        """Count a mention.

        Args:
            bucket: Its time in steps since the epoch.
            terms: Each once.
            author: Who wrote it; None where that is not known: then it is taken for a crowd's.
        """
        bits = (
            _EVERYBODY
            if author is None
            else 1 << zlib.crc32(author.encode("utf-8", "surrogatepass")) % BITS
        )
        counted = Counter(terms)
        self._add(bucket, 1, counted, crowds=dict.fromkeys(counted, bits))

    def _add(
        self, bucket: int, mentions: int, terms: Counter[str], *, crowds: Mapping[str, int]
    ) -> None:
        before, counted = self._buckets.get(bucket, (0, Counter()))
        counted.update(terms)
        self._buckets[bucket] = before + mentions, counted
        known = self._crowds.setdefault(bucket, {})
        for term, bits in crowds.items():
            known[term] = known.get(term, 0) | bits
        self._mentions += mentions
        self._first = bucket if self._first is None else min(self._first, bucket)
        for term, times in terms.items():
            self._counts[term] += times
            if self._counts[term] >= self._least:
                self._frequent.add(term)

    def drop_before(self, bucket: int, *, frozen: bool = False) -> None:
        """Let the window begin at a bucket; what leaves it is past.

        Args:
            frozen: The rule fires: what leaves is forgotten, for a day.
        """
        if self._begin is not None and bucket < self._begin:
            return
        self._begin = bucket
        if not frozen:
            self._frozen_at = None
        elif self._frozen_at is None:
            self._frozen_at = bucket
        for gone in sorted(one for one in self._buckets if one < bucket):
            mentions, terms = self._buckets.pop(gone)
            del self._crowds[gone]
            self._mentions -= mentions
            self._uncount(terms)
            if not self._is_crisis(gone):
                self._past.learn(gone * self._step, mentions, terms)

    def _is_crisis(self, bucket: int) -> bool:
        if self._frozen_at is None:
            return False
        return (bucket - self._frozen_at) * self._step < _PLATEAU.total_seconds()

    def _uncount(self, terms: Counter[str]) -> None:
        for term, times in terms.items():
            left = self._counts[term] - times
            if left:
                self._counts[term] = left
            else:
                del self._counts[term]
            if left < self._least:
                self._frequent.discard(term)

    @property
    def is_learning(self) -> bool:
        """Whether too little of the past was seen to call anything new."""
        if self._begin is None or self._first is None or self._past.seen < FEWEST_PAST:
            return True
        return self._begin - self._first < self._length

    def reading(self, at_least: float = 1) -> float | None:
        """Return in how many mentions the most frequent emerging term is; None while learning.

        Args:
            at_least: Terms in fewer mentions do not count.
        """
        if self.is_learning:
            return None
        for term in self._by_count(at_least):
            if self._emerging(term) is not None:
                return float(self._counts[term])
        return 0.0

    def emerging(self, at_least: float = 1) -> list[Emerging]:
        """Return what emerges, the most surprising first; nothing while learning."""
        if self.is_learning:
            return []
        found = [self._emerging(term) for term in self._by_count(at_least)]
        told = [one for one in found if one is not None]
        return sorted(told, key=lambda one: (-round(one.score, 6), -one.count, one.term))

    def _by_count(self, at_least: float) -> list[str]:
        enough = [term for term in self._frequent if self._counts[term] >= at_least]
        return sorted(enough, key=lambda term: (-self._counts[term], term))

    def _emerging(self, term: str) -> Emerging | None:
        count, before, mentions = self._counts[term], self._past.most(term), self._past.mentions
        share = (before + _PRIOR) / (mentions + 2 * _PRIOR)
        expected = share * self._mentions
        if count < TIMES * expected:
            return None
        tail = log10_tail(
            count, self._mentions, before + _PRIOR, mentions=mentions + 2 * _PRIOR
        ) + math.log10(len(self._counts))
        if tail >= math.log10(CHANCE) or self._authors(term) < _CROWD * min(count, _ENOUGH):
            return None
        score = min(-tail, _MOST_SURPRISING)
        return Emerging(term, count, expected, score, is_new=not self._past.knows(term))

    def _authors(self, term: str) -> float:
        """Return about how many authors a term of the window has; infinite beyond a few hundred."""
        bits = 0
        for crowd in self._crowds.values():
            bits |= crowd.get(term, 0)
        free = BITS - bits.bit_count()
        return BITS * math.log(BITS / free) if free else math.inf

    def merge(self, other: EmergingTerms) -> None:
        """Take in what was counted elsewhere of the same key and rule, about other mentions.

        Any order of merging gives the same; the past's terms do as long as they are fewer than
        are kept, beyond that they stay within what `TermPast` promises.
        """
        for bucket, (mentions, terms) in other._buckets.items():
            self._add(bucket, mentions, terms, crowds=other._crowds[bucket])
        self._past.merge(other._past)
        self._first = _earliest(self._first, other._first)
        self._frozen_at = _earliest(self._frozen_at, other._frozen_at)
        begins = [one for one in (self._begin, other._begin) if one is not None]
        self._begin = max(begins, default=None)

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered, as JSON has it."""
        return {
            "step": self._step,
            "first": self._first,
            "begin": self._begin,
            "frozen_at": self._frozen_at,
            "window": [
                [
                    bucket,
                    mentions,
                    dict(sorted(terms.items())),
                    dict(sorted(self._crowds[bucket].items())),
                ]
                for bucket, (mentions, terms) in sorted(self._buckets.items())
            ],
            "past": self._past.snapshot(),
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from a snapshot; to be called on a new one that was made alike.

        Raises:
            ValueError: The piece is of another step.
        """
        if piece["step"] != self._step:
            message = f"the snapshot is of buckets of {piece['step']:g}s, not of {self._step:g}s"
            raise ValueError(message)
        for bucket, mentions, terms, crowds in piece["window"]:
            self._add(int(bucket), int(mentions), Counter(terms), crowds=crowds)
        self._past.resume(piece["past"])
        self._first, self._begin = piece["first"], piece["begin"]
        self._frozen_at = piece["frozen_at"]


def _earliest(one: int | None, two: int | None) -> int | None:
    return min((at for at in (one, two) if at is not None), default=None)


def log10_tail(count: int, of: int, before: float, *, mentions: float) -> float:
    """Return log10 of the chance that ``count`` mentions or more of ``of`` have a term.

    Args:
        before: Mentions of the past that had it, and what is assumed beforehand.
        mentions: All of the past, likewise; more than ``before``.

    Returns:
        The upper tail of a beta-binomial law; 0 where ``count`` is 0.
    """
    if count <= 0:
        return 0.0
    without = mentions - before
    first = (
        math.lgamma(of + 1)
        - math.lgamma(count + 1)
        - math.lgamma(of - count + 1)
        + _log_beta(count + before, of - count + without)
        - _log_beta(before, without)
    )
    total = term = 1.0
    for more in range(count, of):
        term *= (of - more) / (more + 1)
        term *= (more + before) / (of - more - 1 + without)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return min(0.0, (first + math.log(total)) / math.log(10))


def _log_beta(one: float, two: float) -> float:
    return math.lgamma(one) + math.lgamma(two) - math.lgamma(one + two)
