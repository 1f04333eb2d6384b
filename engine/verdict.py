"""What people say of drafts: approved, rejected, rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from engine.decision import ActionState


class Judgement(StrEnum):
    """What one person did with a draft."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement of one person.

    Attributes:
        action_id: Of the drafted action.
        by: The person, by name.
        at: Aware UTC.
        reason: Why; a rejection has one always.
        text: What the draft says from then on: of an `EDITED`, and of an `APPROVED` whose giver
            rewrote it in the same step.
    """

    action_id: str
    judgement: Judgement
    by: str
    at: datetime
    reason: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person's judgement came to.

    Attributes:
        state: Where the draft stands now.
        needed: How many different people have to approve it.
        approvals: Those who approved its present text, in order.
        is_changed: False where the same was said before, and nothing happened.
        said: What it came to, for a person.
        cancelled: Ids of the drafts that an approval ruled out.
    """

    action_id: str
    state: ActionState
    needed: int
    approvals: tuple[str, ...]
    is_changed: bool
    said: str
    cancelled: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the command line and the API print it."""
        return {
            "id": self.action_id,
            "state": self.state.value,
            "needed": self.needed,
            "approvals": list(self.approvals),
            "changed": self.is_changed,
            "said": self.said,
            "cancelled": list(self.cancelled),
        }
