"""How often a key's mentions had each term in the past: a summary that fades, of bounded size.

Source: Agarwal, Cormode, Huang, Phillips, Wei, Yi 2012, Mergeable Summaries, for Space-Saving and
how two such summaries merge; Cormode, Shkapenyuk, Srivastava, Xu 2009, Forward Decay, for weights
that grow with time in place of counts that shrink.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

TERMS_KEPT = 2000
# Weights are multiples of this, and an age halves them exactly, so that their sums are exact:
# whatever the order of learning and merging, the same past results, to the bit.
_GRAIN = 1 / 1024
_SLACK = 2  # times the terms kept, before the rarest are dropped
_FORGOTTEN = 1 / 64


class TermPast:
    """Mentions and terms, each mention counting half after every ``half_life``.

    A term that is not kept was in at most ``floor`` mentions; one that is kept was in at most as
    many as it says, so the past is never told to be less than it was; but what has faded to 1/64 of
    a mention is forgotten. With about twenty terms a mention the floor reaches about one mention in
    a hundred.

    Attributes:
        floor: In faded mentions, as all counts here.
        seen: Mentions ever learnt, not faded.
    """

    __slots__ = ("_counts", "_half_life", "_kept", "_mentions", "_period", "floor", "seen")

    def __init__(self, half_life: timedelta, *, kept: int = TERMS_KEPT) -> None:
        self._half_life = half_life.total_seconds()
        self._kept = kept
        self._period = 0  # half-lives since the epoch; counts are as of its beginning
        self._counts: dict[str, float] = {}
        self._mentions = 0.0
        self.floor = 0.0
        self.seen = 0

    @property
    def mentions(self) -> float:
        """Faded mentions that were learnt."""
        return self._mentions

    def most(self, term: str) -> float:
        """Return the most (faded) mentions that a term can have been in."""
        return min(self._counts.get(term, self.floor), self._mentions)

    def knows(self, term: str) -> bool:
        """Say whether a term is among those kept."""
        return term in self._counts

    def learn(self, at: float, mentions: int, terms: Mapping[str, int]) -> None:
        """Take in mentions of one time.

        Args:
            at: Seconds since the epoch.
            mentions: How many they were.
            terms: In how many of them each term was.
        """
        weight = self._weigh(at)
        self._mentions += mentions * weight
        self.seen += mentions
        counts, floor = self._counts, self.floor
        for term, times in terms.items():
            counts[term] = counts.get(term, floor) + times * weight
        if len(counts) > _SLACK * self._kept:
            self._drop()

    def merge(self, other: TermPast) -> None:
        """Take in another past of the same key, about other mentions."""
        period = max(self._period, other._period)
        self._fade(period)
        share = 0.5 ** (period - other._period)
        theirs = {term: times * share for term, times in other._counts.items()}
        floor, their_floor = self.floor, other.floor * share
        self._counts = {
            term: self._counts.get(term, floor) + theirs.get(term, their_floor)
            for term in self._counts.keys() | theirs.keys()
        }
        self.floor = floor + their_floor
        self._mentions += other._mentions * share
        self.seen += other.seen
        if len(self._counts) > _SLACK * self._kept:
            self._drop()

    def _weigh(self, at: float) -> float:
        """Return what a mention of a time weighs, having faded all to its period at least."""
        halves = at / self._half_life
        period = int(halves // 1)
        if not self._mentions:
            self._period = period
        elif period > self._period:
            self._fade(period)
        weight = max(1, round(2 ** (halves - period) / _GRAIN)) * _GRAIN
        return math.ldexp(weight, period - self._period)

    def _fade(self, period: int) -> None:
        """Count from a later period."""
        if period == self._period:
            return
        share = 0.5 ** (period - self._period)
        self._period = period
        self._mentions *= share
        self.floor *= share
        least = max(_FORGOTTEN, self.floor)
        faded = ((term, times * share) for term, times in self._counts.items())
        self._counts = {term: times for term, times in faded if times >= least}
        if self.floor < _FORGOTTEN:
            self.floor = 0.0

    def _drop(self) -> None:
        """Keep the terms that were in most mentions."""
        ordered = heapq.nsmallest(
            self._kept + 1, self._counts.items(), key=lambda one: (-one[1], one[0])
        )
        self.floor = max(self.floor, ordered[-1][1])
        self._counts = dict(ordered[:-1])

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered, as JSON has it."""
        return {
            "period": self._period,
            "mentions": self._mentions,
            "seen": self.seen,
            "floor": self.floor,
            "counts": dict(sorted(self._counts.items())),
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` returned."""
        self._period, self._mentions = int(piece["period"]), float(piece["mentions"])
        self.seen, self.floor = int(piece["seen"]), float(piece["floor"])
        self._counts = {str(term): float(times) for term, times in piece["counts"].items()}
