"""Holds back what its rule, as it is loaded now, would no longer plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.changes import undone_by
from engine.decision import Mode
from engine.dispatch.gates.chain import Held, Passage
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from engine.ports import OutboxItem


class ModeGate:
    """Lets an action through when neither its own mode nor its rule's present one forbids it.

    A rule set to `off` or `shadow` after the action was planned stops it: that is the nearest thing
    an author has to a brake, and it must not wait for the outbox to run dry. What puts back an
    earlier action goes through all the same: a rule that is switched off leaves nothing changed.

    Args:
        current: The mode of an action's rule as loaded now, None where the rule is not loaded;
            the mode it was planned with counts then.
    """

    def __init__(self, current: Callable[[OutboxItem], Mode | None]) -> None:
        self._current = current

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by the stricter of the two modes."""
        del now
        kept, held = [], []
        for item in items:
            modes = [item.action.mode, self._current(item) or item.action.mode]
            strictest = min(modes, key=lambda mode: mode.freedom)
            if strictest.freedom >= Mode.DRAFT.freedom or undone_by(item) is not None:
                kept.append(item)
            else:
                detail = f"rule {item.rule!r} is in mode {strictest.value} now"
                held.append(Held(item, Reason.SHADOW, detail))
        return Passage(tuple(kept), tuple(held))
