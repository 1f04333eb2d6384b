"""Holds back what would answer an account of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, part
from engine.reasons import Reason
from engine.sending import fold_handle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from engine.account import Account
    from engine.dispatch.gates.chain import Passage
    from engine.ports import OutboxItem


class OwnAccountGate:
    """Lets a reply or a hiding through unless the mention was written by one of us.

    Args:
        accounts: Ours, known by their id or handle on their own source.
        handles: Of the brands, known on every source; read at every call.
    """

    def __init__(self, accounts: Sequence[Account], handles: Callable[[], Collection[str]]) -> None:
        self._ids = {(one.source, one.account_id): one.name for one in accounts if one.account_id}
        self._names = {
            (one.source, fold_handle(one.handle)): one.name for one in accounts if one.handle
        }
        self._handles = handles

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by who wrote what they answer."""
        del now
        return await part(items, ANSWERS, self._judge)

    async def _judge(self, item: OutboxItem) -> Held | None:
        source, author = item.mention.source, item.mention.author
        account = self._ids.get((source, author.id or ""))
        if account is None and author.handle:
            handle = fold_handle(author.handle)
            account = self._names.get((source, handle))
            if account is None and handle in {fold_handle(one) for one in self._handles()}:
                return Held(item, Reason.OWN_ACCOUNT, "its author has a handle of the brand")
        if account is None:
            return None
        return Held(item, Reason.OWN_ACCOUNT, f"its author is our account {account!r}")
