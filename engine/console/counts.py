"""What the store holds, counted at most every few seconds however many ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.clock import Clock
    from engine.console.parts import Cases, Reads

_FRESH_FOR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the store held at one instant.

    Attributes:
        stored: Of every kind of row, by its name; ``actions`` by state.
        sentiment: Mentions by label, most first.
        rules: ``policy rule mode count`` of each that matched, most first.
        cases: ``queue open overdue`` of each queue that has cases to do.
    """

    at: datetime
    stored: dict[str, Any] = field(default_factory=dict)
    sentiment: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)


class CachedCounts:
    """Counts that are asked of the store again once they are two seconds old."""

    def __init__(self, reads: Reads, clock: Clock, cases: Cases | None = None) -> None:
        self._reads = reads
        self._cases = cases
        self._clock = clock
        self._lock = asyncio.Lock()
        self.last: Counts | None = None

    async def fresh(self) -> Counts:
        """Return counts no older than two seconds.

        Raises:
            StoreError: The database does not answer.
        """
        async with self._lock:
            now = self._clock.now()
            if self.last is None or not timedelta() <= now - self.last.at < _FRESH_FOR:
                self.last = Counts(
                    at=now,
                    stored=await self._reads.counts(),
                    sentiment=await self._reads.label_counts(task="sentiment"),
                    rules=await self._reads.rule_counts(),
                    cases=[] if self._cases is None else await self._cases.counts(now),
                )
            return self.last
