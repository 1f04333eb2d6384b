"""What a policy revision says of a mention, and what is to be done about it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, overload

from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from engine.reasons import Reason


class Severity(StrEnum):
    """How much a match matters; the order of definition is the order of weight."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Mode(StrEnum):
    """How far a rule or an action may go; the order of definition is from strict to loose."""

    OFF = "off"
    SHADOW = "shadow"
    DRAFT = "draft"
    ENFORCE = "enforce"

    @property
    def freedom(self) -> int:
        """Rank from 0 (off) to 3 (enforce)."""
        return _FREEDOM[self]


_FREEDOM: Mapping[Mode, int] = {mode: rank for rank, mode in enumerate(Mode)}


class ActionState(StrEnum):
    """Where an action stands; `ALLOWED_MOVES` says how it may move."""

    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


FINAL_STATES = frozenset(
    {ActionState.SENT, ActionState.FAILED, ActionState.CANCELLED, ActionState.SUPPRESSED}
)

# `sending -> planned` is a recoverable refusal known not to have taken effect; `sending ->
# awaiting_approval` what a gate lets through with a person's approval alone; `unknown -> …` is a
# person or a read-back settling what a crash left open.
ALLOWED_MOVES: Mapping[ActionState, frozenset[ActionState]] = {
    ActionState.PLANNED: frozenset(
        {ActionState.SENDING, ActionState.SENT, ActionState.CANCELLED, ActionState.SUPPRESSED}
    ),
    ActionState.AWAITING_APPROVAL: frozenset(
        {ActionState.APPROVED, ActionState.CANCELLED, ActionState.SUPPRESSED}
    ),
    ActionState.APPROVED: frozenset(
        {ActionState.SENDING, ActionState.CANCELLED, ActionState.SUPPRESSED}
    ),
    ActionState.SENDING: frozenset(
        {
            ActionState.SENT,
            ActionState.FAILED,
            ActionState.UNKNOWN,
            ActionState.PLANNED,
            ActionState.AWAITING_APPROVAL,
            ActionState.SUPPRESSED,
        }
    ),
    ActionState.UNKNOWN: frozenset(
        {
            ActionState.SENT,
            ActionState.FAILED,
            ActionState.SENDING,
            ActionState.PLANNED,
            ActionState.CANCELLED,
        }
    ),
    ActionState.SENT: frozenset(),
    ActionState.FAILED: frozenset(),
    ActionState.CANCELLED: frozenset(),
    ActionState.SUPPRESSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a rule wants done about one mention.

    Attributes:
        id: ``sha256(rule revision, mention id or firing, index)`` in hex: the same decision made
            twice has the same action, so it is planned once.
        kind: ``tag``, ``notify``, ``reply``, ``incident``, …
        index: Its place in the rule's ``then``, from 0.
        params: What the kind needs, rendered: plain JSON values only.
        mode: The stricter of the rule's and the action's own mode.
        state: Where it starts: planned, awaiting_approval, or suppressed with ``reason``.
    """

    id: str
    kind: str
    index: int
    params: Mapping[str, Any]
    mode: Mode
    state: ActionState
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An action that a match names but that is not planned, or a match an exception undid.

    Attributes:
        action: The action's kind, or empty where the whole match was held back.
        by: Why.
        detail: What exactly, for a person: the exception's name, the cooldown's key.
    """

    rule: str
    action: str
    by: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One node of a condition, evaluated.

    Attributes:
        condition: The node as the author wrote it, shortened.
        held: True, False, or None where undecided (something absent or unknown).
        value: What the mention had there, as JSON; None for inner nodes and for absent values.
        wanted: What the node asked for, as JSON.
    """

    condition: str
    held: bool | None
    value: Any = None
    wanted: Any = None
    children: tuple[TraceNode, ...] = ()


class PendingTrace:
    """A field that is given a trace, or what makes it: most traces are never looked at."""

    @overload
    def __get__(self, match: None, owner: type[Match]) -> None: ...

    @overload
    def __get__(self, match: Match, owner: type[Match]) -> TraceNode | None: ...

    def __get__(self, match: Match | None, owner: type[Match]) -> TraceNode | None:
        """Return the trace, made when first asked for; on the class, the field's default."""
        if match is None:
            return None
        trace: TraceNode | Callable[[], TraceNode] | None = match.__dict__["trace"]
        if trace is not None and not isinstance(trace, TraceNode):
            trace = match.__dict__["trace"] = trace()
        return trace

    def __set__(self, match: Match, trace: TraceNode | Callable[[], TraceNode] | None) -> None:
        """Keep what is given; called once, by the match's construction."""
        match.__dict__["trace"] = trace


@dataclass(frozen=True, slots=True)
class CooldownStart:
    """A cooldown that this match begins: no further actions of the rule for the key until then."""

    rule: str
    key: str
    until: datetime
    every: timedelta


class Phase(StrEnum):
    """What a firing of a rule over time has come to."""

    ENTERED = "entered"
    RESOLVED = "resolved"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Firing:
    """One stretch of time in which a rule over time holds for one key.

    Attributes:
        key: What the rule's state is kept by, each name with its value; empty for one state in all.
        phase: It entered, it resolved, or a chain that it started told somebody.
        opened_at: Aware UTC, event time: when the rule entered; with rule and key it identifies
            the firing.
        resolved_at: When it resolved; None while it fires.
        peak: The highest that the rule's first measure has reached; 1 where nothing is measured.
        measured: Every measure's value at this instant, by name; None where it cannot be told.
        step: For `TOLD`: which step of the chain, counted from 0 through every repetition.
    """

    key: Mapping[str, Any]
    phase: Phase
    opened_at: datetime
    resolved_at: datetime | None = None
    peak: float = 1.0
    measured: Mapping[str, float | None] = field(default_factory=dict)
    step: int = 0

    @property
    def subject(self) -> str:
        """What makes ids of it: the same firing judged twice has the same."""
        parts = [dict(self.key), format_instant(self.opened_at), self.phase.value, self.step]
        return json.dumps(parts, sort_keys=True, ensure_ascii=True)


@dataclass(frozen=True)  # without slots, in whose way the trace would be
class Match:
    """One rule of the policy that holds for the mention, or a rule over time that fires.

    Attributes:
        revision: Hash of the rule and all it refers to; part of its actions' ids.
        actions: In the rule's order; those held back by a cooldown are among them, suppressed.
        trace: What each node of the condition saw. May be given as a function that makes it.
        firing: For a rule over time; the decision's mention is then the latest that counted.
    """

    rule: str
    revision: str
    severity: Severity
    mode: Mode
    actions: tuple[Action, ...] = ()
    trace: PendingTrace = PendingTrace()
    cooldown: CooldownStart | None = None
    firing: Firing | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What one policy revision says of one mention; empty when no rule matched.

    Attributes:
        at: Aware UTC: the instant the decision was made for, in event time.
        matches: In the policy's order of rules; shadow rules too.
        held_back: What was not planned and why, in the same order.
    """

    policy: str
    revision: str
    mention: str
    at: datetime
    matches: tuple[Match, ...] = field(default=())
    held_back: tuple[HeldBack, ...] = field(default=())
