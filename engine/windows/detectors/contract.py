"""What every detector takes and answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


Value_contra = TypeVar("Value_contra", contravariant=True)
"""What a bucket measures: a count, or a part and the whole that it is of."""


class Sensitivity(StrEnum):
    """How rare an onset must be, by the stream's own past, to raise an alert.

    `docs/detection.md` has the false alarms a week that each was measured at.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def weekly(self) -> float:
        """The most onsets a week of that strength at which one still raises an alert."""
        return {"low": 0.25, "medium": 1.0, "high": 3.0}[self]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a detector says of one bucket.

    Attributes:
        expected: What the past led to expect, in the unit of the values; of a part and a whole, its
            share in [0, 1].
        low: Lower end of the range that holds nineteen calm buckets of twenty.
        high: Upper end of it.
        score: Strength of an onset, in [0, 1]: 1 / (1 + r), where r is how many onsets this strong
            the stream's past leads to expect a week; 0.5 is one a week, 0.8 one a month. 0 while
            an alert that was raised earlier is open, while learning, and without data.
        is_alert: Whether an alert is open at the end of this bucket.
        is_learning: Too little was seen to judge; no alert opens.
    """

    expected: float
    low: float
    high: float
    score: float
    is_alert: bool
    is_learning: bool = False


class Detector(Protocol[Value_contra]):
    """Judges one stream of values, a bucket at a time."""

    def __init__(
        self, every: timedelta, *, sensitivity: Sensitivity = ..., minimum: float = ...
    ) -> None:
        """Begin without a past.

        Args:
            every: Width of a bucket.
            sensitivity: How rare an onset must be to raise an alert.
            minimum: No alert is raised on fewer mentions than this in the time that the detector
                looks at; its own documentation says which.
        """
        ...

    def observe(self, at: datetime, value: Value_contra | None) -> Reading:
        """Judge the bucket that begins at ``at``, then learn from it.

        Buckets that are passed over are *no data*, not calm.

        Args:
            at: Aware UTC, later than the bucket before.
            value: What was counted, at least 0; None where nothing was measured. A part is at most
                its whole.

        Raises:
            ValueError: ``at`` is not later than the bucket before, or ``value`` is below 0 or no
                number.
        """
        ...

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered, as JSON has it."""
        ...

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from a snapshot of a detector that was made alike; forget all else.

        Raises:
            ValueError: The piece is no snapshot of such a detector.
        """
        ...
