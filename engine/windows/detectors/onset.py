"""Alerts with hysteresis: opened by a rise that is rare for the stream, closed by lasting calm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.windows.detectors.record import Record
from engine.windows.detectors.tail import Tail, TailSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.windows.detectors.contract import Sensitivity

_MOST_RARE = 9.0  # log10 weeks


class Onset:
    """The alert of one stream, by how far its measures lie above what was expected.

    Each measure is put against the peaks that the stream is used to; an onset is as strong as they
    say in the (geometric) mean.

    Args:
        specs: One a measure.
        leave: log10 weeks of rarity below which a rise is over.

    Attributes:
        open: Buckets since the alert was raised, that one included; 0 where none is open.
    """

    __slots__ = ("_calm", "_enter", "_leave", "_quiet", "_record", "_tails", "open")

    def __init__(
        self, specs: Sequence[TailSpec], *, sensitivity: Sensitivity, leave: float
    ) -> None:
        (first, *_) = specs
        self._tails = [Tail(spec) for spec in specs]
        self._record = Record(fade=first.fade, apart=first.apart, week=first.week)
        self._calm = first.apart
        self._enter = -math.log10(sensitivity.weekly)
        self._leave = leave
        self._quiet = 0
        self.open = 0

    def judge(self, distances: Sequence[float], *, may_open: bool) -> float:
        """Open or close the alert; return the strength of an onset, in [0, 1].

        Args:
            distances: In deviations above the expected, one a measure.
        """
        said = [tail.rarity(one) for tail, one in zip(self._tails, distances, strict=True)]
        rarity = sum(said) / len(said) - self._record.doubt()
        rarity = max(-_MOST_RARE, min(_MOST_RARE, rarity))
        self._record.learn(rarity)
        if self.open:
            self.open += 1
            self._quiet = 0 if rarity >= self._leave else self._quiet + 1
            if self._quiet > self._calm:
                self.open = 0
            return 0.0
        if not may_open:
            return 0.0
        if rarity >= self._enter:
            self.open, self._quiet = 1, 0
        return 1 / (1 + 10**-rarity)

    def learn(self, distances: Sequence[float]) -> None:
        """Count a bucket that was judged."""
        for tail, distance in zip(self._tails, distances, strict=True):
            tail.learn(distance)

    def snapshot(self) -> dict[str, Any]:
        """Return what is remembered."""
        return {
            "tails": [tail.snapshot() for tail in self._tails],
            "record": self._record.snapshot(),
            "open": self.open,
            "quiet": self._quiet,
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `snapshot` returned."""
        for tail, its in zip(self._tails, piece["tails"], strict=True):
            tail.resume(its)
        self._record.resume(piece["record"])
        self.open, self._quiet = int(piece["open"]), int(piece["quiet"])
