"""Holds an action until its account may be used again. The last of all: passing takes a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held, Passage
from engine.errors import PermanentActionError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from engine.ports import OutboxItem
    from engine.reasons import Reason

    Ask = Callable[[str, datetime], datetime | None]


class AccountGate:
    """Lets an action through when its account may be used now; else it waits.

    Args:
        account_of: Through what an action goes; ``record`` where nothing leaves the engine.
        ask: Returns None where an account may be used, else when to ask again.
        reason: What it says of those that wait: `Reason.PACED` or `Reason.BREAKER`.
    """

    def __init__(
        self, account_of: Callable[[OutboxItem], str], ask: Ask, *, reason: Reason
    ) -> None:
        self._account_of = account_of
        self._ask = ask
        self._reason = reason

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether their account is ready, asking in their order."""
        kept, held = [], []
        for item in items:
            account = self._account(item)
            until = None if account in ("", "record") else self._ask(account, now)
            if until is None:
                kept.append(item)
            else:
                held.append(Held(item, self._reason, account, until))
        return Passage(tuple(kept), tuple(held))

    def _account(self, item: OutboxItem) -> str:
        try:
            return self._account_of(item)
        except PermanentActionError:
            return ""  # the attempt itself meets the refusal and tells of it
