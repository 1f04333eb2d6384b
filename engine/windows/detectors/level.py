"""Changes in level that last: more is said than at the same hours before, and it stays so.

Where the volume detector asks whether a bucket is a sudden rise, this one sums up the hours that
lie somewhat above what was expected: many small distances that all point one way are as good as a
large one. A rise that is over within the hour hardly moves it.

Source: Page 1954, Continuous Inspection Schemes, for the cumulative sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.windows.detectors.baseline import Baseline, BaselineSpec, count, stable
from engine.windows.detectors.contract import Reading, Sensitivity
from engine.windows.detectors.onset import Onset
from engine.windows.detectors.streaming import (
    DAY,
    MEAN_TO_DEVIATION,
    MOST,
    NINETEEN_OF_TWENTY,
    WEEK,
    Streaming,
    check_count,
)
from engine.windows.detectors.tail import TailSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LEAST_SPREAD = 1.0  # that of a Poisson count on the stable scale

_SCALE = 5.0  # at which the peaks of calm sums fall off as the tail's prior says


def _unfold(total: float) -> float:
    """Return a sum as `Tail` takes it; peaks of calm sums fall off exponentially, not as a power.

    Source: Siegmund 1985, Sequential Analysis, for the tail of a cumulative sum that restarts at 0.
    """
    return math.exp(total / _SCALE) if total else 0.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the detector learns; one setting for all streams.

    Attributes:
        hour: How far back the mean reaches that is judged.
        level: How far back the level reaches, before the hours of a day are known.
        season: Share of the way that a part of the day moves towards its value of today.
        spread: How far back the deviations reach.
        held: Deviations beyond which a bucket, or a mean, counts no more.
        drift: Deviations of the mean that are no change; taken off what is summed up.
        tail: Of the sum, in deviations times hours, from which on it counts among the peaks.
        most: Of the sum; beyond it, it is the same.
        memory: After which a peak counts half.
        calm: What must pass without the level being high until an alert closes.
        back: Deviations of the mean at which the level has come back.
        leave: log10 weeks of rarity below which a change is over.
        patience: A level that an alert was open at for so long is the new normal.
        warmup: What must be seen before anything is judged.
    """

    hour: timedelta = timedelta(hours=1)
    level: timedelta = timedelta(days=1)
    season: float = 0.3
    spread: timedelta = timedelta(days=4)
    held: float = 3.0
    drift: float = 0.8
    tail: float = 3.0
    most: float = 10.0
    memory: timedelta = timedelta(days=14)
    calm: timedelta = timedelta(hours=3)
    back: float = 1.0
    leave: float = -0.5
    patience: timedelta = timedelta(days=2)
    warmup: timedelta = timedelta(days=3)


DEFAULT = Tuning()


class LevelDetector(Streaming):
    """Judges counts by a cumulative sum of their distances from the same hours of past days.

    Only rises are alerts. While one is open nothing is learnt, until `Tuning.patience` is over;
    it closes when the level has come back, or has become what is expected, for three hours.

    Args:
        every: Width of a bucket, from a second to a day.
        minimum: No alert is raised where an hour brings fewer.

    Raises:
        ValueError: ``every`` is out of that range.
    """

    def __init__(
        self,
        every: timedelta,
        *,
        sensitivity: Sensitivity = Sensitivity.MEDIUM,
        minimum: float = 5,
        tuning: Tuning = DEFAULT,
    ) -> None:
        super().__init__(every)
        self._minimum = minimum
        self._tuning = tuning
        self._patience = self._buckets(tuning.patience)
        self._warmup = max(12, self._buckets(tuning.warmup))
        self._share = min(1.0, every / tuning.hour)
        self._baseline = Baseline(
            BaselineSpec(
                slots=max(1, DAY // max(tuning.hour, every)),
                level=every / max(tuning.level, 4 * every),
                season=tuning.season,
                weight=1.0,
            )
        )
        spec = TailSpec(
            _unfold(tuning.tail),
            0.5 ** (every / tuning.memory),
            apart=self._buckets(tuning.calm),
            week=WEEK / every,
        )
        self._onset = Onset([spec], sensitivity=sensitivity, leave=tuning.leave)
        # That of a bucket, and of the fading mean of buckets that are independent of one another.
        self._least = (_LEAST_SPREAD, _LEAST_SPREAD * math.sqrt(self._share / (2 - self._share)))
        self._spreads = list(self._least)
        self._mean = 0.0
        self._hourly = 0.0
        self._sum = 0.0
        # Since the alert was raised: what was counted, and what was expected to be.
        self._counted = self._expected = 0.0

    def observe(self, at: datetime, value: float | None) -> Reading:
        """Judge a bucket, then learn from it; see `Detector.observe`."""
        if value is not None:
            check_count(value)
        after = self._advance(at)
        if after is not None and after >= 2 * self._every:
            # Of what was not measured nothing is summed up, and the last hour is another one.
            self._mean *= 0.5 ** (after / self._tuning.hour)
        expected = self._baseline.expect(at)
        if value is None:
            return self._reading(expected)
        level = stable(min(value, MOST))
        if expected is None:
            expected = level
        distance = self._distance(level - expected)
        self._hourly += self._share * (min(value, MOST) / self._share - self._hourly)
        self._add_up(distance)
        may_open = distance > self._tuning.back and self._hourly >= self._minimum
        score = self._onset.judge([_unfold(self._sum)], may_open=may_open and not self._is_learning)
        reading = self._reading(expected, score)
        self._learn(at, level, expected, distance=distance)
        return reading

    def _distance(self, residual: float) -> float:
        """Return how many deviations the last hour lies above the expected."""
        reach = self._tuning.held * self._spreads[0]
        self._mean += self._share * (max(-reach, min(reach, residual)) - self._mean)
        return self._mean / self._spreads[1]

    def _add_up(self, distance: float) -> None:
        """Add to the sum; what came back while an alert is open adds up to nothing."""
        tuning = self._tuning
        if self._onset.open and distance < tuning.back:
            self._sum = 0.0
            return
        held = max(-tuning.held, min(tuning.held, distance))
        # In hours, so that the sum means the same whatever the width of a bucket.
        self._sum += (held - tuning.drift) * self._share
        self._sum = max(0.0, min(tuning.most, self._sum))

    @property
    def _is_learning(self) -> bool:
        return self._baseline.seen < self._warmup

    def _learn(self, at: datetime, level: float, expected: float, *, distance: float) -> None:
        self._onset.learn([_unfold(self._sum)])
        if 0 < self._onset.open <= self._patience:
            if self._onset.open == 1:
                self._counted = self._expected = 0.0
            self._counted += count(level)
            self._expected += count(expected)
            if self._onset.open == self._patience:
                self._baseline.scale((self._counted + 1) / (self._expected + 1))
                self._mean = self._sum = 0.0
            return
        held = self._tuning.held
        reach = held * self._spreads[0]
        near_level = self._baseline.level if self._baseline.seen else level
        share = max(self._every / max(self._tuning.spread, 24 * self._every), self._first_share)
        self._baseline.learn(
            at,
            max(expected - reach, min(expected + reach, level)),
            near_level=max(near_level - reach, min(near_level + reach, level)),
        )
        for which, apart in enumerate(((level - expected) / self._spreads[0], distance)):
            shown = min(abs(apart), held) * self._spreads[which] * MEAN_TO_DEVIATION
            moved = self._spreads[which] + share * (shown - self._spreads[which])
            self._spreads[which] = max(self._least[which], moved)

    @property
    def _first_share(self) -> float:
        return 1 / (self._baseline.seen + 1)

    def _reading(self, expected: float | None, score: float = 0.0) -> Reading:
        middle = stable(0) if expected is None else expected
        around = NINETEEN_OF_TWENTY * self._spreads[0]
        return Reading(
            expected=count(middle),
            low=count(middle - around),
            high=count(middle + around),
            score=score,
            is_alert=self._onset.open > 0,
            is_learning=self._is_learning,
        )

    def _remembered(self) -> dict[str, Any]:
        return {
            "baseline": self._baseline.snapshot(),
            "onset": self._onset.snapshot(),
            "spreads": list(self._spreads),
            "mean": self._mean,
            "hourly": self._hourly,
            "sum": self._sum,
            "counted": self._counted,
            "expected": self._expected,
        }

    def _remember(self, piece: Mapping[str, Any]) -> None:
        self._baseline.resume(piece["baseline"])
        self._onset.resume(piece["onset"])
        self._spreads = list(piece["spreads"])
        self._mean, self._hourly = float(piece["mean"]), float(piece["hourly"])
        self._sum = float(piece["sum"])
        self._counted, self._expected = float(piece["counted"]), float(piece["expected"])
