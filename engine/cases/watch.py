"""Watches the clocks of cases while an engine runs, and says what runs out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from engine.cases.clock import Mark
from engine.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.cases.notice import SlaNotice
    from engine.clock import Clock

_log = structlog.get_logger("tocsin.cases")
_EVERY = 15.0  # seconds between two looks


class FallsDue(Protocol):
    """Keeps cases, and remembers of which clocks people were told."""

    async def due(self, now: datetime) -> Sequence[SlaNotice]:
        """Return what fell due until now and was told to nobody yet, each once; nothing: all."""
        ...


class SlaWatch:
    """Tells what warns and what is overdue, once each.

    Args:
        sleep: Waits so many seconds; a test may return at once.
    """

    def __init__(
        self,
        cases: FallsDue,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._cases = cases
        self._clock = clock
        self._sleep = sleep

    async def watch(self, stop: asyncio.Event) -> None:
        """Look every fifteen seconds until stopped; a database out of reach is asked again.

        Raises:
            StoreError: The database can no longer be used.
        """
        while not stop.is_set():
            try:
                await self.due(self._clock.now())
            except StoreUnavailableError as error:
                _log.warning("the clocks of cases cannot be read", why=str(error))
            await self._sleep(_EVERY)

    async def due(self, now: datetime) -> int:
        """Tell all that fell due until an instant, and return how much that was.

        Raises:
            StoreError: The database does not answer; what it told of before stays told.
        """
        count = 0
        while found := await self._cases.due(now):
            count += len(found)
            for notice in found:
                say = _log.warning if notice.mark is Mark.BREACHED else _log.info
                say(f"case {notice.mark.value}", case=notice.case.id, told=notice.text)
        return count
