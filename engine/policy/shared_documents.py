"""What policies share, once it is read: queues and chains; the rest stands in modules of its own.

Frozen descriptions; a run of a chain is kept by `engine.incidents.escalation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from engine.calendar import WorkingHours
    from engine.policy.platform import PlatformPack
    from engine.policy.playbook import Playbook
    from engine.rota import Rota


@dataclass(frozen=True, slots=True)
class Sla:
    """A time within which something has to be done.

    Attributes:
        calendar: Only time inside it counts; None for all time.
    """

    within: timedelta
    calendar: WorkingHours | None = None

    def due(self, since: datetime) -> datetime | None:
        """Return by when; None where the calendar holds too little time in ten years."""
        if self.calendar is None:
            return since + self.within
        return self.calendar.after(since, self.within)


@dataclass(frozen=True, slots=True)
class Queue:
    """Who works on what is assigned to it, and how soon.

    Attributes:
        notify: The channel that is told as a time of a case runs out, and has run out; None for
            none.
    """

    id: str
    members: tuple[str, ...] = ()
    sla: Mapping[str, Sla] = field(default_factory=dict)
    notify: str | None = None


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """A step happens only where there were more alerts than this in so long."""

    more_than: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain.

    Attributes:
        kind: ``notify``, ``wait`` or ``repeat``.
        channel: For ``notify``: which channel is told.
        rota: For ``notify``: whose people on call are told.
        wait: For ``wait``: how long.
        times: For ``repeat``: how often the chain begins again.
        calendar: The step happens only inside it; None for always.
    """

    kind: Literal["notify", "wait", "repeat"]
    channel: str | None = None
    rota: Rota | None = None
    wait: timedelta | None = None
    times: int = 0
    only_if: OnlyIf | None = None
    calendar: WorkingHours | None = None

    def is_in_hours(self, at: datetime) -> bool:
        """Say whether the step may happen at an instant, as far as its calendar goes."""
        return self.calendar is None or self.calendar.is_open(at)

    def reaches(self, at: datetime) -> bool:
        """Say whether somebody is told by it at an instant; a channel is always told."""
        is_heard = self.channel is not None or (
            self.rota is not None and bool(self.rota.on_call(at))
        )
        return self.kind == "notify" and is_heard and self.is_in_hours(at)


@dataclass(frozen=True, slots=True)
class Chain:
    """Whom to tell, one after another, until somebody acknowledges."""

    id: str
    steps: tuple[Step, ...]

    def reaches_anybody(self, begun: datetime) -> bool:
        """Say whether it tells somebody, sooner or later, if it begins at an instant.

        Every ``only_if`` counts as met, and nobody acknowledges.
        """
        at, rounds = begun, 1 + sum(step.times for step in self.steps)
        for _ in range(rounds):
            for step in self.steps:
                if step.reaches(at):
                    return True
                if step.wait is not None and step.is_in_hours(at):
                    at += step.wait
            if at == begun:
                return False
        return False


@dataclass(frozen=True, slots=True)
class SharedDocuments:
    """The documents that policies share, by id; those at fault are left out.

    Attributes:
        platforms: Those that ship with the engine too, as documents change them.
    """

    calendars: Mapping[str, WorkingHours] = field(default_factory=lambda: MappingProxyType({}))
    rotas: Mapping[str, Rota] = field(default_factory=lambda: MappingProxyType({}))
    chains: Mapping[str, Chain] = field(default_factory=lambda: MappingProxyType({}))
    queues: Mapping[str, Queue] = field(default_factory=lambda: MappingProxyType({}))
    playbooks: Mapping[str, Playbook] = field(default_factory=lambda: MappingProxyType({}))
    platforms: Mapping[str, PlatformPack] = field(default_factory=lambda: MappingProxyType({}))
