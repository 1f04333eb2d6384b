"""Rotas: who is on call at an instant, by shifts in the rota's time zone or by a calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from engine.calendar import WorkingHours
    from engine.duty_file import DutyFile


@dataclass(frozen=True, slots=True)
class Shift:
    """When some people are on call.

    Attributes:
        hours: In the rota's time zone; a shift that passes midnight is parted there.
    """

    who: tuple[str, ...]
    hours: WorkingHours


@dataclass(frozen=True, slots=True)
class Rota:
    """Who is on call.

    Attributes:
        time_zone: Its name in the IANA database.
        shifts: Empty where a file says who.
        file: None where shifts say who.
        channel: Through which its people are told; None where it is only recorded whom to tell.
    """

    id: str
    time_zone: str
    shifts: tuple[Shift, ...] = ()
    file: DutyFile | None = None
    channel: str | None = None

    def on_call(self, at: datetime) -> tuple[str, ...]:
        """Return who is on call at an instant, each once: by shifts as written, else by name."""
        if self.file is not None:
            return self.file.on_call(at)
        present = (name for shift in self.shifts if shift.hours.is_open(at) for name in shift.who)
        return tuple(dict.fromkeys(present))
