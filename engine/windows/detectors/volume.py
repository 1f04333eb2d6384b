"""Sudden rises in how much is said, judged against the stream's own hours, days and bursts.

A bucket's distance from what was expected is measured twice, alone and with those just before it;
each is put against the peaks that this stream is used to, and an onset is as strong as both say in
the (geometric) mean: a lone stray bucket has the second against it, an old rise the first.
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
_FEWEST = 12


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the detector learns; one setting for all streams.

    Chosen for their neighbours to do as well, on the five public series and on made streams;
    `docs/detection.md` has the figures.

    Attributes:
        level: How far back the level reaches.
        slot: The part of a day that is told from others.
        season: Share of the way that a part of the day moves towards its value of today.
        weight: Of the past days in what is expected; the rest is the level's.
        spread: How far back the deviations reach.
        held: Deviations beyond which a bucket teaches no more.
        tail: Deviations from which on a rise counts among the stream's peaks.
        memory: After which a peak counts half.
        wide: Buckets in the second measure.
        calm: What must pass without a rise until an alert closes, and a peak is over.
        leave: log10 weeks of rarity below which a rise is over.
        patience: What an alert that stays open for so long was raised on is the new normal. A
            whole day, so that its hours weigh alike.
    """

    level: timedelta = timedelta(hours=4)
    slot: timedelta = timedelta(hours=1)
    season: float = 0.25
    weight: float = 0.5
    spread: timedelta = timedelta(days=4)
    held: float = 3.0
    tail: float = 3.0
    memory: timedelta = timedelta(days=14)
    wide: int = 3
    calm: timedelta = timedelta(hours=3)
    leave: float = -0.5
    patience: timedelta = timedelta(days=1)


DEFAULT = Tuning()


class VolumeDetector(Streaming):
    """Judges counts by a seasonal, robust baseline and the stream's own tail of peaks.

    A crisis does not teach: beyond a few deviations a bucket moves nothing further, and while an
    alert is open nothing is learnt of level, hours and spread, until `Tuning.patience` is over.

    Args:
        every: Width of a bucket, from a second to a day.
        minimum: No alert is raised on fewer counted in the last three buckets.

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
        self._spread_share = every / max(tuning.spread, 24 * every)
        self._baseline = Baseline(
            BaselineSpec(
                slots=max(1, DAY // max(tuning.slot, every)),
                level=every / max(tuning.level, 4 * every),
                season=tuning.season,
                weight=tuning.weight,
            )
        )
        spec = TailSpec(
            tuning.tail,
            0.5 ** (every / tuning.memory),
            apart=self._buckets(tuning.calm),
            week=WEEK / every,
        )
        self._onset = Onset([spec, spec], sensitivity=sensitivity, leave=tuning.leave)
        self._spreads = [_LEAST_SPREAD, _LEAST_SPREAD]
        self._residuals: list[float] = []
        self._values: list[float] = []
        self._risen = 0.0  # sum of the distances from the expected since the alert was raised

    def observe(self, at: datetime, value: float | None) -> Reading:
        """Judge a bucket, then learn from it; see `Detector.observe`."""
        if value is not None:
            check_count(value)
        after = self._advance(at)
        if value is None or (after is not None and after >= 2 * self._every):
            # What lies between was not measured, and no sum reaches across it.
            self._residuals.clear()
            self._values.clear()
        expected = self._baseline.expect(at)
        if value is None:
            return self._reading(expected)
        level = stable(min(value, MOST))
        if expected is None:
            expected = level
        distances = self._distances(level - expected, min(value, MOST))
        may_open = level > expected and sum(self._values) >= self._minimum
        score = self._onset.judge(distances, may_open=may_open and not self._is_learning)
        reading = self._reading(expected, score)
        self._learn(at, level, expected, distances=distances)
        return reading

    def _distances(self, residual: float, value: float) -> tuple[float, float]:
        """Return how many deviations the bucket lies above the expected: alone, and with others."""
        wide = self._tuning.wide
        self._residuals = [*self._residuals[1 - wide :], residual] if wide > 1 else [residual]
        self._values = [*self._values[1 - wide :], value] if wide > 1 else [value]
        together = sum(self._residuals) / math.sqrt(wide)
        return residual / self._spread(0), together / self._spread(1)

    def _spread(self, which: int) -> float:
        """Return one deviation of a measure; calm that is too regular is not believed."""
        return max(_LEAST_SPREAD, self._spreads[which])

    @property
    def _is_learning(self) -> bool:
        """Whether less than a day was seen, or fewer buckets than a deviation is told by."""
        return self._baseline.seen < max(_FEWEST, DAY / self._every)

    def _learn(
        self, at: datetime, level: float, expected: float, *, distances: tuple[float, float]
    ) -> None:
        self._onset.learn(distances)
        if 0 < self._onset.open <= self._patience:
            self._risen = level - expected + (self._risen if self._onset.open > 1 else 0.0)
            if self._onset.open == self._patience:
                self._baseline.shift(self._risen / self._patience)
            return
        held = self._tuning.held
        reach = held * self._spread(0)
        share = max(self._spread_share, 1 / (self._baseline.seen + 1))
        near_level = self._baseline.level if self._baseline.seen else level
        self._baseline.learn(
            at,
            max(expected - reach, min(expected + reach, level)),
            near_level=max(near_level - reach, min(near_level + reach, level)),
        )
        for which, distance in enumerate(distances):
            apart = min(abs(distance), held) * self._spread(which) * MEAN_TO_DEVIATION
            self._spreads[which] += share * (apart - self._spreads[which])

    def _reading(self, expected: float | None, score: float = 0.0) -> Reading:
        middle = stable(0) if expected is None else expected
        around = NINETEEN_OF_TWENTY * self._spread(0)
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
            "residuals": list(self._residuals),
            "values": list(self._values),
            "risen": self._risen,
        }

    def _remember(self, piece: Mapping[str, Any]) -> None:
        self._baseline.resume(piece["baseline"])
        self._onset.resume(piece["onset"])
        self._spreads = list(piece["spreads"])
        self._residuals, self._values = list(piece["residuals"]), list(piece["values"])
        self._risen = float(piece["risen"])
