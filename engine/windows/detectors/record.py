"""Whether a stream keeps to what its tail promised: once-a-week rises that come once a week."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PRIOR_WEEKS = 1.0  # in which the promise was kept
_SHARE = 0.5  # the mean, on a scale of logarithms, of what the tail says and what the record says


class Record:
    """Rises of at least once-a-week strength in one stream, as fading sums.

    Bursts that come in clusters come oftener than any tail that was fitted before has it.

    Attributes:
        weeks: How long was watched.
        rises: How many there were.
        since: Buckets since the last bucket of one.
    """

    __slots__ = ("apart", "fade", "rises", "since", "week", "weeks")

    def __init__(self, *, fade: float, apart: int, week: float) -> None:
        self.fade, self.apart, self.week = fade, apart, week
        self.weeks = self.rises = 0.0
        self.since = apart

    def doubt(self) -> float:
        """Return what to take off a rarity, in log10 weeks; 0 where the promise was kept."""
        weekly = (self.rises + _PRIOR_WEEKS) / (self.weeks + _PRIOR_WEEKS)
        return _SHARE * max(0.0, math.log10(weekly))

    def learn(self, rarity: float) -> None:
        """Count a bucket by what was said of it; what follows soon is the same rise."""
        self.weeks = self.weeks * self.fade + 1 / self.week
        self.rises *= self.fade
        self.since += 1
        if rarity >= 0:
            if self.since > self.apart:
                self.rises += 1
            self.since = 0

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered."""
        return {"weeks": self.weeks, "rises": self.rises, "since": self.since}

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` returned."""
        self.weeks, self.rises = float(piece["weeks"]), float(piece["rises"])
        self.since = int(piece["since"])
