"""Changes in a share, such as that of negative mentions: judged against the stream's own past.

Shares are compared as ``2 asin sqrt(p)`` times ``sqrt(n)``, on which a share of n mentions deviates
by about 1 whatever it is (Freeman and Tukey 1950; the corrections are Anscombe's, 1948), so that
three of four and three hundred of four hundred are told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

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

_LEAST_SPREAD = 1.0  # that of mentions that are independent of one another
_FEWEST_PAST = 50.0
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the detector learns; one setting for all streams.

    Attributes:
        lengths: How far back the two shares reach that are judged together.
        past: After which a mention of the past counts half.
        spread: How far back the deviations reach.
        held: Deviations beyond which a bucket teaches no more.
        tail: Deviations from which on a rise counts among the stream's peaks.
        memory: After which a peak counts half.
        calm: What must pass without a rise until an alert closes.
        leave: log10 weeks of rarity below which a rise is over.
        patience: A share that an alert was open at for so long is the new normal.
    """

    lengths: tuple[timedelta, timedelta] = (timedelta(minutes=30), timedelta(hours=3))
    past: timedelta = timedelta(days=7)
    spread: timedelta = timedelta(days=4)
    held: float = 3.0
    tail: float = 3.0
    memory: timedelta = timedelta(days=14)
    calm: timedelta = timedelta(hours=3)
    leave: float = -0.5
    patience: timedelta = timedelta(days=1)


DEFAULT = Tuning()


class Recent:
    """Part and whole of the latest buckets, fading.

    Attributes:
        squares: Of the weights, summed over the whole: what tells how many mentions the fading
            ones are worth.
    """

    __slots__ = ("part", "squares", "whole")

    def __init__(self) -> None:
        self.part = self.whole = self.squares = 0.0

    def add(self, part: float, whole: float, *, fade: float) -> None:
        """Fade what is there, then add a bucket."""
        self.part = self.part * fade + part
        self.whole = self.whole * fade + whole
        self.squares = self.squares * fade * fade + whole

    def mentions(self) -> float:
        """Return of how many mentions the share is."""
        return self.whole * (self.whole / self.squares) if self.squares > _TINY else 0.0


def angle(part: float, whole: float) -> float:
    """Return a share on the scale where its deviation is ``1 / sqrt(whole)``, in [0, pi]."""
    share = (part + 0.375) / (whole + 0.75)
    return 2 * math.asin(math.sqrt(min(1.0, share)))


def share(at: float) -> float:
    """Return the share that lies at an angle; in [0, 1]."""
    return math.sin(max(0.0, min(math.pi, at)) / 2) ** 2


class ShareDetector(Streaming):
    """Judges a part of a whole, a bucket at a time, by a fading past of the stream itself.

    Only rises are alerts. A bucket without mentions is no data. While an alert is open nothing is
    learnt, until `Tuning.patience` is over.

    Args:
        every: Width of a bucket, from a second to a day.
        minimum: No alert is raised where the last three hours, fading, bring fewer in the whole.

    Raises:
        ValueError: ``every`` is out of that range.
    """

    def __init__(
        self,
        every: timedelta,
        *,
        sensitivity: Sensitivity = Sensitivity.MEDIUM,
        minimum: float = 20,
        tuning: Tuning = DEFAULT,
    ) -> None:
        super().__init__(every)
        self._minimum = minimum
        self._tuning = tuning
        self._patience = self._buckets(tuning.patience)
        self._spread_share = every / max(tuning.spread, 24 * every)
        spec = TailSpec(
            tuning.tail,
            0.5 ** (every / tuning.memory),
            apart=self._buckets(tuning.calm),
            week=WEEK / every,
        )
        self._onset = Onset([spec, spec], sensitivity=sensitivity, leave=tuning.leave)
        self._recent = (Recent(), Recent())
        self._past = Recent()
        self._crisis = Recent()
        self._spreads = [_LEAST_SPREAD, _LEAST_SPREAD]
        self._seen = 0

    def observe(self, at: datetime, value: tuple[float, float] | None) -> Reading:
        """Judge a bucket, then learn from it; see `Detector.observe`.

        Args:
            value: The part and its whole.
        """
        part, whole = self._read(value)
        after = self._advance(at) or self._every
        for recent, length in zip(self._recent, self._tuning.lengths, strict=True):
            recent.add(part, whole, fade=math.exp(-after / max(length, self._every)))
        if not whole:
            return self._reading(0.0)
        distances = [self._distance(recent, which) for which, recent in enumerate(self._recent)]
        if self._onset.open:
            # It is over once the latest share has come back, however high the longer one still is.
            distances = [min(distances)] * len(distances)
        may_open = min(distances) > 0 and self._recent[1].whole >= self._minimum
        score = self._onset.judge(distances, may_open=may_open and not self._is_learning)
        reading = self._reading(whole, score)
        self._learn(part, whole, distances)
        return reading

    @staticmethod
    def _read(value: tuple[float, float] | None) -> tuple[float, float]:
        if value is None:
            return 0.0, 0.0
        for one in value:
            check_count(one)
        part, whole = value
        if part > whole:
            message = f"a part is at most its whole, not {part} of {whole}"
            raise ValueError(message)
        scale = MOST / whole if whole > MOST else 1.0
        return part * scale, whole * scale

    def _distance(self, recent: Recent, which: int) -> float:
        """Return how many deviations a share lies above the past's."""
        mentions, past = recent.mentions(), self._past.mentions()
        if mentions < _TINY or past < _TINY:
            return 0.0
        now = angle(recent.part / recent.whole * mentions, mentions)
        before = angle(self._past.part, self._past.whole)
        # The past is of so many mentions itself, and known no better than they tell.
        both = mentions / (1 + mentions / past)
        return math.sqrt(both) * (now - before) / self._spreads[which]

    @property
    def _is_learning(self) -> bool:
        """Whether less than a day was seen, or too few mentions to tell their share."""
        enough = max(12.0, DAY / self._every)
        return self._seen < enough or self._past.whole < _FEWEST_PAST

    def _learn(self, part: float, whole: float, distances: list[float]) -> None:
        self._onset.learn(distances)
        if 0 < self._onset.open <= self._patience:
            if self._onset.open == 1:
                self._crisis = Recent()
            self._crisis.add(part, whole, fade=1.0)
            if self._onset.open == self._patience:
                self._past, self._crisis = self._crisis, Recent()
            return
        self._seen += 1
        tuning = self._tuning
        self._past.add(self._held(part, whole), whole, fade=0.5 ** (self._every / tuning.past))
        rate = max(self._spread_share, 1 / (self._seen + 1))
        for which, distance in enumerate(distances):
            apart = min(abs(distance), tuning.held) * self._spreads[which] * MEAN_TO_DEVIATION
            moved = self._spreads[which] + rate * (apart - self._spreads[which])
            self._spreads[which] = max(_LEAST_SPREAD, moved)

    def _held(self, part: float, whole: float) -> float:
        """Return the part as it would be a few deviations from the past at most."""
        if self._past.whole < _FEWEST_PAST:
            return part
        before = angle(self._past.part, self._past.whole)
        reach = self._tuning.held * self._spreads[0] / math.sqrt(whole)
        return min(max(part, whole * share(before - reach)), whole * share(before + reach))

    def _reading(self, whole: float, score: float = 0.0) -> Reading:
        before = angle(self._past.part, self._past.whole)
        around = NINETEEN_OF_TWENTY * self._spreads[0] / math.sqrt(max(1.0, whole))
        return Reading(
            expected=share(before),
            low=share(before - around),
            high=share(before + around),
            score=score,
            is_alert=self._onset.open > 0,
            is_learning=self._is_learning,
        )

    def _remembered(self) -> dict[str, Any]:
        sums = (*self._recent, self._past, self._crisis)
        return {
            "onset": self._onset.snapshot(),
            "spreads": list(self._spreads),
            "sums": [[one.part, one.whole, one.squares] for one in sums],
            "seen": self._seen,
        }

    def _remember(self, piece: Mapping[str, Any]) -> None:
        self._onset.resume(piece["onset"])
        self._spreads = list(piece["spreads"])
        sums = (*self._recent, self._past, self._crisis)
        for one, (part, whole, squares) in zip(sums, piece["sums"], strict=True):
            one.part, one.whole, one.squares = float(part), float(whole), float(squares)
        self._seen = int(piece["seen"])
