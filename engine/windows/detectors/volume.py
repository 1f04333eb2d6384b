"""Sudden rises in how much is said, judged against the stream's own hours, days and bursts.

A bucket's distance from what was expected is measured twice, alone and with those just before it;
each is put against the peaks that this stream is used to, and an onset is as strong as both say in
the (geometric) mean: a lone stray bucket has the second against it, an old rise the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.units import format_duration, format_instant, parse_instant
from engine.windows.detectors.baseline import Baseline, BaselineSpec, count, stable
from engine.windows.detectors.contract import Reading, Sensitivity
from engine.windows.detectors.record import Record
from engine.windows.detectors.tail import Tail, TailSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MOST = 1e15  # more than anyone counts; keeps all sums finite
_NINETEEN_OF_TWENTY = 1.96
_MEAN_TO_DEVIATION = 1.3  # of what is held to a few deviations; of a normal law it is 1.25
_LEAST_SPREAD = 1.0  # that of a Poisson count on the stable scale
_FEWEST = 12
_MOST_RARE = 9.0  # log10 weeks


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


class VolumeDetector:
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
        if not timedelta(seconds=1) <= every <= _DAY:
            message = f"a bucket is of 1s to 1d, not of {format_duration(every)}"
            raise ValueError(message)
        self._every = every
        self._minimum = minimum
        self._tuning = tuning
        self._enter = -math.log10(sensitivity.weekly)
        self._calm = max(1, round(tuning.calm / every))
        self._patience = max(1, round(tuning.patience / every))
        self._spread_share = every / max(tuning.spread, 24 * every)
        self._forget()

    def _forget(self) -> None:
        tuning, every = self._tuning, self._every
        self._baseline = Baseline(
            BaselineSpec(
                slots=max(1, _DAY // max(tuning.slot, every)),
                level=every / max(tuning.level, 4 * every),
                season=tuning.season,
                weight=tuning.weight,
            )
        )
        fade = 0.5 ** (every / tuning.memory)
        spec = TailSpec(tuning.tail, fade, apart=self._calm, week=_WEEK / every)
        self._tails = (Tail(spec), Tail(spec))
        self._record = Record(fade=fade, apart=self._calm, week=spec.week)
        self._spreads = [_LEAST_SPREAD, _LEAST_SPREAD]
        self._last: datetime | None = None
        self._residuals: list[float] = []
        self._values: list[float] = []
        self._open = 0  # buckets since the alert was raised, that one included; 0 where none is
        self._quiet = 0
        self._risen = 0.0  # sum of the distances from the expected since the alert was raised

    def observe(self, at: datetime, value: float | None) -> Reading:
        """Judge a bucket, then learn from it; see `Detector.observe`."""
        if value is not None and not 0 <= value < math.inf:
            message = f"a count is a number from 0 on, not {value}"
            raise ValueError(message)
        self._advance(at)
        expected = self._baseline.expect(at)
        if value is None:
            self._residuals.clear()
            self._values.clear()
            return self._reading(expected)
        level = stable(min(value, _MOST))
        if expected is None:
            expected = level
        distances = self._distances(level - expected, min(value, _MOST))
        score = self._judge(distances, has_risen=level > expected)
        reading = self._reading(expected, score)
        self._learn(at, level, expected, distances=distances)
        return reading

    def _advance(self, at: datetime) -> None:
        """Go to a bucket; what lies between was not measured, and no sum reaches across it."""
        if self._last is not None:
            if at <= self._last:
                message = f"{format_instant(at)} is not after {format_instant(self._last)}"
                raise ValueError(message)
            if at - self._last >= 2 * self._every:
                self._residuals.clear()
                self._values.clear()
        self._last = at

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

    def _judge(self, distances: tuple[float, float], *, has_risen: bool) -> float:
        """Open or close the alert; return the strength of an onset at this bucket."""
        alone, together = (
            tail.rarity(distance) for tail, distance in zip(self._tails, distances, strict=True)
        )
        rarity = (alone + together) / 2 - self._record.doubt()
        rarity = max(-_MOST_RARE, min(_MOST_RARE, rarity))
        self._record.learn(rarity)
        if self._open:
            self._open += 1
            self._quiet = 0 if rarity >= self._tuning.leave else self._quiet + 1
            if self._quiet > self._calm:
                self._open = 0
            return 0.0
        is_onset = has_risen and sum(self._values) >= self._minimum and not self._is_learning
        if not is_onset:
            return 0.0
        if rarity >= self._enter:
            self._open, self._quiet = 1, 0
        return 1 / (1 + 10**-rarity)

    @property
    def _is_learning(self) -> bool:
        """Whether less than a day was seen, or fewer buckets than a deviation is told by."""
        return self._baseline.seen < max(_FEWEST, _DAY / self._every)

    def _learn(
        self, at: datetime, level: float, expected: float, *, distances: tuple[float, float]
    ) -> None:
        for tail, distance in zip(self._tails, distances, strict=True):
            tail.learn(distance)
        if 0 < self._open <= self._patience:
            self._risen = level - expected + (self._risen if self._open > 1 else 0.0)
            if self._open == self._patience:
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
            apart = min(abs(distance), held) * self._spread(which) * _MEAN_TO_DEVIATION
            self._spreads[which] += share * (apart - self._spreads[which])

    def _reading(self, expected: float | None, score: float = 0.0) -> Reading:
        middle = stable(0) if expected is None else expected
        around = _NINETEEN_OF_TWENTY * self._spread(0)
        return Reading(
            expected=count(middle),
            low=count(middle - around),
            high=count(middle + around),
            score=score,
            is_alert=self._open > 0,
            is_learning=self._is_learning,
        )

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered, as JSON has it."""
        return {
            "every": self._every.total_seconds(),
            "last": None if self._last is None else format_instant(self._last),
            "baseline": self._baseline.snapshot(),
            "tails": [tail.snapshot() for tail in self._tails],
            "record": self._record.snapshot(),
            "spreads": list(self._spreads),
            "residuals": list(self._residuals),
            "values": list(self._values),
            "open": self._open,
            "quiet": self._quiet,
            "risen": self._risen,
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from a snapshot; see `Detector.resume`."""
        before = self.snapshot()
        try:
            self._resume(piece)
        except (KeyError, TypeError, IndexError, ValueError) as error:
            self._resume(before)
            if isinstance(error, ValueError):
                raise
            message = f"this is no snapshot of a volume detector: {error!r}"
            raise ValueError(message) from error

    def _resume(self, piece: Mapping[str, Any]) -> None:
        if piece["every"] != self._every.total_seconds():
            message = f"the snapshot is of buckets of {piece['every']}s, not of {self._every}"
            raise ValueError(message)
        self._baseline.resume(piece["baseline"])
        for tail, its in zip(self._tails, piece["tails"], strict=True):
            tail.resume(its)
        self._record.resume(piece["record"])
        self._last = None if piece["last"] is None else parse_instant(piece["last"])
        self._spreads = list(piece["spreads"])
        self._residuals, self._values = list(piece["residuals"]), list(piece["values"])
        self._open, self._quiet = int(piece["open"]), int(piece["quiet"])
        self._risen = float(piece["risen"])
