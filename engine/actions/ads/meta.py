"""Pauses, resumes and budgets of campaigns on Meta, and putting them back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from engine.actions.ads import step
from engine.actions.ads.meta_api import MetaApi
from engine.actions.ads.selection import accounts_of, order_of, wanted_of
from engine.actions.ads.tally import Tally
from engine.budget_guard import DAY, BudgetLimits, judge_budget
from engine.changes import Change, ChangeState, undone_by
from engine.errors import (
    ActionError,
    PermanentActionError,
)
from engine.reasons import Reason
from engine.receiving import LookedUp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.account import Account
    from engine.actions.http import HttpClient
    from engine.changes import ChangeLedger, Wanted
    from engine.ports import OutboxItem
    from engine.receiving import RateBook


class MetaAdsReceiver:
    """Carries out `ads` actions on the ad accounts of the settings.

    Setting a value twice is setting it once, and the ledger knows what an action has done already:
    sending again is safe, for ever.

    Args:
        accounts: Ours, of any platform.
        book: Is told what the platform's headers leave of its limits.
    """

    is_record_only = False
    is_idempotent = True
    idempotent_for = None

    def __init__(
        self,
        accounts: Sequence[Account],
        client: HttpClient,
        ledger: ChangeLedger,
        *,
        limits: BudgetLimits | None = None,
        book: RateBook | None = None,
    ) -> None:
        self._accounts = accounts
        self._client = client
        self._ledger = ledger
        self._limits = limits or BudgetLimits()
        self._book = book
        # Between reading an object and writing it nobody else of this engine may change it.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def account(self, item: OutboxItem) -> str:
        """Return the first account that an action is about.

        Raises:
            PermanentActionError: There is none.
        """
        return f"account:{accounts_of(self._accounts, item)[0].name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Change what is selected, or put back what another action changed.

        Returns:
            ``changed`` and ``unchanged``, or ``restored``, ``held`` and ``left``: what became of
            each object, with the value it had and the one it has.

        Raises:
            RecoverableActionError: Some of it may succeed later; what is done stays done.
            PermanentActionError: The platform refused all that is not done, nothing is selected,
                no account serves the brand (`NO_ACCOUNT`), or the budget guard minds (`BUDGET`).
        """
        undone = undone_by(item)
        if undone is not None:
            return await self._restore(item, undone, now=now)
        order_of(item)
        tally, is_any = Tally(), False
        for account in accounts_of(self._accounts, item):
            try:
                async with self._turns[account.name]:
                    is_any |= await self._change(item, self._api(account, now), tally, now=now)
            except ActionError as error:
                # The other accounts are changed all the same.
                tally.failed.append((account.name, error))
        receipt = tally.receipt()
        if not is_any and item.action.params.get("do") != "resume":
            message = f"no campaign fits {dict(item.action.params.get('select', {}))}"
            raise PermanentActionError(message)
        return receipt

    async def look_up(self, item: OutboxItem, *, now: datetime) -> LookedUp:
        """Say whether everything an action began has the value wanted, or has been put back."""
        undone = undone_by(item)
        begun = await self._ledger.of(undone or item.action.id)
        if undone is not None:
            still = [one.object for one in begun if one.is_open]
            said = f"not put back yet: {', '.join(still)}" if still else "all of it is put back"
            return LookedUp(not still, {} if still else {"found": "put back"}, said)
        if not begun:
            return LookedUp(is_there=False, detail="nothing was begun")
        tally = Tally()
        for one in begun:
            there = await self._api_of(one, now).read(one.object)
            is_so = there is not None and there.value(one.field) == one.after
            tally.add("changed" if is_so else "other", one)
        other = [one["object"] for one in tally.done.get("other", ())]
        said = f"not as wanted: {', '.join(other)}" if other else "all of it is as wanted"
        return LookedUp(not other, {} if other else tally.receipt(), said)

    async def _change(self, item: OutboxItem, api: MetaApi, tally: Tally, *, now: datetime) -> bool:
        """Change what is selected of one account; return whether anything is."""
        wanted = await self._wanted(item, api)
        due = await self._due(item, wanted)
        made = await self._ledger.since(f"account:{api.account.name}", now - DAY)
        fault = judge_budget(due, made, self._limits)
        if fault is not None:
            raise PermanentActionError(fault, reason=Reason.BUDGET)
        for one in due:
            if one.found != one.value:
                await api.write(one.object, one.field, one.value, only_try=True)
        for one in wanted:
            try:
                how, change = await self._one(item, one, api, now=now)
                tally.add(how, change)
            except ActionError as error:
                tally.failed.append((one.object, error))
                if isinstance(error, step.END_OF_ALL):
                    break
        return bool(wanted)

    async def _one(
        self, item: OutboxItem, one: Wanted, api: MetaApi, *, now: datetime
    ) -> tuple[str, Change]:
        begun = await self._ledger.begin(_begun(item, one, now))
        if begun.state is ChangeState.LEFT:
            return "left", begun
        if begun.state is ChangeState.BEGUN:
            if begun.changes_something:
                await step.make(begun, api, self._ledger, now=now)
            else:
                await self._ledger.settle(begun, ChangeState.MADE, at=now, by=item.action.id)
        return "changed" if begun.changes_something else "unchanged", begun

    async def _restore(self, item: OutboxItem, undone: str, *, now: datetime) -> Mapping[str, Any]:
        """Put back what an action changed, the latest first."""
        tally, by = Tally(), item.action.id
        stopped: dict[str, ActionError] = {}
        for one in reversed(await self._ledger.of(undone)):
            if not one.is_open:
                tally.add(one.state.value, one)
                continue
            try:
                if one.account in stopped:
                    raise stopped[one.account]
                api = self._api_of(one, now)
                async with self._turns[api.account.name]:
                    ended = await step.put_back(one, api, self._ledger, now=now, by=by)
                how = "held" if ended.held_by else ended.change.state.value
                tally.add(how, one, held_by=ended.held_by)
            except ActionError as error:
                tally.failed.append((one.object, error))
                if isinstance(error, step.END_OF_ALL):
                    stopped[one.account] = error
        return {**tally.receipt(), "undoes": undone}

    async def _wanted(self, item: OutboxItem, api: MetaApi) -> list[Wanted]:
        layers = await self._ledger.open_on(f"account:{api.account.name}")
        return await wanted_of(item, api, layers, resumes_any=self._limits.resumes_any)

    async def _due(self, item: OutboxItem, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Leave out what an earlier attempt has done, and what people have changed since."""
        own = {one.place: one for one in await self._ledger.of(item.action.id)}
        return [
            one
            for one in wanted
            if _is_due(own.get((one.account, one.object, one.field)), one.found)
        ]

    def _api(self, account: Account, now: datetime) -> MetaApi:
        return MetaApi(account, self._client, now=now, book=self._book)

    def _api_of(self, change: Change, now: datetime) -> MetaApi:
        name = change.account.removeprefix("account:")
        account = next((one for one in self._accounts if one.name == name), None)
        if account is None:
            message = f"account {name!r} is no longer in the settings"
            raise PermanentActionError(message, reason=Reason.NO_ACCOUNT)
        return self._api(account, now)


def _is_due(own: Change | None, found: str) -> bool:
    if own is None or own.state is ChangeState.REFUSED:
        return True
    return own.state is ChangeState.BEGUN and found == own.before


def _begun(item: OutboxItem, one: Wanted, now: datetime) -> Change:
    return Change(
        action_id=item.action.id,
        account=one.account,
        object=one.object,
        field=one.field,
        before=one.found,
        after=one.value,
        at=now,
        name=one.name,
        is_passing=item.action.params.get("restore") == "on_resolve",
    )
