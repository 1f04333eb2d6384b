"""What people say of drafts: approved, rejected, rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
        text: For `EDITED`: what the draft says from then on.
    """

    action_id: str
    judgement: Judgement
    by: str
    at: datetime
    reason: str = ""
    text: str | None = None
