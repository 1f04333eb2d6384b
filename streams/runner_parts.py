"""What a runner is made with, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from engine.cases import Answer
    from engine.incidents import OperatorAct, Silence


class Sender(Protocol):
    """What sends the planned actions: the dispatcher."""

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Send what falls due until stopped; finish what is in flight."""
        ...


class Operators(Protocol):
    """What people do that the engine has to heed."""

    async def acts_after(self, seq: int) -> list[OperatorAct]:
        """Return what they did to incidents after a number, oldest first."""
        ...

    async def answers_after(self, seq: int) -> list[Answer]:
        """Return what needs no further answer, after a number, oldest first."""
        ...

    async def silences(self, now: datetime) -> list[Silence]:
        """Return what they hold back."""
        ...


@dataclass(slots=True)
class RunnerStats:
    """What the runner did since it started, and what it waits for now.

    Attributes:
        incidents: How often a rule over time entered.
        open_incidents: How many incidents are not resolved now.
        event_time: Aware UTC: no mention earlier than this is waited for; None before the first.
        waiting: Why each part that cannot go on waits, by part; empty when all is well.
        finished: Sources that ended or failed for good, with why.
    """

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    forgotten: int = 0
    classified: int = 0
    decided: int = 0
    decisions: int = 0
    incidents: int = 0
    open_incidents: int = 0
    event_time: datetime | None = None
    faults: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    finished: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunnerLimits:
    """How much the runner holds at once.

    Attributes:
        batch: Mentions decided in one transaction, at most.
        backlog: Undecided mentions at which sources have to wait.
        lateness: How far a mention may lie behind its source and still count in windows.
    """

    batch: int = 500
    backlog: int = 5_000
    lateness: timedelta = timedelta(minutes=2)
