"""How many mentions a window holds."""

from __future__ import annotations

from typing import Any, ClassVar

from engine.windows.aggregates.tally import Tally


class SlidingCount(Tally):
    """How many values came, whatever they are; exact, and 0 where none did."""

    __slots__ = ()
    _KIND: ClassVar[str] = "count"

    def add(self, bucket: int, value: Any = None) -> None:  # noqa: ARG002 - one counts like another
        """Count one; a bucket that has left is passed over."""
        # The usual case without a second call: this runs for every rule at every mention.
        if bucket == self._newest:
            self._here += 1
            self.total += 1
        else:
            self.put(bucket, 1)

    def reading(self) -> float | None:
        """Return how many are held."""
        return float(self.total)
