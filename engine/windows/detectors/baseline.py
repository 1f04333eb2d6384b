"""What a stream of counts is expected to be at an hour: its latest level and its own past days.

Counts are compared as ``2 sqrt(n + 3/8)`` (Anscombe 1948), where a Poisson count deviates by about
1 whatever its mean, so that streams of one mention an hour and of a thousand a minute look alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_DAYS_OF_WEEK = 7
_ENOUGH_WEEKS = 2  # before which a day of the week is not told from another
_DAY = 86400


def stable(value: float) -> float:
    """Return a count on the scale where its deviation does not hang on its mean."""
    return 2 * math.sqrt(value + 0.375)


def count(stabilised: float) -> float:
    """Return the count of a value of `stable`; at least 0."""
    half = max(0.0, stabilised) / 2
    return max(0.0, half * half - 0.375)


@dataclass(frozen=True, slots=True)
class BaselineSpec:
    """How a baseline learns.

    Attributes:
        slots: Parts of a day that are told apart.
        level: Share of the way that the level goes towards a bucket.
        season: Share of the way that a part of the day goes towards its value of today.
        weight: Of the past days in what is expected, in [0, 1]; the rest is the level's.
    """

    slots: int
    level: float
    season: float
    weight: float


class Baseline:
    """Level, daily course and days of the week of one stream, all on the `stable` scale."""

    __slots__ = ("days", "level", "seen", "slot", "slots", "spec", "sums", "weekday", "weeks")

    def __init__(self, spec: BaselineSpec) -> None:
        self.spec = spec
        self.level = 0.0
        self.seen = 0
        self.slots: list[float | None] = [None] * spec.slots
        self.days = [0.0] * _DAYS_OF_WEEK
        self.weeks = [0] * _DAYS_OF_WEEK
        self.slot = -1
        self.weekday = -1
        # Of the running part of the day, and of the running day against its course: sum, buckets.
        self.sums = [0.0, 0.0, 0.0, 0.0]

    def expect(self, at: datetime) -> float | None:
        """Return what a bucket at ``at`` is expected to be; None before anything was seen."""
        if not self.seen:
            return None
        past = self.slots[self._slot(at)]
        if past is None:
            return self.level
        past += self._day(at.weekday())
        return self.level + self.spec.weight * (past - self.level)

    def learn(self, at: datetime, value: float, *, near_level: float) -> None:
        """Move towards a bucket.

        Args:
            value: Held to what is near the expected, so that one bucket moves little.
            near_level: Likewise, near the level.
        """
        self._turn(at)
        self.seen += 1
        share = max(self.spec.level, 1 / self.seen)
        self.level += share * (near_level - self.level)
        self.sums[0] += value
        self.sums[1] += 1
        past = self.slots[self.slot]
        if past is not None:
            self.sums[2] += value - past
            self.sums[3] += 1

    def shift(self, by: float) -> None:
        """Move the level and every hour, as where a new normal began."""
        self.level += by
        self.slots = [None if past is None else past + by for past in self.slots]

    def scale(self, times: float) -> None:
        """Expect so many times as much at every hour, as where a new normal began."""
        self.level = stable(count(self.level) * times)
        self.slots = [None if past is None else stable(count(past) * times) for past in self.slots]

    def _turn(self, at: datetime) -> None:
        """Close the part of the day, and the day, that ``at`` is no longer in."""
        slot, weekday = self._slot(at), at.weekday()
        if slot != self.slot and self.sums[1]:
            today = self.sums[0] / self.sums[1] - self._day(self.weekday)
            past = self.slots[self.slot]
            moved = today if past is None else past + self.spec.season * (today - past)
            self.slots[self.slot] = moved
            self.sums[0] = self.sums[1] = 0.0
        if weekday != self.weekday and self.sums[3]:
            known = self.weeks[self.weekday] = self.weeks[self.weekday] + 1
            apart = self.sums[2] / self.sums[3] - self.days[self.weekday]
            self.days[self.weekday] += apart / min(known, 4)
            self.sums[2] = self.sums[3] = 0.0
        self.slot, self.weekday = slot, weekday

    def _slot(self, at: datetime) -> int:
        seconds = at.hour * 3600 + at.minute * 60 + at.second
        return seconds * self.spec.slots // _DAY

    def _day(self, weekday: int) -> float:
        """Return how far such a day lies from a common one; drawn to 0 while few were seen."""
        known = self.weeks[weekday]
        return self.days[weekday] * known / (known + 2) if known >= _ENOUGH_WEEKS else 0.0

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered."""
        return {
            "level": self.level,
            "seen": self.seen,
            "slots": list(self.slots),
            "days": list(self.days),
            "weeks": list(self.weeks),
            "slot": self.slot,
            "weekday": self.weekday,
            "sums": list(self.sums),
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` returned.

        Raises:
            ValueError: It tells other parts of a day apart.
        """
        if len(piece["slots"]) != self.spec.slots:
            message = (
                f"the snapshot has {len(piece['slots'])} parts of a day, not {self.spec.slots}"
            )
            raise ValueError(message)
        self.level, self.seen = float(piece["level"]), int(piece["seen"])
        self.slots = list(piece["slots"])
        self.days, self.weeks = list(piece["days"]), list(piece["weeks"])
        self.slot, self.weekday = int(piece["slot"]), int(piece["weekday"])
        self.sums = list(piece["sums"])
