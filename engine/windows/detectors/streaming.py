"""What all detectors do alike: go forward in time, be kept and gone on from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.units import format_duration, format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
NINETEEN_OF_TWENTY = 1.96
"""Deviations within which that share of a normal law lies."""

MEAN_TO_DEVIATION = 1.3
"""Deviations a mean distance of what is held to a few of them; of a normal law it is 1.25."""

MOST = 1e15
"""More than anyone counts; keeps all sums finite."""


class Streaming(ABC):
    """Base of the detectors; see `Detector`.

    Args:
        every: Width of a bucket, from a second to a day.

    Raises:
        ValueError: ``every`` is out of that range.
    """

    def __init__(self, every: timedelta) -> None:
        if not timedelta(seconds=1) <= every <= DAY:
            message = f"a bucket is of 1s to 1d, not of {format_duration(every)}"
            raise ValueError(message)
        self._every = every
        self._last: datetime | None = None

    def _advance(self, at: datetime) -> timedelta | None:
        """Go to a bucket; return how long after the one before, None for the first.

        Raises:
            ValueError: It is not later.
        """
        before = self._last
        if before is not None and at <= before:
            message = f"{format_instant(at)} is not after {format_instant(before)}"
            raise ValueError(message)
        self._last = at
        return None if before is None else at - before

    def _buckets(self, length: timedelta) -> int:
        """Return how many buckets make up a length, at least one."""
        return max(1, round(length / self._every))

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered, as JSON has it."""
        last = None if self._last is None else format_instant(self._last)
        return {"every": self._every.total_seconds(), "last": last, **self._remembered()}

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from a snapshot; see `Detector.resume`."""
        before = self.snapshot()
        try:
            self._resume(piece)
        except (KeyError, TypeError, IndexError, ValueError) as error:
            self._resume(before)
            if isinstance(error, ValueError):
                raise
            message = f"this is no snapshot of such a detector: {error!r}"
            raise ValueError(message) from error

    def _resume(self, piece: Mapping[str, Any]) -> None:
        if piece["every"] != self._every.total_seconds():
            message = f"the snapshot is of buckets of {piece['every']}s, not of {self._every}"
            raise ValueError(message)
        self._last = None if piece["last"] is None else parse_instant(piece["last"])
        self._remember(piece)

    @abstractmethod
    def _remembered(self) -> dict[str, Any]:
        """Return what the detector itself remembers."""

    @abstractmethod
    def _remember(self, piece: Mapping[str, Any]) -> None:
        """Go on from what `_remembered` returned."""


def check_count(value: float) -> None:
    """Raise ValueError for what nobody can have counted."""
    if not 0 <= value < float("inf"):
        message = f"a count is a number from 0 on, not {value}"
        raise ValueError(message)
