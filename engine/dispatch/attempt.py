"""One attempt: through the gates, to the receiver, and what its end means for the action."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import structlog

from engine.decision import ActionState
from engine.dispatch.ends import Ends, LookBack, honours
from engine.dispatch.gates.chain import pass_gates
from engine.dispatch.recall import make_send
from engine.errors import ActionError, PermanentActionError, StoreError
from engine.ports import Settled
from engine.receiving import ReadsBack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from engine.clock import Clock
    from engine.dispatch.gates.chain import Gate
    from engine.ports import Backoff, OutboxItem, Receiver
    from engine.sending import SendLedger

    Complete = Callable[[OutboxItem], Awaitable[OutboxItem]]

_log = structlog.get_logger(__name__)


class ReceiverRegistry(Protocol):
    """Knows which receiver carries out which action."""

    def for_item(self, item: OutboxItem) -> Receiver:
        """Return an action's receiver.

        Raises:
            PermanentActionError: There is none.
        """
        ...


class Watcher(Protocol):
    """Is told how every attempt at something outside ended: what a breaker goes by."""

    def ended(self, account: str, error: Exception | None, *, now: datetime) -> None:
        """Take in an attempt's error; None for one that was answered well."""
        ...


async def as_it_is(item: OutboxItem) -> OutboxItem:
    """Return an action unchanged: as it was planned it is whole."""
    return item


@dataclass(frozen=True, slots=True)
class Attempter:
    """Makes attempts and judges them; moves nothing in the outbox.

    Attributes:
        longest: After this long an attempt is broken off, so that a receiver that hangs cannot
            hold its place for ever. Shorter than `LookBack.settled`.
        ledger: Remembers what was sent; None for receivers whose sends nobody counts.
        watchers: Told of ends.
        complete: Returns an action as receivers are handed it, such as with its whole text; the
            same for every attempt and every look back.
        last_look: Gates asked once more after the send is written down. Within a turn all gates see
            the database as it was at its beginning, and writing may wait for somebody who, just
            then, halts the engine or forgets the author.
    """

    receivers: ReceiverRegistry
    clock: Clock
    gates: Sequence[Gate]
    backoff: Backoff
    longest: timedelta
    ledger: SendLedger | None = None
    watchers: Sequence[Watcher] = ()
    look_back: LookBack = field(default_factory=LookBack)
    complete: Complete = as_it_is
    last_look: Sequence[Gate] = ()

    @property
    def ends(self) -> Ends:
        """What ends mean."""
        return Ends(self.backoff, self.look_back)

    def is_record_only(self, item: OutboxItem) -> bool:
        """Whether recording an action's outcome is all there is to it."""
        try:
            return self.receivers.for_item(item).is_record_only
        except PermanentActionError:
            return False

    async def carry_out(self, item: OutboxItem) -> Settled:
        """Attempt an action once and return where that leaves it."""
        try:
            held = await self._admit(item)
        except ActionError as error:
            return self.ends.failed(item, None, error, now=self.clock.now())
        except Exception as error:  # noqa: BLE001 - a gate's bug, or what it asks is out of reach: nothing was sent, and it waits
            return self._not_judged(item, error)
        return held if held is not None else await self._send(item)

    async def look_up(self, item: OutboxItem) -> Settled | datetime | None:
        """Look what became of an unknown action.

        Returns:
            How that settles it, else when to look again; None where only a person can tell.
        """
        now = self.clock.now()
        try:
            receiver = self.receivers.for_item(item)
            if not isinstance(receiver, ReadsBack):
                return None
            async with asyncio.timeout(self.longest.total_seconds()):
                found = await receiver.look_up(await self.complete(item), now=now)
        except PermanentActionError as error:
            _log.warning("action cannot be looked up", action=item.action.id, error=str(error))
            return None
        except (ActionError, StoreError, TimeoutError) as error:
            _log.info("action not looked up yet", action=item.action.id, error=str(error))
            return self.ends.next_look(item, now=now)
        now = self.clock.now()
        return self.ends.looked_up(item, found, now=now) or self.ends.next_look(item, now=now)

    async def after_interruption(self, item: OutboxItem) -> Settled:
        """Return where a crash in the middle of an attempt leaves an action."""
        now = self.clock.now()
        try:
            receiver = self.receivers.for_item(item)
        except PermanentActionError as error:
            detail = f"the process ended during the attempt, and {error}"
            return self.ends.unknown(item, None, detail, now=now)
        was_begun = self.ledger is None or await self.ledger.holds(item.action.id)
        return self.ends.interrupted(item, receiver, was_begun=was_begun, now=now)

    async def _admit(self, item: OutboxItem) -> Settled | None:
        """Lead an action through the gates; None where it may be sent, and that is written down."""
        if self.ledger is None or self.is_record_only(item):
            return await self._judged(item, self.gates)
        # Judged and reserved as one: two at once could both find room under a cap for one.
        async with self.ledger.turn():
            held = await self._judged(item, self.gates)
            account = "" if held else self._account(item)
            if account and account != "record":
                await self.ledger.reserve(make_send(item, account, self.clock.now()))
        if held or not self.last_look:
            return held
        async with self.ledger.view():
            return await self._judged(item, self.last_look)

    async def _judged(self, item: OutboxItem, gates: Sequence[Gate]) -> Settled | None:
        now = self.clock.now()
        passage = await pass_gates(gates, [item], now=now)
        if not passage.held:
            return None
        return self.ends.held(item, passage.held[0], self._receiver(item), now=now)

    def _receiver(self, item: OutboxItem) -> Receiver | None:
        try:
            return self.receivers.for_item(item)
        except PermanentActionError:
            return None

    def _account(self, item: OutboxItem) -> str:
        try:
            return self.receivers.for_item(item).account(item)
        except PermanentActionError:
            return ""  # `_send` meets the same refusal and tells of it

    def _not_judged(self, item: OutboxItem, error: Exception) -> Settled:
        trace = "".join(traceback.format_exception(error))
        _log.error("gates broke", action=item.action.id, kind=item.action.kind, trace=trace)
        pause = self.backoff.first if isinstance(error, StoreError) else self.backoff.longest
        wait = self.clock.now() + pause
        said = f"not judged: {type(error).__name__}: {error}"[:500]
        return Settled(
            item.action.id, ActionState.PLANNED, detail=said, not_before=wait, is_untried=True
        )

    async def _send(self, item: OutboxItem) -> Settled:
        receiver: Receiver | None = None
        try:
            async with asyncio.timeout(self.longest.total_seconds()):
                whole = await self.complete(item)
                receiver = self.receivers.for_item(item)
                if item.is_in_doubt and not honours(receiver, item, now=self.clock.now()):
                    said = "the receiver no longer honours its id: sending again could double it"
                    return self.ends.unknown(item, receiver, said, now=self.clock.now())
                receipt = await receiver.send(whole, now=self.clock.now())
        except Exception as error:  # noqa: BLE001 - the one guard an action: a receiver's bug ends as this action's outcome, and the others go on
            return self._after_error(item, receiver, error)
        self._tell(item, receiver, None)
        return self.ends.sent(item, receipt)

    def _after_error(
        self, item: OutboxItem, receiver: Receiver | None, error: Exception
    ) -> Settled:
        if not isinstance(error, ActionError):
            # As text: a pretty printer of exceptions may show locals, and these hold secrets.
            trace = "".join(traceback.format_exception(error))
            _log.error("attempt broke", action=item.action.id, kind=item.action.kind, trace=trace)
        if receiver is not None:
            self._tell(item, receiver, error)
        return self.ends.failed(item, receiver, error, now=self.clock.now())

    def _tell(self, item: OutboxItem, receiver: Receiver, error: Exception | None) -> None:
        account = "" if receiver.is_record_only else self._account(item)
        for watcher in self.watchers if account else ():
            watcher.ended(account, error, now=self.clock.now())
