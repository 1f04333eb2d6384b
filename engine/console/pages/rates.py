"""How many mentions a minute arrive: samples of a counter, kept for the last minutes."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from itertools import pairwise

BAR = timedelta(seconds=10)
BARS = 60
_MINUTE = timedelta(minutes=1)


class RateHistory:
    """A counter that only grows, sampled now and then, read back as counts of equal spans.

    Holds ten minutes at a sample a second or fewer.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[datetime, int]] = deque(maxlen=BARS * 10 + 1)

    def sample(self, count: int, *, now: datetime) -> None:
        """Remember the counter; a second sample within a second replaces nothing and is dropped."""
        if self._samples and now - self._samples[-1][0] < timedelta(seconds=1):
            return
        self._samples.append((now, count))

    def per_minute(self, count: int, *, now: datetime) -> float:
        """Return the rate over the last minute, or over what is known of it."""
        known = [(at, before) for at, before in self._samples if now - at <= _MINUTE]
        if not known or now <= known[0][0]:
            return 0.0
        at, before = known[0]
        return max(0, count - before) / ((now - at) / _MINUTE)

    def bars(self, count: int, *, now: datetime) -> list[int]:
        """Return how much the counter grew in each of the last `BARS` spans, oldest first."""
        edges = [self._at(now - BAR * steps, count) for steps in range(BARS, 0, -1)] + [count]
        return [max(0, after - before) for before, after in pairwise(edges)]

    def _at(self, instant: datetime, count: int) -> int:
        """Return the counter at an instant: the last sample until then, else the first one."""
        first = self._samples[0][1] if self._samples else count
        for at, value in self._samples:
            if at > instant:
                break
            first = value
        return first
