"""How rare a peak is by the peaks that a stream had before: peaks over a threshold, online.

Source: Siffer, Fouque, Termier, Largouet 2017, Anomaly Detection in Streams with Extreme Value
Theory, for peaks over a threshold; Hill 1975 for the tail's shape. Theirs fits a generalised Pareto
law to every excess; here a run of them counts once, by its peak, for one burst is one event, and
all of the past fades, so that three running sums are enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a stream without a past is taken for: two peaks over the threshold in one week, of a tail
# somewhat heavier than that of a normal law at three deviations.
_PRIOR_PEAKS = 2.0
_PRIOR_SHAPE = 0.2
_PRIOR_WEEKS = 1.0
_FAR_BELOW = -5.0  # natural logarithm, of what is nowhere near the threshold


@dataclass(frozen=True, slots=True)
class TailSpec:
    """What a tail is measured by.

    Attributes:
        threshold: From where on a value belongs to the tail, in deviations.
        fade: What is left of the past's weight after a bucket, in (0, 1).
        apart: Buckets below the threshold that end a run.
        week: Buckets a week.
    """

    threshold: float
    fade: float
    apart: int
    week: float


class Tail:
    """The peaks of one stream, as fading sums.

    Attributes:
        weeks: How long was watched.
        peaks: Runs over the threshold.
        excess: Sum of their peaks' logarithms over the threshold.
        running: That of the run that may go on; 0 where none does.
        since: Buckets since the threshold was last passed.
    """

    __slots__ = ("excess", "peaks", "running", "since", "spec", "weeks")

    def __init__(self, spec: TailSpec) -> None:
        self.spec = spec
        self.weeks = self.peaks = self.excess = self.running = 0.0
        self.since = 0

    def rarity(self, value: float) -> float:
        """Return log10 of the weeks that pass between peaks of at least ``value``, by the past."""
        peaks = self.peaks + _PRIOR_PEAKS
        shape = (self.excess + _PRIOR_PEAKS * _PRIOR_SHAPE) / peaks
        weekly = peaks / (self.weeks + _PRIOR_WEEKS)
        return self._over(value) / shape / math.log(10) - math.log10(weekly)

    def learn(self, value: float) -> None:
        """Count a bucket; a run's peak counts once the run is over."""
        spec = self.spec
        self.weeks = self.weeks * spec.fade + 1 / spec.week
        self.since += 1
        if self.running and self.since > spec.apart:
            self.peaks += 1
            self.excess += self.running
            self.running = 0.0
        self.peaks *= spec.fade
        self.excess *= spec.fade
        over = self._over(value)
        if over > 0:
            self.running = max(self.running, over)
            self.since = 0

    def _over(self, value: float) -> float:
        least = self.spec.threshold * math.exp(_FAR_BELOW)
        return math.log(value / self.spec.threshold) if value > least else _FAR_BELOW

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered."""
        return {
            "weeks": self.weeks,
            "peaks": self.peaks,
            "excess": self.excess,
            "running": self.running,
            "since": self.since,
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` returned."""
        self.weeks, self.peaks = float(piece["weeks"]), float(piece["peaks"])
        self.excess, self.running = float(piece["excess"]), float(piece["running"])
        self.since = int(piece["since"])
