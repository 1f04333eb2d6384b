"""What people are told of a case's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cases.clock import Mark
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from datetime import datetime

    from engine.cases.case import Case
    from engine.cases.clock import Clock


@dataclass(frozen=True, slots=True)
class SlaNotice:
    """That a clock of a case warns, or that its time is over.

    Attributes:
        case: As it stands.
        at: When it came to be so, which may be a while ago.
    """

    case: Case
    clock: Clock
    mark: Mark
    at: datetime

    @property
    def text(self) -> str:
        """It in a sentence; nothing in it is from the mention."""
        within = f"{self.clock.name} ({format_duration(self.clock.within)})"
        whose = self.case.person or (f"queue {self.case.queue}" if self.case.queue else "nobody")
        due = self.clock.due
        if self.mark is Mark.BREACHED or due is None:
            return f"{self.case.id} of {whose}: {within} ran out at {format_instant(self.at)}"
        return f"{self.case.id} of {whose}: {within} runs out at {format_instant(due)}"
