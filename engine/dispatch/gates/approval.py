"""Holds back what people have to approve and did not, whatever state it came to stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.approving import standing
from engine.dispatch.gates.chain import Held, Passage
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.ports import OutboxItem
    from engine.verdict import Verdict


class ApprovalGate:
    """Lets an action through when enough different people approved just what it says.

    That an action stands as approved proves nothing: verdicts are read again, the number of people
    is reckoned again from the risk and the settings of now, and a text nobody approved is held.

    Args:
        verdicts: What people said of an action, by its id, oldest first; read at every call.
        needed: How many different people have to approve an action now; 0 for none.
    """

    def __init__(
        self,
        verdicts: Callable[[str], Awaitable[Sequence[Verdict]]],
        needed: Callable[[OutboxItem], int],
    ) -> None:
        self._verdicts = verdicts
        self._needed = needed

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether the people they need agree."""
        del now
        kept, held = [], []
        for item in items:
            needed = self._needed(item)
            found = await self._held(item, needed) if needed else None
            if found is None:
                kept.append(item)
            else:
                held.append(found)
        return Passage(tuple(kept), tuple(held))

    async def _held(self, item: OutboxItem, needed: int) -> Held | None:
        """Return why an action may not go; it waits for people, unless its text is a stranger's."""
        given = await self._verdicts(item.action.id)
        stands = standing(given)
        texts = [one.text for one in given if one.text is not None]
        if texts and texts[-1] != item.action.params.get("text"):
            return Held(item, Reason.APPROVAL, "its text is not the one that was approved")
        if stands.suffices(needed):
            return None
        approved = len(stands.approvers)
        why = f"{needed} people have to approve it, {approved} did"
        if approved >= needed:
            why = "nobody but the author of its text approved it"
        return Held(item, Reason.APPROVAL, why, for_person=True)
