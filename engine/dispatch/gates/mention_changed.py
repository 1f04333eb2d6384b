"""Holds back what would answer a mention that is no longer what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, part
from engine.reasons import Reason
from engine.sending import EDITED
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.recall import Recall
    from engine.ports import OutboxItem


class MentionChangedGate:
    """Lets an answer through to a mention that still stands as it was decided about."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies and hidings by whether their mention stands."""
        return await part(items, ANSWERS, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        found = (await self._recall(item, now)).past.standing
        change = found.change
        if change is not None:
            by = Reason.MENTION_EDITED if change.change == EDITED else Reason.MENTION_GONE
            return Held(item, by, f"{change.change}, as was heard at {format_instant(change.at)}")
        if not found.is_stored:
            return Held(item, Reason.MENTION_GONE, "it is no longer stored")
        return None
