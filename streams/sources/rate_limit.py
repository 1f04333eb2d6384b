"""A token bucket for each sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_MOST_KEYS = 10_000
# Whoever waits as long as told is then let through, whatever rounding did.
_ROUNDING = 1e-9


class RateLimiter:
    """Lets each key through at a steady rate, with a burst after a quiet time.

    Args:
        per_second: Tokens that come back each second.
        burst: Tokens of a full bucket.
    """

    def __init__(self, per_second: float, burst: float) -> None:
        if per_second <= 0 or burst < 1:
            message = f"a rate above 0 and a burst of 1 or more, not {per_second} and {burst}"
            raise ValueError(message)
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, key: str, n: float, now: datetime) -> float:
        """Take tokens, or say how many seconds to wait for them: 0 when they were taken.

        More than a full bucket holds is let through when the bucket is full, and owed: a large
        batch is slowed down, not refused for ever.
        """
        level = self._level(key, now)
        missing = min(float(n), self._burst) - level
        if missing > _ROUNDING:
            return missing / self._per_second
        self._buckets[key] = (level - n, now)
        if len(self._buckets) > _MOST_KEYS:
            self._forget_full(now)
        return 0.0

    def _level(self, key: str, now: datetime) -> float:
        held = self._buckets.get(key)
        if held is None:
            return self._burst
        level, since = held
        elapsed = max(0.0, (now - since).total_seconds())
        return min(self._burst, level + elapsed * self._per_second)

    def _forget_full(self, now: datetime) -> None:
        """A full bucket is like none; if there are still too many, the oldest go."""
        kept = {
            key: held for key, held in self._buckets.items() if self._level(key, now) < self._burst
        }
        newest = sorted(kept.items(), key=lambda one: one[1][1])[-_MOST_KEYS:]
        self._buckets = dict(newest)
