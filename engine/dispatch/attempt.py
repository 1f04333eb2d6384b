"""One attempt: through the gates, to the receiver, and what its end means for the action."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from engine.decision import ActionState
from engine.dispatch.gates.chain import pass_gates
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.ports import Settled
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.clock import Clock
    from engine.dispatch.gates.chain import Gate
    from engine.ports import Backoff, OutboxItem, Receiver

_log = structlog.get_logger(__name__)
_LONGEST_DETAIL = 500
_MOST_DOUBLINGS = 60


class ReceiverRegistry(Protocol):
    """Knows which receiver carries out which action."""

    def for_item(self, item: OutboxItem) -> Receiver:
        """Return an action's receiver.

        Raises:
            PermanentActionError: There is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class Attempter:
    """Makes attempts and judges them; moves nothing in the outbox.

    Attributes:
        longest: After this long an attempt is broken off, so that a receiver that hangs cannot
            hold its place for ever.
    """

    receivers: ReceiverRegistry
    clock: Clock
    gates: Sequence[Gate]
    backoff: Backoff
    longest: timedelta

    def is_record_only(self, item: OutboxItem) -> bool:
        """Whether recording an action's outcome is all there is to it."""
        try:
            return self.receivers.for_item(item).is_record_only
        except PermanentActionError:
            return False

    async def carry_out(self, item: OutboxItem) -> Settled:
        """Attempt an action once and return where that leaves it."""
        receiver: Receiver | None = None
        try:
            async with asyncio.timeout(self.longest.total_seconds()):
                passage = await pass_gates(self.gates, [item], now=self.clock.now())
                if passage.held:
                    held = passage.held[0]
                    return _end(item, ActionState.SUPPRESSED, held.by, held.detail)
                receiver = self.receivers.for_item(item)
                receipt = await receiver.send(item, now=self.clock.now())
        except Exception as error:  # noqa: BLE001 - the one guard an action: a receiver's bug ends as this action's outcome, and the others go on
            return self._after_error(item, receiver, error)
        return Settled(item.action.id, ActionState.SENT, receipt=receipt)

    def _after_error(
        self, item: OutboxItem, receiver: Receiver | None, error: Exception
    ) -> Settled:
        if isinstance(error, RecoverableActionError):
            return self._again(item, str(error), retry_after=error.retry_after)
        if isinstance(error, PermanentActionError):
            return _end(item, ActionState.FAILED, Reason.RECEIVER_REFUSED, str(error))
        if isinstance(error, UnconfirmedActionError):
            return self._unconfirmed(item, receiver, str(error))
        # As text: a pretty printer of exceptions may show locals, and these hold secrets.
        trace = "".join(traceback.format_exception(error))
        _log.error("attempt broke", action=item.action.id, kind=item.action.kind, trace=trace)
        said = f"{type(error).__name__}: {error}"
        if receiver is None or receiver.is_record_only:
            return self._again(item, said)
        return self._unconfirmed(item, receiver, said)

    def after_interruption(self, item: OutboxItem) -> Settled:
        """Return where a crash in the middle of an attempt leaves an action."""
        said = "the process ended during the attempt"
        try:
            receiver = self.receivers.for_item(item)
        except PermanentActionError as error:
            detail = f"{said}, and {error}"
            return _end(item, ActionState.UNKNOWN, Reason.UNCONFIRMED, detail)
        if receiver.is_record_only:
            return Settled(item.action.id, ActionState.PLANNED, detail=said)
        if receiver.is_idempotent and not self._is_spent(item):
            return Settled(item.action.id, ActionState.PLANNED, detail=said)
        return _end(item, ActionState.UNKNOWN, Reason.UNCONFIRMED, said)

    def _again(
        self, item: OutboxItem, detail: str, *, retry_after: timedelta | None = None
    ) -> Settled:
        if self._is_spent(item):
            return _end(item, ActionState.FAILED, Reason.ATTEMPTS_SPENT, detail)
        return self._planned(item, detail, retry_after=retry_after)

    def _unconfirmed(self, item: OutboxItem, receiver: Receiver | None, detail: str) -> Settled:
        is_safe = receiver is not None and receiver.is_idempotent
        if is_safe and not self._is_spent(item):
            return self._planned(item, detail)
        # Not `failed`, even when every attempt is spent: that would say it did not happen.
        return _end(item, ActionState.UNKNOWN, Reason.UNCONFIRMED, detail)

    def _planned(
        self, item: OutboxItem, detail: str, *, retry_after: timedelta | None = None
    ) -> Settled:
        wait = max(retry_after or timedelta(), pause(self.backoff, item.attempts))
        not_before = self.clock.now() + wait
        return _end(item, ActionState.PLANNED, None, detail, not_before=not_before)

    def _is_spent(self, item: OutboxItem) -> bool:
        return item.attempts + 1 >= self.backoff.attempts


def pause(backoff: Backoff, attempts: int) -> timedelta:
    """Return how long to wait after an attempt before which `attempts` others were begun."""
    first, longest = backoff.first.total_seconds(), backoff.longest.total_seconds()
    return timedelta(seconds=min(first * 2.0 ** min(attempts, _MOST_DOUBLINGS), longest))


def _end(
    item: OutboxItem,
    state: ActionState,
    reason: Reason | None,
    detail: str,
    *,
    not_before: datetime | None = None,
) -> Settled:
    return Settled(
        item.action.id, state, reason=reason, detail=detail[:_LONGEST_DETAIL], not_before=not_before
    )
