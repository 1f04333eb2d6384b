"""The sum of a number over a window, the same in whatever order the numbers came."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import ClassVar

from engine.windows.aggregates.tally import Tally


class SlidingSum(Tally):
    """The exact sum of the values, rounded once, when read; 0 where none came.

    Floats added and taken away again leave a rest that depends on their order, so that a restart or
    a late mention could tip a threshold. The sums kept are whole numbers, or exact fractions
    from the first value on that is no whole number.
    """

    __slots__ = ()
    _KIND: ClassVar[str] = "sum"

    def add(self, bucket: int, value: float) -> None:
        """Add a value; one that is not finite adds nothing."""
        if isinstance(value, int):
            self.put(bucket, value)
        elif value.is_integer():
            self.put(bucket, int(value))
        elif math.isfinite(value):
            self.put(bucket, Fraction(value))

    def reading(self) -> float | None:
        """Return the sum; beyond the largest float, infinity."""
        try:
            return float(self.total)
        except OverflowError:
            return math.inf if self.total > 0 else -math.inf
