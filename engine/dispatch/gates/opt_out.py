"""Holds back what would be written to one who asked to be left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.consent import is_opt_out
from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.reasons import Reason
from engine.sending import author_key
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.recall import Recall
    from engine.ports import OutboxItem


class OptOutGate:
    """Lets a reply through to whoever did not ask to be left alone, on this source or another.

    A wish whose author is not named cannot be kept; the mention that utters it is not answered.

    Args:
        own_handles: Of our accounts and brands: who names one of them speaks to us.
    """

    def __init__(self, recall: Recall, own_handles: Callable[[], Collection[str]] = tuple) -> None:
        self._recall = recall
        self._own_handles = own_handles

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies by whether their author asked to be left alone."""
        return await part(items, REPLIES, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        found = (await self._recall(item, now)).past.opt_out
        if found is None:
            is_nameless = author_key(item.mention) is None
            if is_nameless and is_opt_out(item.mention, self._own_handles()):
                return Held(item, Reason.OPT_OUT, "it says so itself, and names no author")
            return None
        how = f"in {found.mention}" if found.mention else f"recorded by {found.by}"
        where = f"on {found.source} " if found.source else ""
        return Held(item, Reason.OPT_OUT, f"{where}at {format_instant(found.at)}, {how}")
