"""Holds back changes of budgets that go too far by what is known without asking the platform.

What depends on the budgets themselves is judged by the receiver, by the same limits, in the turn in
which it changes them: only there is nobody else between what is read and what is written.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine.budget_guard import BUDGET, DAY, RESUME
from engine.dispatch.gates.chain import Held, Passage
from engine.errors import PermanentActionError
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from engine.budget_guard import BudgetLimits
    from engine.changes import ChangeLedger
    from engine.ports import OutboxItem

_GUARDED = frozenset({BUDGET, RESUME})


class BudgetGate:
    """Lets an `ads` action through when its step and the account's day leave room for it.

    A pause always passes, and so does what puts back: neither spends more than people chose.

    Args:
        account_of: Through what an action goes. One that nothing serves passes: the receiver
            refuses it.
    """

    def __init__(
        self, ledger: ChangeLedger, limits: BudgetLimits, account_of: Callable[[OutboxItem], str]
    ) -> None:
        self._ledger = ledger
        self._limits = limits
        self._account_of = account_of

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions; those that are none of `ads` pass."""
        kept, held = [], []
        for item in items:
            fault = await self._fault(item, now)
            if fault is None:
                kept.append(item)
            else:
                held.append(Held(item, Reason.BUDGET, fault))
        return Passage(tuple(kept), tuple(held))

    async def _fault(self, item: OutboxItem, now: datetime) -> str | None:
        params = item.action.params
        if item.action.kind != "ads" or params.get("do") not in _GUARDED:
            return None
        limits, by = self._limits, abs(Decimal(str(params.get("by") or 0)))
        if params["do"] == BUDGET and by > limits.step:
            return f"{by:.1%} at once, at most {limits.step:.1%} is allowed"
        try:
            account = self._account_of(item)
        except PermanentActionError:
            return None
        made = await self._ledger.since(account, now - DAY)
        others = sum(one.action_id != item.action.id for one in made)
        if others >= limits.changes:
            return f"{others} changes within 24 hours on {account}, at most {limits.changes}"
        return None
