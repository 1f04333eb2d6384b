"""Holds back what would be written to one who asked to be left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.reasons import Reason
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.mention import Mention
    from engine.ports import OutboxItem
    from engine.sending import OptOut


class OptOutGate:
    """Lets a reply through to whoever did not ask to be left alone, on this source or another.

    Args:
        asked: The wish of a mention's author, None where there is none.
    """

    def __init__(self, asked: Callable[[Mention], Awaitable[OptOut | None]]) -> None:
        self._asked = asked

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies by whether their author asked to be left alone."""
        del now
        return await part(items, REPLIES, self._judge)

    async def _judge(self, item: OutboxItem) -> Held | None:
        found = await self._asked(item.mention)
        if found is None:
            return None
        how = f"in {found.mention}" if found.mention else f"recorded by {found.by}"
        return Held(item, Reason.OPT_OUT, f"on {found.source} at {format_instant(found.at)}, {how}")
