"""The ``spike`` measure: the window's count while the key's own detector has an alert open."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.windows.aggregates import SlidingCount
from engine.windows.detectors import VolumeDetector
from engine.windows.detectors.contract import Sensitivity as Rarity
from engine.windows.instants import DAY, SECOND, instant, length
from engine.windows.life import Limits

if TYPE_CHECKING:
    from engine.policy.over_time import Measure
    from engine.windows.meters import Seen

_LEAST = 5.0
# Silence where so many mentions were expected in a row is no calm: nothing is measured. Of a
# source that works it comes once in 150,000 such stretches (e to the power of -12).
_NO_DATA = 12.0
_MOST_SILENT = 2_000
# On a key's first day the detector is still learning. A rise that needs no knowledge of hours and
# weekdays is told all the same: to four times the level so far, and six deviations of a Poisson
# count; it goes on while the count is twice the level.
_FEWEST = 12
_FIRST_DAY_TIMES, _FIRST_DAY_STAYS = 4.0, 2.0
_FIRST_DAY_DEVIATIONS = 6.0


class Spike:
    """One key's detector, the bucket that it will judge next, and the window's count.

    Attributes:
        count: Of the window.
        is_open: Whether the detector's alert is.
    """

    __slots__ = ("count", "detector", "expected", "held", "is_open", "place", "seen")

    def __init__(self, detector: VolumeDetector) -> None:
        self.count = SlidingCount()
        self.detector = detector
        self.place: int | None = None  # of the detector's bucket that is not over yet
        self.held = 0
        self.seen = 0  # buckets judged
        self.expected = 0.0  # of the silent buckets in a row
        self.is_open = False

    def add(self, bucket: int, value: Any) -> None:
        """Count one in the window."""
        self.count.add(bucket, value)

    def drop_before(self, bucket: int) -> None:
        """Let buckets leave the window."""
        self.count.drop_before(bucket)

    def oldest(self) -> int | None:
        """Return the window's oldest bucket."""
        return self.count.oldest()

    def newest(self) -> int | None:
        """Return the window's newest bucket."""
        return self.count.newest()

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "count": self.count.snapshot(),
            "detector": self.detector.snapshot(),
            "place": self.place,
            "held": self.held,
            "seen": self.seen,
            "expected": self.expected,
            "open": self.is_open,
        }


class SpikeMeter:
    """Judges the key's mentions in buckets of half the window, each when it is over.

    Two buckets a window, so that an alert is there before the window that holds the rise is over.
    """

    sees_all = False
    keeps_past = True
    falls = True

    def __init__(self, measure: Measure, over: timedelta) -> None:
        self.limits = Limits.of(measure.limits)
        self._every = min(DAY, max(SECOND, length(over) // 2))
        chosen = measure.sensitivity
        self._sensitivity = Rarity.MEDIUM if chosen is None else Rarity(chosen.value)
        self.name = f"spike {self._sensitivity.value}"
        self._minimum = min(_LEAST, measure.limits.get("at_least", _LEAST))

    def make(self) -> Spike:
        """Return a key's detector without a past."""
        every = timedelta(microseconds=self._every)
        return Spike(VolumeDetector(every, sensitivity=self._sensitivity, minimum=self._minimum))

    def resume(self, piece: Any) -> Spike:
        """Return the state that a snapshot describes.

        Raises:
            ValueError: The piece is no snapshot of such a state.
        """
        state = self.make()
        try:
            state.count = SlidingCount.resume(piece["count"])
            state.detector.resume(piece["detector"])
            state.place, state.held = piece["place"], int(piece["held"])
            state.seen = int(piece["seen"])
            state.expected, state.is_open = float(piece["expected"]), bool(piece["open"])
        except (KeyError, TypeError) as error:
            message = f"this is no snapshot of a spike: {error!r}"
            raise ValueError(message) from error
        return state

    def feed(self, state: Spike, seen: Seen) -> None:
        """Count the mention in the window, and in the detector's bucket where that is not over."""
        if not seen.counts:
            return
        state.add(seen.bucket, None)
        place = seen.at // self._every
        if state.place is None:
            state.place = place
        if place == state.place:
            state.held += 1

    def value(self, state: Spike) -> float | None:
        """Return the window's count while the alert is open, else 0."""
        return state.count.reading() if state.is_open else 0.0

    def may_rise(self, _state: Spike) -> bool:
        """Say no: only the end of a bucket raises an alert."""
        return False

    def next_due(self, state: Spike) -> int | None:
        """Return when the bucket is over, where something depends on it."""
        if state.place is None or not (state.held or state.is_open):
            return None
        return (state.place + 1) * self._every

    def advance(self, state: Spike, at: int, *, frozen: bool) -> None:  # noqa: ARG002
        """Judge every bucket that is over; the detector itself learns nothing from its alert."""
        if state.place is None:
            return
        now = at // self._every
        if now - state.place > _MOST_SILENT:
            self._judge(state)
            state.place, state.is_open = now, False
            return
        while state.place < now:
            self._judge(state)

    def _judge(self, state: Spike) -> None:
        place = state.place or 0
        if state.held:
            state.expected = 0.0
        is_measured = bool(state.held) or state.expected < _NO_DATA
        value = float(state.held) if is_measured else None
        reading = state.detector.observe(instant(place * self._every), value)
        if not state.held:
            state.expected += reading.expected
        state.seen += is_measured
        state.is_open = reading.is_alert
        if reading.is_learning:
            state.is_open = self._stands_out(state, reading.expected)
        state.place, state.held = place + 1, 0

    def _stands_out(self, state: Spike, expected: float) -> bool:
        """Say whether a bucket of the first day is far above the level so far."""
        if state.is_open:
            return state.held >= _FIRST_DAY_STAYS * expected and state.held > 0
        least = max(
            _FIRST_DAY_TIMES * expected,
            expected + _FIRST_DAY_DEVIATIONS * math.sqrt(expected + 1),
            self._minimum,
        )
        return state.seen > _FEWEST and state.held >= least
