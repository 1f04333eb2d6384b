"""What receivers may promise beyond sending: to look back, and to tell what is left of a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import OutboxItem


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What reading back found of an action whose end is unknown.

    Attributes:
        is_there: True where it took effect, False where it surely did not, None where nobody can
            tell (yet).
        receipt: As `Receiver.send` would have returned it.
    """

    is_there: bool | None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""


@runtime_checkable
class ReadsBack(Protocol):
    """A receiver that can look whether an action took effect."""

    async def look_up(self, item: OutboxItem, *, now: datetime) -> LookedUp:
        """Look for the action's effect on the other side; changes nothing there.

        Raises:
            RecoverableActionError: It cannot be looked up now.
            PermanentActionError: It can never be.
        """
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a platform's headers say is left of its limit.

    Attributes:
        remaining: Calls left until `resets_at`; 0 where none is.
        resets_at: Aware UTC.
    """

    remaining: int
    resets_at: datetime


class RateBook(Protocol):
    """Is told by receivers what platforms say of their limits."""

    def heard(self, account: str, allowance: Allowance) -> None:
        """Note what is left to an account (``account:NAME`` or ``channel:NAME``)."""
        ...


class Threads(Protocol):
    """Knows which notices are about one thing, so that they stand together on the other side."""

    async def first_notice(self, action_id: str, *, channel: str) -> Mapping[str, Any] | None:
        """Return the receipt of what was first sent through a channel about the same incident.

        Returns:
            None where the action is about no incident, or the first to be sent there.
        """
        ...
