"""What the engine changed on the other side, remembered so exactly that it can be put back.

How undoing works. Changes of one field of one object lie one upon the other, in the order they were
made, and each remembers what it found: ``before`` of one is ``after`` of the one below. What people
had is at the bottom.

- The uppermost is put back by writing what it found.
- One with others upon it is taken out from between: the one above it remembers what it had found.
  So nothing is resumed while another still holds it paused, and whoever is restored last puts back
  what people had, in whichever order that comes.
- Where the field no longer has the value that the uppermost wrote, somebody changed it by hand. It
  is theirs from then on: all that lies there is left alone, and said to be.

What was found is durable before the change is made, and that it is being put back before it is, so
a crash at any point leaves enough to tell what happened by reading the object once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.ports import OutboxItem

RESTORE = "restore"


class ChangeState(StrEnum):
    """Where a change stands.

    `BEGUN` may or may not have been made; `RESTORING` may or may not have been put back; `LEFT` was
    overruled by a person's own change; `REFUSED` surely never took effect.
    """

    BEGUN = "begun"
    MADE = "made"
    RESTORING = "restoring"
    RESTORED = "restored"
    LEFT = "left"
    REFUSED = "refused"


OPEN_CHANGES = frozenset({ChangeState.BEGUN, ChangeState.MADE, ChangeState.RESTORING})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one object, as an action found it and as it leaves it.

    Attributes:
        account: ``account:NAME``.
        object: The object's id on the platform.
        field: ``status``, ``daily_budget``, …
        before: The value found, as the platform writes it.
        after: The value wanted; the same as `before` where it was so already.
        at: Aware UTC: when it was begun.
        name: What people call the object.
        is_passing: Whether its action is put back when its incident resolves.
    """

    action_id: str
    account: str
    object: str
    field: str
    before: str
    after: str
    at: datetime
    name: str = ""
    is_passing: bool = False
    state: ChangeState = ChangeState.BEGUN

    @property
    def place(self) -> tuple[str, str, str]:
        """Account, object and field: what changes lie upon one another on."""
        return self.account, self.object, self.field

    @property
    def is_open(self) -> bool:
        """Whether it is neither put back nor given up."""
        return self.state in OPEN_CHANGES

    @property
    def changes_something(self) -> bool:
        """Whether the object was not as wanted already."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Released:
    """What is left to do of putting one change back.

    Attributes:
        change: As it stands now: `RESTORING` where its `before` has to be written.
        held_by: The action whose change lies upon it and keeps the value; empty for none.
    """

    change: Change
    held_by: str = ""


class ChangeLedger(Protocol):
    """Remembers changes durably; knows the objects by what it is told was found there."""

    async def begin(self, change: Change) -> Change:
        """Store what was found (``before``) of a change about to be made, and return it as stored.

        Told again of the same action's change, it returns the stored one as what was found makes
        it: `MADE` where the value is there already, `LEFT` where it is a third one; never a second.
        """
        ...

    async def settle(self, change: Change, state: ChangeState, *, at: datetime, by: str) -> None:
        """Note how it ended: `MADE` or `REFUSED` of one begun, `RESTORED` of one `RESTORING`.

        Args:
            by: Who put it back: an action's id.
        """
        ...

    async def release(self, change: Change, *, found: str, at: datetime, by: str) -> Released:
        """Say what putting a change back takes, given the value that the object has now."""
        ...

    async def of(self, action_id: str) -> Sequence[Change]:
        """Return an action's changes in the order they were begun."""
        ...

    async def open_on(self, account: str) -> Sequence[Change]:
        """Return an account's open changes, the oldest first."""
        ...

    async def since(self, account: str, start: datetime) -> Sequence[Change]:
        """Return what was changed on an account at or after an instant, put back or not."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """One change that an action would make now.

    Attributes:
        order: ``pause``, ``resume`` or ``budget``.
        found: The value read just now.
        value: The value wanted.
    """

    account: str
    object: str
    name: str
    field: str
    order: str
    found: str
    value: str


def undone_by(item: OutboxItem) -> str | None:
    """Return the id of the action that an action puts back; None for one that puts nothing back."""
    params = item.action.params
    named = params.get("undoes")
    return str(named) if params.get("do") == RESTORE and named else None
