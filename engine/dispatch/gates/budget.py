"""Holds back changes of budgets that are larger, or more, than the guard allows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.budget_guard import BUDGET, DAY, RESUME, judge_budget
from engine.dispatch.gates.chain import Held, Passage
from engine.errors import ActionError
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.budget_guard import BudgetLimits
    from engine.changes import ChangeLedger, Surveyor, Wanted
    from engine.ports import OutboxItem

_GUARDED = frozenset({BUDGET, RESUME})


class BudgetGate:
    """Lets an `ads` action through when all it would change now is within the limits.

    A pause always passes, and so does what puts back: neither spends more than people chose.

    Args:
        surveyor: Reads what would be changed. What it cannot read passes: the receiver finds the
            same, and its failure is counted as an attempt.
    """

    def __init__(self, surveyor: Surveyor, ledger: ChangeLedger, limits: BudgetLimits) -> None:
        self._surveyor = surveyor
        self._ledger = ledger
        self._limits = limits

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
        if item.action.kind != "ads" or item.action.params.get("do") not in _GUARDED:
            return None
        try:
            wanted = await self._surveyor.survey(item, now=now)
        except ActionError:
            return None
        by_account: dict[str, list[Wanted]] = defaultdict(list)
        for one in wanted:
            by_account[one.account].append(one)
        for account, own in by_account.items():
            made = await self._ledger.since(account, now - DAY)
            fault = judge_budget(own, made, self._limits)
            if fault is not None:
                return fault
        return None
