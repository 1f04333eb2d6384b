"""A playbook, once it is read: what is done in a crisis, by whom, and what is said meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.decision import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from engine.policy.rule import PlannedAction
    from engine.policy.shared_documents import Chain
    from engine.policy.templates import Template
    from engine.problem import Span
    from engine.rota import Rota

RULES = "rules"
HALT = "halt"
NOTE = "note"
RESTORABLE = frozenset({"ads", "publishing", RULES, HALT})
"""Kinds of action that change something which stand-down puts back."""
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Level:
    """How grave the crisis is.

    Attributes:
        severity: Reached by an incident of at least this.
        when: What it means, for people.
        roles: Who is wanted from this level on.
        chain: Whom to tell when it is reached; None for nobody beyond what rules do.
    """

    name: str
    severity: Severity
    when: str = ""
    roles: tuple[str, ...] = ()
    chain: Chain | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Who does tasks of a name.

    Attributes:
        people: Always these; empty where a rota says who, or nobody does.
    """

    name: str
    people: tuple[str, ...] = ()
    rota: Rota | None = None

    def who(self, at: datetime) -> tuple[str, ...]:
        """Return whose it is at an instant; empty where that is not known."""
        return self.people if self.rota is None else self.rota.on_call(at)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that somebody has to do.

    Attributes:
        role: Empty for nobody in particular.
        within: How soon after it is given; None for no deadline.
        level: Given when this level is reached; None for at once.
    """

    id: str
    do: str
    role: str = ""
    within: timedelta | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What may be said while nothing is known yet.

    Attributes:
        channel: Where, or its name; empty for anywhere.
    """

    language: str
    text: Template
    channel: str = ""


@dataclass(frozen=True, slots=True)
class PlaybookAction:
    """What the engine does.

    Attributes:
        action: Of a rule's kinds; or ``rules`` (``do: draft``, ``of``: rules, empty for all),
            ``halt`` (``scope`` as of ``tocsin halt``), or ``note``: words for people.
        level: Done when this level is reached; None for at once.
    """

    action: PlannedAction
    level: str | None = None

    @property
    def is_restorable(self) -> bool:
        """Whether stand-down puts back what it changes."""
        wished = self.action.params.get("restore") != "never"
        return self.action.kind in RESTORABLE and wished


@dataclass(frozen=True, slots=True)
class StandDown:
    """How it ends: what was changed is put back; then this.

    Attributes:
        after: How long after the incident has resolved.
        who: Who says so, for people.
        notes: What people do then.
    """

    after: timedelta
    who: str = ""
    actions: tuple[PlannedAction, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Playbook:
    """What is done in a crisis.

    Attributes:
        levels: From the mildest; empty where there is only one.
        roles: By name; those that tasks name and nobody describes are not among them.
    """

    id: str
    span: Span
    stand_down: StandDown
    description: str = ""
    levels: tuple[Level, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    tasks: tuple[Task, ...] = ()
    statements: tuple[Statement, ...] = ()
    actions: tuple[PlaybookAction, ...] = ()

    def reached(self, severity: Severity) -> int:
        """Return how many of the levels an incident of a severity has reached."""
        weight = _WEIGHT[severity]
        return max(
            (at for at, one in enumerate(self.levels, 1) if _WEIGHT[one.severity] <= weight),
            default=0,
        )

    def statements_in(self, languages: tuple[str, ...]) -> tuple[Statement, ...]:
        """Return the statements in some languages; all of them where there is none in any."""
        found = tuple(one for one in self.statements if one.language in languages)
        return found or self.statements
