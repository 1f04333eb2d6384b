"""Watches the clocks of cases while an engine runs, and says what runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from engine.cases.clock import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.cases.notice import SlaNotice

_log = structlog.get_logger("tocsin.cases")


class FallsDue(Protocol):
    """Keeps cases, and remembers of which clocks people were told."""

    async def due(self, now: datetime) -> Sequence[SlaNotice]:
        """Return what fell due until now and was told to nobody yet, each once; nothing: all."""
        ...


class SlaWatch:
    """Tells what warns and what is overdue, once each."""

    def __init__(self, cases: FallsDue) -> None:
        self._cases = cases

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
