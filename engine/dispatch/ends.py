"""What the end of an attempt means for its action: pure, and the only place that decides it.

What an action may have done is never forgotten: once an attempt is in doubt, no later refusal makes
it `failed` and no gate `suppressed`, for both would say that nothing happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.decision import ActionState
from engine.errors import PermanentActionError, RecoverableActionError
from engine.ports import Settled
from engine.reasons import Reason
from engine.receiving import ReadsBack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from engine.dispatch.gates.chain import Held
    from engine.ports import Backoff, OutboxItem, Receiver
    from engine.receiving import LookedUp

_LONGEST_DETAIL = 500
_MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class LookBack:
    """When it is looked for what became of an action whose end is unknown.

    Attributes:
        first: After the attempt: time for an effect on its way to arrive.
        settled: An effect that is not there this long after the attempt was begun is taken never
            to come. Longer than any attempt lasts.
        last: After this long only a person is asked.
    """

    first: timedelta = timedelta(seconds=5)
    settled: timedelta = timedelta(minutes=2)
    last: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Ends:
    """Says where an attempt leaves an action.

    Attributes:
        backoff: How attempts are spaced.
        look_back: How unknown ends are looked into.
    """

    backoff: Backoff
    look_back: LookBack

    def sent(self, item: OutboxItem, receipt: Mapping[str, Any]) -> Settled:
        """Return the end of an attempt that was answered well."""
        return Settled(item.action.id, ActionState.SENT, receipt=receipt)

    def held(
        self, item: OutboxItem, held: Held, receiver: Receiver | None, *, now: datetime
    ) -> Settled:
        """Return where a gate leaves an action: it waits, for a time or for a person, or ends."""
        detail = f"{held.by.text}: {held.detail}" if held.detail else held.by.text
        if held.until is not None:
            until = max(held.until, now + timedelta(seconds=1))
            return _end(
                item, ActionState.PLANNED, held.by, detail, not_before=until, is_untried=True
            )
        if item.is_in_doubt:
            return self.unknown(item, receiver, f"not tried again: {detail}", now=now)
        if held.for_person:
            return _end(item, ActionState.AWAITING_APPROVAL, held.by, held.detail, is_untried=True)
        return _end(item, ActionState.SUPPRESSED, held.by, held.detail)

    def failed(
        self, item: OutboxItem, receiver: Receiver | None, error: Exception, *, now: datetime
    ) -> Settled:
        """Return where an error leaves an action."""
        if isinstance(error, RecoverableActionError):
            return self._again(item, receiver, error, now=now)
        if isinstance(error, PermanentActionError):
            if item.is_in_doubt:
                return self.unknown(item, receiver, f"then refused: {error}", now=now)
            reason = getattr(error, "reason", None) or Reason.RECEIVER_REFUSED
            return _end(item, ActionState.FAILED, reason, str(error))
        said = str(error) if isinstance(error, TimeoutError) and str(error) else _said(error)
        if receiver is None or receiver.is_record_only:
            return self._again(item, receiver, RecoverableActionError(said), now=now)
        return self.unconfirmed(item, receiver, said, now=now)

    def unconfirmed(
        self, item: OutboxItem, receiver: Receiver, detail: str, *, now: datetime
    ) -> Settled:
        """Return where an attempt that may have taken effect leaves an action."""
        if honours(receiver, item, now=now) and not self._is_spent(item):
            return self._planned(item, detail, now=now, is_in_doubt=True)
        # Not `failed`, even when every attempt is spent: that would say it did not happen.
        return self.unknown(item, receiver, detail, now=now)

    def interrupted(
        self, item: OutboxItem, receiver: Receiver, *, was_begun: bool, now: datetime
    ) -> Settled:
        """Return where a crash in the middle of an attempt leaves an action.

        Args:
            was_begun: Whether the attempt had passed the gates; else nothing can have been sent.
        """
        said = "the process ended during the attempt"
        if receiver.is_record_only or not was_begun:
            return _end(item, ActionState.PLANNED, None, said, is_untried=not was_begun)
        if honours(receiver, item, now=now) and not self._is_spent(item):
            return _end(item, ActionState.PLANNED, None, said, is_in_doubt=True)
        return self.unknown(item, receiver, said, now=now)

    def unknown(
        self, item: OutboxItem, receiver: Receiver | None, detail: str, *, now: datetime
    ) -> Settled:
        """Return an end that nobody can tell yet; looked back for where the receiver can."""
        at = now + self.look_back.first if isinstance(receiver, ReadsBack) else None
        return _end(
            item,
            ActionState.UNKNOWN,
            Reason.UNCONFIRMED,
            detail,
            not_before=at,
            is_in_doubt=True,
        )

    def looked_up(self, item: OutboxItem, found: LookedUp, *, now: datetime) -> Settled | None:
        """Return how looking back settles an unknown action; None where it does not (yet)."""
        if found.is_there:
            return Settled(
                item.action.id, ActionState.SENT, receipt=found.receipt, detail="found by a look"
            )
        if found.is_there is None or self.age(item, now) < self.look_back.settled:
            return None
        detail = "looked for and not there: it did not take effect"
        if self._is_spent(item):
            return _end(item, ActionState.FAILED, Reason.ATTEMPTS_SPENT, detail)
        return _end(item, ActionState.PLANNED, None, detail)

    def next_look(self, item: OutboxItem, *, now: datetime) -> datetime | None:
        """Return when it is looked again; None once only a person can help."""
        age = self.age(item, now)
        if age >= self.look_back.last:
            return None
        return now + max(self.look_back.first, min(age, self.look_back.settled))

    @staticmethod
    def age(item: OutboxItem, now: datetime) -> timedelta:
        """Return how long ago the latest attempt was begun."""
        return now - item.last_attempt_at if item.last_attempt_at else timedelta()

    def _again(
        self,
        item: OutboxItem,
        receiver: Receiver | None,
        error: RecoverableActionError,
        *,
        now: datetime,
    ) -> Settled:
        if not self._is_spent(item):
            wait = error.retry_after or timedelta()
            return self._planned(item, str(error), now=now, wait=wait)
        if item.is_in_doubt:
            return self.unknown(item, receiver, f"attempts are spent: {error}", now=now)
        return _end(item, ActionState.FAILED, Reason.ATTEMPTS_SPENT, str(error))

    def _planned(
        self,
        item: OutboxItem,
        detail: str,
        *,
        now: datetime,
        wait: timedelta = timedelta(),
        is_in_doubt: bool = False,
    ) -> Settled:
        until = now + max(wait, pause(self.backoff, item.attempts))
        return _end(
            item, ActionState.PLANNED, None, detail, not_before=until, is_in_doubt=is_in_doubt
        )

    def _is_spent(self, item: OutboxItem) -> bool:
        return item.attempts + 1 >= self.backoff.attempts


def honours(receiver: Receiver, item: OutboxItem, *, now: datetime) -> bool:
    """Say whether the other side still takes the action's id for the same action.

    Half of the time it promises is left unused: its clock and ours differ, and a request may be on
    its way for long. Where our clock was set back to before the first attempt, nobody knows how
    long ago that was.
    """
    if not receiver.is_idempotent:
        return False
    span, begun = receiver.idempotent_for, item.first_attempt_at
    return span is None or begun is None or timedelta() <= now - begun < span / 2


def pause(backoff: Backoff, attempts: int) -> timedelta:
    """Return how long to wait after an attempt before which `attempts` others were begun."""
    first, longest = backoff.first.total_seconds(), backoff.longest.total_seconds()
    return timedelta(seconds=min(first * 2.0 ** min(attempts, _MOST_DOUBLINGS), longest))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _end(  # noqa: PLR0913 - the fields of what it makes
    item: OutboxItem,
    state: ActionState,
    reason: Reason | None,
    detail: str,
    *,
    not_before: datetime | None = None,
    is_in_doubt: bool = False,
    is_untried: bool = False,
) -> Settled:
    return Settled(
        item.action.id,
        state,
        reason=reason,
        detail=detail[:_LONGEST_DETAIL],
        not_before=not_before,
        is_in_doubt=is_in_doubt,
        is_untried=is_untried,
    )
