"""One incident: the firings that are one event, where it stands, and all that happened to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.decision import Severity
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

ENGINE = "engine"
_RANK = {severity: rank for rank, severity in enumerate(Severity)}
# A rule that flaps for weeks must not fill memory: the beginning and the latest tell the story.
FIRST_KEPT = 100
LAST_KEPT = 300
RESOLVED_KEPT = 100


class IncidentState(StrEnum):
    """Where an incident stands; the order of definition is the order of its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"


class Did(StrEnum):
    """What an entry of a timeline tells.

    ``entered`` and ``settled`` are a rule's firing and its end, ``silenced`` a firing that was held
    back, ``told`` a step of a chain, ``notified`` a further notice while nobody had acknowledged;
    ``late`` is an act that came when the incident no longer stood where the person saw it.
    """

    OPENED = "opened"
    ENTERED = "entered"
    SETTLED = "settled"
    SILENCED = "silenced"
    TOLD = "told"
    NOTIFIED = "notified"
    ROSE = "rose"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTED = "noted"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened.

    Attributes:
        at: Aware UTC: event time for the engine's doings, the person's clock for a person's.
        who: ``engine``, or a person's name.
        rule: ``policy/rule`` where a rule did it.
        detail: For a person, in English.
    """

    at: datetime
    what: Did
    who: str = ENGINE
    rule: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FiringRecord:
    """One firing as an incident remembers it.

    Attributes:
        resolved_at: None while it fires.
        peak: Highest that the rule's first measure was known to reach.
        measured: Its measures when last heard of, by name.
        severity: What its incident action says, else the rule's.
        id: SHA-256, in hex, of policy, rule, key and the instant of entering.
    """

    policy: str
    rule: str
    key: Mapping[str, Any]
    opened_at: datetime
    severity: Severity
    resolved_at: datetime | None = None
    peak: float = 1.0
    measured: Mapping[str, float | None] = field(default_factory=dict)
    id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        own = firing_id(self.policy, self.rule, self.key, opened_at=self.opened_at)
        object.__setattr__(self, "id", own)

    @property
    def name(self) -> str:
        """``policy/rule``."""
        return f"{self.policy}/{self.rule}"


@dataclass(frozen=True, slots=True)
class Incident:
    """Firings that are one event, with a life.

    Attributes:
        id: ``inc-`` and ten hex digits, made of its first firing: the same run gives the same.
        severity: The highest of its firings ever.
        policy, rule: Whose firing opened it.
        brand: Of its key, else of the mention that opened it; None where neither has one.
        key: Every name and value that its firings have.
        acknowledged_at, mitigated_at: In its present life; None again once it is reopened.
        quiet_at: Event time at which it resolved: the grace time to reopen counts from here.
        reopened: How many times.
        fired: Firings in all; the oldest resolved ones are not kept in `firings`.
        left_out: Entries of the timeline that were dropped from its middle.
        notices: How many times people were told anew since it last became graver.
        last_notice: When they were last told; None before the first time.
        next_notice: When they are to be told again; None once somebody acknowledged.
    """

    id: str
    title: str
    severity: Severity
    policy: str
    rule: str
    key: Mapping[str, Any]
    opened_at: datetime
    state: IncidentState = IncidentState.OPEN
    brand: str | None = None
    playbook: str | None = None
    acknowledged_at: datetime | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    quiet_at: datetime | None = None
    reopened: int = 0
    firings: tuple[FiringRecord, ...] = ()
    fired: int = 0
    timeline: tuple[TimelineEntry, ...] = ()
    left_out: int = 0
    notices: int = 0
    last_notice: datetime | None = None
    next_notice: datetime | None = None

    @property
    def is_resolved(self) -> bool:
        """Whether it is over."""
        return self.state is IncidentState.RESOLVED

    @property
    def firing_now(self) -> tuple[FiringRecord, ...]:
        """The firings that have not resolved."""
        return tuple(one for one in self.firings if one.resolved_at is None)


def firing_id(policy: str, rule: str, key: Mapping[str, Any], *, opened_at: datetime) -> str:
    """Return the SHA-256, in hex, by which a firing is known."""
    parts = [policy, rule, dict(key), format_instant(opened_at)]
    written = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def graver(one: Severity, other: Severity) -> Severity:
    """Return the graver of two severities."""
    return max(one, other, key=_RANK.__getitem__)


def show_key(key: Mapping[str, Any]) -> str:
    """Return a key for people: ``brand=acme, source=rss``; empty for no key."""
    return ", ".join(f"{name}={value}" for name, value in sorted(key.items()))


def longer(
    timeline: Sequence[TimelineEntry], left_out: int, new: Sequence[TimelineEntry]
) -> tuple[tuple[TimelineEntry, ...], int]:
    """Return a timeline with new entries at its end, and how many its middle has lost by then."""
    found = (*timeline, *new)
    over = len(found) - FIRST_KEPT - LAST_KEPT
    if over <= 0:
        return found, left_out
    return (*found[:FIRST_KEPT], *found[-LAST_KEPT:]), left_out + over


def kept_firings(firings: Sequence[FiringRecord]) -> tuple[FiringRecord, ...]:
    """Return the firings without the oldest resolved ones beyond `RESOLVED_KEPT`."""
    over = [one for one in firings if one.resolved_at is not None][:-RESOLVED_KEPT]
    return tuple(one for one in firings if one not in over) if over else tuple(firings)


def write_firing(one: FiringRecord) -> dict[str, Any]:
    """Return a firing as JSON."""
    return {
        "policy": one.policy,
        "rule": one.rule,
        "key": dict(one.key),
        "opened_at": format_instant(one.opened_at),
        "resolved_at": _instant(one.resolved_at),
        "peak": one.peak,
        "measured": dict(one.measured),
        "severity": one.severity.value,
    }


def read_firing(found: Mapping[str, Any]) -> FiringRecord:
    """Return the firing that `write_firing` wrote; KeyError or ValueError on anything else."""
    return FiringRecord(
        policy=found["policy"],
        rule=found["rule"],
        key=found["key"],
        opened_at=parse_instant(found["opened_at"]),
        resolved_at=_read_instant(found["resolved_at"]),
        peak=found["peak"],
        measured=found["measured"],
        severity=Severity(found["severity"]),
    )


_PLAIN = ("id", "title", "policy", "rule", "brand", "playbook")
_NUMBERS = ("reopened", "fired", "left_out", "notices")
_INSTANTS = ("acknowledged_at", "mitigated_at", "resolved_at", "quiet_at")
_NOTICES = ("last_notice", "next_notice")


def write_incident(one: Incident) -> dict[str, Any]:
    """Return an incident as JSON: what is stored, shown and resumed from."""
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "state": one.state.value,
        "severity": one.severity.value,
        "key": dict(one.key),
        "opened_at": format_instant(one.opened_at),
        **{name: _instant(getattr(one, name)) for name in (*_INSTANTS, *_NOTICES)},
        **{name: getattr(one, name) for name in _NUMBERS},
        "firings": [write_firing(firing) for firing in one.firings],
        "timeline": [
            {
                "at": format_instant(entry.at),
                "what": entry.what.value,
                "who": entry.who,
                "rule": entry.rule,
                "detail": entry.detail,
            }
            for entry in one.timeline
        ],
    }


def read_incident(found: Mapping[str, Any]) -> Incident:
    """Return the incident that `write_incident` wrote.

    Raises:
        KeyError, ValueError: It is none.
    """
    instants: dict[str, Any] = {
        name: _read_instant(found[name]) for name in (*_INSTANTS, *_NOTICES)
    }
    return Incident(
        **{name: found[name] for name in (*_PLAIN, *_NUMBERS)},
        **instants,
        state=IncidentState(found["state"]),
        severity=Severity(found["severity"]),
        key=found["key"],
        opened_at=parse_instant(found["opened_at"]),
        firings=tuple(read_firing(one) for one in found["firings"]),
        timeline=tuple(
            TimelineEntry(
                at=parse_instant(one["at"]),
                what=Did(one["what"]),
                who=one["who"],
                rule=one["rule"],
                detail=one["detail"],
            )
            for one in found["timeline"]
        ),
    )


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
