"""Shows drafts where people are as they come to wait, and says on each card how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from typing import Any

    from engine.cards import Cards, Herald, ShownDraft
    from engine.ports import Channel, OutboxItem

    OpenHerald = Callable[[], AbstractAsyncContextManager[Herald]]

_log = structlog.get_logger(__name__)
_PAUSE = timedelta(seconds=30)
# A round; more would hold up what waits behind them, and one a second is what Slack takes.
_MOST = 5


class CardKeeper:
    """Keeps cards in step with drafts; judges none.

    A card may come twice where the process dies between showing it and noting so, which harms
    nobody: a verdict given twice counts once.

    Args:
        herald: Opens what writes cards; asked only where there is one to write.
        channel: By its name, as defined now; None for one that is not.
        announce: The name of the channel to show drafts in; None for nowhere.
    """

    def __init__(
        self,
        cards: Cards,
        herald: OpenHerald,
        *,
        channel: Callable[[str], Channel | None],
        announce: str | None = None,
    ) -> None:
        self._cards = cards
        self._herald = herald
        self._channel = channel
        self._announce = announce
        self._not_before: datetime | None = None

    async def tend(self, now: datetime) -> None:
        """Settle the cards of what was judged, then show what is new; a few of each.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        if self._announce is None or (self._not_before is not None and now < self._not_before):
            return
        judged = await self._cards.unsettled(limit=_MOST)
        new = await self._cards.unshown(limit=_MOST)
        if not judged and not new:
            return
        try:
            async with self._herald() as herald:
                for one in judged:
                    await self._settle(herald, one, now)
                await self._show(herald, self._announce, new, now=now)
        except RecoverableActionError as error:
            self._wait(str(error), now=now, span=error.retry_after)

    async def _show(
        self, herald: Herald, name: str, new: Sequence[OutboxItem], *, now: datetime
    ) -> None:
        channel = self._channel(name)
        if channel is None:
            self._wait(f"no channel {name!r} is defined", now=now)
            return
        for item in new:
            receipt: Mapping[str, Any] = {}
            try:
                receipt = await herald.announce(channel, item, risk=item.risk, now=now)
            except (PermanentActionError, UnconfirmedActionError) as error:
                # Tried for ever it would crowd out the others; the queue has it all the same.
                _log.warning("a draft is not shown", action=item.action.id, why=str(error))
            await self._cards.shown(item.action.id, channel=name, receipt=receipt, at=now)

    async def _settle(self, herald: Herald, one: ShownDraft, now: datetime) -> None:
        item, channel = one.item, self._channel(one.channel)
        if channel is not None:
            try:
                await herald.settle(
                    channel, item, one.receipt, said=one.said, risk=item.risk, now=now
                )
            except (PermanentActionError, UnconfirmedActionError) as error:
                _log.warning("a card is not settled", action=item.action.id, why=str(error))
        await self._cards.settled(item.action.id, at=now)

    def _wait(self, why: str, *, now: datetime, span: timedelta | None = None) -> None:
        _log.warning("drafts are shown later", why=why)
        self._not_before = now + max(span or _PAUSE, _PAUSE)
