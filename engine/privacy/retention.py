"""Retention: erases, from time to time, words that are too old or were deleted elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from engine.errors import StoreUnavailableError
from engine.store.keeping import Ages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.clock import Clock
    from engine.settings_privacy import PrivacySettings
    from engine.store import Store

_log = structlog.get_logger("tocsin.privacy")

_CHORE = "retention"
_LOOK_EVERY = timedelta(minutes=1)
_COMPACTED = "compacted"
# Rewriting the file takes its whole size: once a day is enough for what is due by days.
_COMPACT_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run erased, or would erase.

    Attributes:
        old: Mentions older than they may be.
        deleted: Mentions deleted where they were written.
        is_compact: Whether the database's pages were rewritten since.
    """

    old: int
    deleted: int
    is_compact: bool = False


class Retention:
    """Keeps words for as long as settings and platforms allow, and no longer.

    Args:
        limits: Further ages by source, such as platforms demand; the shortest counts.
    """

    def __init__(
        self,
        store: Store,
        settings: PrivacySettings,
        *,
        limits: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._store = store
        self._every = settings.every
        chosen = settings.retention
        self._ages = Ages(chosen.default, chosen.sources, chosen.rules).within(limits or {})

    async def due(self, now: datetime) -> bool:
        """Say whether it is time to run again."""
        last = await self._store.keeping.done_at(_CHORE)
        return last is None or now - last >= self._every

    async def watch(self, stop: asyncio.Event, clock: Clock) -> None:
        """Run whenever it is due, until stopped; a database out of reach is waited for."""
        while not stop.is_set():
            now = clock.now()
            try:
                if await self.due(now):
                    kept = await self.run(now)
                    if kept.old or kept.deleted:
                        _log.info("erased", too_old=kept.old, deleted_elsewhere=kept.deleted)
            except StoreUnavailableError as error:
                _log.warning("nothing could be erased", why=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EVERY.total_seconds())

    async def preview(self, now: datetime) -> Kept:
        """Return what a run would erase."""
        keeping = self._store.keeping
        return Kept(await keeping.overdue(self._ages, now=now), await keeping.deleted())

    async def run(self, now: datetime) -> Kept:
        """Erase all that is due; may be stopped anywhere and run again."""
        keeping = self._store.keeping
        deleted = old = 0
        while (found := await keeping.follow_deletions(now=now)).mentions:
            deleted += found.mentions
        while (found := await keeping.erase_old(self._ages, now=now)).mentions:
            old += found.mentions
        is_compact = await self._compacted(now, is_needed=bool(old or deleted))
        await keeping.note_done(_CHORE, now, {"old": old, "deleted": deleted})
        return Kept(old, deleted, is_compact)

    async def _compacted(self, now: datetime, *, is_needed: bool) -> bool:
        """Rewrite the pages where something was erased since they were, once a day at most."""
        keeping = self._store.keeping
        last = await keeping.done_at(_COMPACTED)
        if not is_needed and not await self._erased_since(last):
            return True
        if last is not None and now - last < _COMPACT_EVERY:
            return False
        if not await keeping.compact():
            return False
        await keeping.note_done(_COMPACTED, now, {})
        return True

    async def _erased_since(self, last: datetime | None) -> bool:
        erased = await self._store.keeping.done_at("erasures")
        return erased is not None and (last is None or erased > last)
