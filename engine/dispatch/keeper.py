"""Keeps the queue of drafts: gives up what waited too long, shows what is new where people are."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from engine.errors import (
    PermanentActionError,
    RecoverableActionError,
    StoreUnavailableError,
    UnconfirmedActionError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.cards import Cards, Herald, ShownDraft
    from engine.clock import Clock
    from engine.ports import Channel, OutboxItem

_log = structlog.get_logger(__name__)
_EVERY = timedelta(seconds=5)
_PAUSE = timedelta(seconds=30)
# A round; more would hold up what waits behind them, and one a second is what Slack takes.
_MOST = 5


class Expiring(Protocol):
    """Gives up drafts."""

    async def expire(self, now: datetime) -> int:
        """Give up the drafts whose time is over; return how many that were."""
        ...


class DraftKeeper:
    """Looks after drafts from time to time; judges none.

    A card may come twice where the process dies between showing it and noting so, which harms
    nobody: a verdict given twice counts once.

    Args:
        channel: By its name, as defined now; None for one that is not.
        announce: The name of the channel to show drafts in; None for nowhere.
        every: How long to pause between two looks.
    """

    def __init__(  # noqa: PLR0913 - what it joins
        self,
        drafts: Expiring,
        cards: Cards,
        herald: Herald,
        clock: Clock,
        *,
        channel: Callable[[str], Channel | None],
        announce: str | None = None,
        every: timedelta = _EVERY,
    ) -> None:
        self._drafts = drafts
        self._cards = cards
        self._herald = herald
        self._clock = clock
        self._channel = channel
        self._announce = announce
        self._every = every
        self._not_before: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look after drafts until told to stop."""
        while not stop.is_set():
            try:
                await self.run_once()
            except StoreUnavailableError as error:
                _log.warning("store unavailable, drafts wait", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every.total_seconds())

    async def run_once(self) -> None:
        """Give up what is over, then show what is new and settle what was judged.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        now = self._clock.now()
        given_up = await self._drafts.expire(now)
        if given_up:
            _log.info("drafts were given up", count=given_up)
        if self._announce is None or (self._not_before is not None and now < self._not_before):
            return
        try:
            for one in await self._cards.unsettled(limit=_MOST):
                await self._settle(one)
            channel = self._channel(self._announce)
            if channel is None:
                self._wait(f"no channel {self._announce!r} is defined")
                return
            for item in await self._cards.unshown(limit=_MOST):
                await self._show(channel, item)
        except RecoverableActionError as error:
            self._wait(str(error), error.retry_after)

    async def _show(self, channel: Channel, item: OutboxItem) -> None:
        now = self._clock.now()
        try:
            receipt = await self._herald.announce(channel, item, risk=item.risk, now=now)
        except (PermanentActionError, UnconfirmedActionError) as error:
            # Shown again and again it would crowd out the others; the queue has it all the same.
            _log.warning("a draft is not shown", action=item.action.id, why=str(error))
            receipt = {}
        await self._cards.shown(item.action.id, channel=channel.name, receipt=receipt, at=now)

    async def _settle(self, one: ShownDraft) -> None:
        now, channel = self._clock.now(), self._channel(one.channel)
        if channel is not None:
            try:
                await self._herald.settle(
                    channel, one.item, one.receipt, said=one.said, risk=one.item.risk, now=now
                )
            except (PermanentActionError, UnconfirmedActionError) as error:
                _log.warning("a card is not settled", action=one.item.action.id, why=str(error))
        await self._cards.settled(one.item.action.id, at=now)

    def _wait(self, why: str, span: timedelta | None = None) -> None:
        _log.warning("drafts are shown later", why=why)
        self._not_before = self._clock.now() + max(span or _PAUSE, _PAUSE)
