"""What an engine does from time to time beside deciding and sending: its chores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from engine.app_drafts import build_card_keeper
from engine.audit_keys import build_auditor
from engine.cases.watch import SlaWatch
from engine.errors import StoreUnavailableError, TocsinError
from engine.privacy.retention import Retention, terms_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.clock import Clock
    from engine.life.running import Running
    from engine.settings import Configuration
    from engine.store import Store

    Sleep = Callable[[float], Awaitable[None]]

_log = structlog.get_logger("tocsin.chores")
_SOON = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Chore:
    """One piece of work that comes again.

    Attributes:
        every: How long after its end it is begun again.
        do: Does it as of an instant, as much as is due then.
    """

    name: str
    every: timedelta
    do: Callable[[datetime], Awaitable[object]]


class Chores:
    """Does each chore in its turn until stopped; one that fails keeps no other from being done.

    Args:
        last: Done once more at a clean stop.
    """

    def __init__(
        self,
        chores: Sequence[Chore],
        clock: Clock,
        *,
        last: Sequence[Chore] = (),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._chores = tuple(chores)
        self._last = tuple(last)
        self._clock = clock
        self._sleep = sleep

    async def run(self, stop: asyncio.Event) -> None:
        """Do what falls due until told to stop."""
        due = dict.fromkeys((one.name for one in self._chores), self._clock.now())
        while not stop.is_set():
            for chore in self._chores:
                if due[chore.name] <= self._clock.now() and not stop.is_set():
                    is_done = await self._do(chore)
                    due[chore.name] = self._clock.now() + (chore.every if is_done else _SOON)
            wait = min(due.values(), default=self._clock.now() + _SOON) - self._clock.now()
            await self._sleep(min(max(wait.total_seconds(), 0.2), _SOON.total_seconds()))

    async def finish(self) -> None:
        """Do what is to be done at a clean stop."""
        for chore in self._last:
            await self._do(chore)

    async def _do(self, chore: Chore) -> bool:
        try:
            await chore.do(self._clock.now())
        except StoreUnavailableError as error:
            _log.warning("chore waits for the database", chore=chore.name, error=str(error))
        except TocsinError as error:
            _log.error("chore failed", chore=chore.name, error=str(error))
        except Exception:  # noqa: BLE001 - a chore's bug must not stop the engine, nor the others
            _log.exception("chore broke", chore=chore.name)
        else:
            return True
        return False


def build_chores(
    configuration: Configuration, running: Running, store: Store, clock: Clock
) -> Chores:
    """Return what a live engine does from time to time.

    Raises:
        ConfigError: The log cannot be signed as configured.
    """
    auditor = build_auditor(configuration, store.audit)
    privacy = configuration.settings.privacy
    # Read at each run: an edit of the policies may bring other packs.
    retention = Retention(store, privacy, limits=lambda: terms_of(running.policies.platforms))

    async def sign(now: datetime) -> None:
        if await auditor.due(now):
            await auditor.write(now)

    keeper = build_card_keeper(configuration, store, running)
    chores = [
        Chore("show drafts", timedelta(seconds=5), keeper.tend),
        Chore("expire drafts", timedelta(seconds=30), store.verdicts.expire),
        Chore("watch cases", timedelta(seconds=15), SlaWatch(store.cases).due),
        Chore("sign the log", timedelta(seconds=10), sign),
        Chore("erase what is due", timedelta(minutes=1), retention.keep),
    ]
    return Chores(chores, clock, last=[Chore("sign the log", timedelta(), auditor.write)])
