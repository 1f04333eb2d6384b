"""Releasing recorded mentions at the pace at which they were published."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from streams.sources.threaded import closing_iterator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from engine.clock import Clock
    from engine.mention import Mention
    from engine.ports import Source, SourceBatch

_GRAIN = timedelta(seconds=0.25)
"""What falls due within so much wall time is released together."""
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Paced:
    """Another source, slowed down to its mentions' own times divided by a speed.

    The first mention comes at once; each later one when as much time has passed as lay between
    them, divided by the speed, and at most a quarter of a second after that. One that stands
    behind a later one comes with it. A batch is split where need be; only its last part carries
    the cursor, so that a stop in between repeats mentions instead of losing them.

    Args:
        speed: 60 plays an hour in a minute; infinite changes nothing.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        source: Source,
        speed: float,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        if not speed > 0:
            message = f"a speed is a number above 0, such as 60, or max; not {speed}"
            raise ValueError(message)
        self._source = source
        self._speed = speed
        self._clock = clock
        self._sleep = sleep

    @property
    def name(self) -> str:
        """Name of the source that is slowed down."""
        return self._source.name

    async def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield the source's batches in parts, each in its time."""
        start: tuple[datetime, datetime] | None = None
        async with closing_iterator(self._source.batches(cursor)) as batches:
            async for batch in batches:
                if math.isinf(self._speed) or not batch.mentions:
                    yield batch
                    continue
                if start is None:
                    start = (batch.mentions[0].published_at, self._clock.now())
                async for part in self._parts(batch, start):
                    yield part

    async def _parts(
        self, batch: SourceBatch, start: tuple[datetime, datetime]
    ) -> AsyncIterator[SourceBatch]:
        left, dead = batch.mentions, batch.dead
        while left:
            due = self._due(left[0], start)
            if due > self._clock.now():
                # Not each by itself: a fast replay would be made of batches of one.
                await self._sleep((due - self._clock.now() + _GRAIN).total_seconds())
            now = self._clock.now()
            count = next(
                (index for index, one in enumerate(left) if index and self._due(one, start) > now),
                len(left),
            )
            part, left = left[:count], left[count:]
            yield replace(batch, mentions=part, dead=dead, cursor=None if left else batch.cursor)
            dead = ()

    def _due(self, mention: Mention, start: tuple[datetime, datetime]) -> datetime:
        published, begun = start
        try:
            return begun + (mention.published_at - published) / self._speed
        except OverflowError:
            # Beyond the last year there is, or before the first.
            return _LAST if mention.published_at > published else _FIRST
