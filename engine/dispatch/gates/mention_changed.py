"""Holds back what would answer a mention that is no longer what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, part
from engine.reasons import Reason
from engine.sending import EDITED
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.mention import Mention
    from engine.ports import OutboxItem
    from engine.sending import Standing


class MentionChangedGate:
    """Lets an answer through to a mention that still stands as it was decided about.

    Args:
        standing: Read at every call.
    """

    def __init__(self, standing: Callable[[Mention], Awaitable[Standing]]) -> None:
        self._standing = standing

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies and hidings by whether their mention stands."""
        del now
        return await part(items, ANSWERS, self._judge)

    async def _judge(self, item: OutboxItem) -> Held | None:
        found = await self._standing(item.mention)
        change = found.change
        if change is not None:
            by = Reason.MENTION_EDITED if change.change == EDITED else Reason.MENTION_GONE
            return Held(item, by, f"{change.change}, as was heard at {format_instant(change.at)}")
        if not found.is_stored:
            return Held(item, Reason.MENTION_GONE, "it is no longer stored")
        return None
