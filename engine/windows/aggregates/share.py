"""What share of a key's mentions a window counts, and how sure that share is."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from engine.windows.aggregates.tally import Tally

_SIDE: Final = 40
"""Both counts stand in one whole number, the part above this bit: half the memory of two tallies.

A window would need 2**40 mentions for one count to reach the other.
"""
_WHOLE: Final = (1 << _SIDE) - 1
_Z: Final = 1.959963984540054
"""The normal distribution's two-sided 95 percent point."""


class SlidingShare(Tally):
    """How many are in the part for each one in the whole; exact, None where the whole is empty.

    Source: the interval is Wilson's score interval without continuity correction (E. B. Wilson,
    Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
    Statistical Association 22, 1927), which holds for small counts and shares near 0 and 1.
    """

    __slots__ = ()
    _KIND: ClassVar[str] = "share"

    def add(self, bucket: int, value: tuple[bool, bool]) -> None:
        """Count one mention.

        Args:
            bucket: One that has left already is passed over.
            value: Whether it is in the part, and whether it is in the whole. One in neither only
                makes the bucket one that is held.
        """
        in_part, in_whole = value
        self.put(bucket, (in_part << _SIDE) + in_whole)

    @property
    def part(self) -> int:
        """How many are in the part."""
        return int(self.total) >> _SIDE

    @property
    def whole(self) -> int:
        """How many are in the whole."""
        return int(self.total) & _WHOLE

    def reading(self) -> float | None:
        """Return the share; above 1 where more are in the part than in the whole."""
        return self.part / self.whole if self.whole else None

    def lower(self) -> float | None:
        """Return the lower end of the share's 95 percent interval, in [0, 1].

        None where the whole is empty; a share above 1 is taken for 1.
        """
        return self._end(-1)

    def upper(self) -> float | None:
        """Return the upper end of the share's 95 percent interval, in [0, 1].

        None where the whole is empty; a share above 1 is taken for 1.
        """
        return self._end(1)

    def _end(self, side: int) -> float | None:
        whole = self.whole
        if not whole:
            return None
        share = min(self.part / whole, 1.0)
        square = _Z * _Z / whole
        middle = share + square / 2
        half = math.sqrt(square * (share * (1 - share) + square / 4))
        return min(max((middle + side * half) / (1 + square), 0.0), 1.0)
