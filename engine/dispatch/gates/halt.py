"""The halt switch: nothing that is halted leaves the engine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held, Passage
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from engine.halt import Halt
    from engine.ports import OutboxItem

# What stays inside the engine goes on under `all`: a halt is to stop the brand's voice and money,
# not to lose sight of what happens. A scope that names one of them still stops it.
INWARD_KINDS = frozenset({"tag", "assign", "incident", "note", "halt", "rules"})
_LOOK_AGAIN = timedelta(seconds=15)


class HaltGate:
    """Lets an action through when no halt covers it.

    Held for good, but for what puts changes back: that waits until the halt is lifted, since what
    was paused would else stay paused for ever.

    Args:
        holding: What is halted, read at every call.
    """

    def __init__(self, holding: Callable[[], Awaitable[Sequence[Halt]]]) -> None:
        self._holding = holding

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by what is halted at this very moment."""
        halts = await self._holding()
        kept, held = [], []
        for item in items:
            by = next((one for one in halts if _covers(one, item)), None)
            if by is None:
                kept.append(item)
                continue
            detail = f"{by.scope} by {by.by}: {by.reason}"
            until = now + _LOOK_AGAIN if _restores(item) else None
            held.append(Held(item, Reason.HALTED, detail, until))
        return Passage(tuple(kept), tuple(held))


def _covers(halt: Halt, item: OutboxItem) -> bool:
    if item.action.kind == "halt":
        return False
    if item.action.kind in INWARD_KINDS and halt.scope.kind not in ("action", "rule"):
        return False
    return halt.scope.covers(item)


def _restores(item: OutboxItem) -> bool:
    return item.action.params.get("do") == "restore"
