"""What a running engine has to know of what is done meanwhile, by people and by what it sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from engine.cases import Answer
    from engine.incidents import OperatorAct, Silence
    from engine.store.cases import CaseStore
    from engine.store.incidents import IncidentStore
    from engine.store.silences import SilenceStore


@dataclass(frozen=True, slots=True)
class Watched:
    """Acts on incidents, silences and answers, as the database has them now."""

    incidents: IncidentStore
    held: SilenceStore
    cases: CaseStore

    async def acts_after(self, seq: int) -> list[OperatorAct]:
        """Return what people did to incidents after a number, oldest first."""
        return await self.incidents.acts_after(seq)

    async def answers_after(self, seq: int) -> list[Answer]:
        """Return what needs no further answer, after a number, oldest first."""
        return await self.cases.answers_after(seq)

    async def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that may cover something decided now."""
        return await self.held.live(now)
