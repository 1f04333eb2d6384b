"""Lets what puts something back go only once what it puts back has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from engine.changes import undone_by
from engine.decision import ActionState
from engine.dispatch.gates.chain import Held, Passage
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from engine.ports import OutboxItem

_LOOK_AGAIN = timedelta(seconds=15)
_WITHOUT_EFFECT = frozenset({ActionState.FAILED, ActionState.CANCELLED, ActionState.SUPPRESSED})
_ENDED = _WITHOUT_EFFECT | {ActionState.SENT}
# What the ledger says of it is enough: each object is looked at before it is put back.
_TOLD_BY_LEDGER = frozenset({ActionState.UNKNOWN})


class Originals(Protocol):
    """Knows of the actions that restores name."""

    async def states(self, action_ids: Sequence[str]) -> Mapping[str, ActionState]:
        """Return where actions stand, by id; one that is not stored is left out."""
        ...

    async def changed(self, action_ids: Sequence[str]) -> AbstractSet[str]:
        """Return those of which a change is open."""
        ...


class RestoreOrderGate:
    """Holds a restore until its original has ended; for good where that changed nothing.

    An original that failed half way is put back as far as it went.
    """

    def __init__(self, originals: Originals) -> None:
        self._originals = originals

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions; those that put nothing back pass."""
        undone = {item.action.id: name for item in items if (name := undone_by(item)) is not None}
        if not undone:
            return Passage(tuple(items))
        names = sorted(set(undone.values()))
        states, changed = await self._originals.states(names), await self._originals.changed(names)
        kept, held = [], []
        for item in items:
            name = undone.get(item.action.id)
            stop = None if name is None else _stop(item, name, states.get(name), now)
            if stop is None or (stop.until is None and name in changed):
                kept.append(item)
            else:
                held.append(stop)
        return Passage(tuple(kept), tuple(held))


def _stop(item: OutboxItem, name: str, state: ActionState | None, now: datetime) -> Held | None:
    """Return what holds a restore back by its original's state alone."""
    if state is None:
        return Held(item, Reason.NOTHING_TO_RESTORE, f"action {name} is not stored")
    if state in _WITHOUT_EFFECT:
        return Held(item, Reason.NOTHING_TO_RESTORE, f"action {name} is {state}")
    if state in _ENDED or (state in _TOLD_BY_LEDGER and item.action.kind == "ads"):
        return None
    return Held(item, Reason.RESTORE_WAITS, f"action {name} is {state}", now + _LOOK_AGAIN)
