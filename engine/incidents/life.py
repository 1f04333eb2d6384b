"""How one incident changes: pure functions from an incident and what happened to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.errors import IncidentActError
from engine.incidents.incident import (
    Did,
    Incident,
    IncidentState,
    TimelineEntry,
    graver,
    kept_firings,
    longer,
)
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.incidents.incident import FiringRecord
    from engine.incidents.report import Report

# After resolving; a firing within it is the same event going on.
GRACE = timedelta(minutes=30)
# Between notices while nobody acknowledges; the last one goes on for good.
GAPS = (
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)


class Act(StrEnum):
    """What a person may do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    MITIGATE = "mitigate"
    RESOLVE = "resolve"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """One thing a person did to an incident.

    Attributes:
        by: The person's name.
        at: Aware UTC, on the person's clock.
        seq: Its number among all acts, from 1; 0 where it is not stored.
    """

    incident: str
    act: Act
    by: str
    at: datetime
    note: str = ""
    seq: int = 0


ALLOWED_ACTS: Mapping[Act, frozenset[IncidentState]] = {
    Act.ACKNOWLEDGE: frozenset({IncidentState.OPEN}),
    Act.MITIGATE: frozenset({IncidentState.OPEN, IncidentState.ACKNOWLEDGED}),
    Act.RESOLVE: frozenset(set(IncidentState) - {IncidentState.RESOLVED}),
    Act.NOTE: frozenset(IncidentState),
}
_DONE = {
    Act.ACKNOWLEDGE: Did.ACKNOWLEDGED,
    Act.MITIGATE: Did.MITIGATED,
    Act.RESOLVE: Did.RESOLVED,
    Act.NOTE: Did.NOTED,
}


def begin(report: Report) -> Incident:
    """Return the incident that a firing opens; its firing is in it already."""
    firing, opening = report.firing, report.opening or {}
    opened = TimelineEntry(report.at, Did.OPENED, rule=firing.name, detail=opening.get("title", ""))
    bare = Incident(
        id=f"inc-{firing.id[:10]}",
        title=opening.get("title") or firing.rule,
        severity=firing.severity,
        policy=firing.policy,
        rule=firing.rule,
        key={},
        opened_at=firing.opened_at,
        brand=report.brand,
        next_notice=report.at,
        timeline=(opened,),
    )
    return join(bare, report)


def join(one: Incident, report: Report) -> Incident:
    """Return the incident with a firing more; reopened where it was resolved."""
    firing = report.firing
    after = _reopened(one, report) if one.is_resolved else one
    entry = TimelineEntry(report.at, Did.ENTERED, rule=firing.name, detail=report.text)
    after = _told_of(after, entry)
    after = replace(
        after,
        key={**after.key, **firing.key},
        playbook=after.playbook or report.playbook,
        firings=kept_firings((*after.firings, firing)),
        fired=after.fired + 1,
    )
    return _risen(after, report)


def adopt(one: Incident, firing: FiringRecord, at: datetime) -> Incident:
    """Return the incident with a firing that had begun before it opened."""
    detail = f"firing since {format_instant(firing.opened_at)}"
    entry = TimelineEntry(at, Did.ENTERED, rule=firing.name, detail=detail)
    return replace(
        _told_of(one, entry),
        key={**one.key, **firing.key},
        severity=graver(one.severity, firing.severity),
        firings=(*one.firings, firing),
        fired=one.fired + 1,
    )


def settle(one: Incident, report: Report) -> Incident:
    """Return the incident with one of its firings resolved; with the last, it resolves itself."""
    firing, known = report.firing, {firing.id: firing for firing in one.firings}
    before = known[firing.id]
    over = firing.resolved_at or report.at
    known[firing.id] = replace(
        before, resolved_at=over, peak=max(before.peak, firing.peak), measured=firing.measured
    )
    entry = TimelineEntry(report.at, Did.SETTLED, rule=firing.name, detail=f"peak {firing.peak:g}")
    after = _told_of(replace(one, firings=kept_firings(tuple(known.values()))), entry)
    if after.firing_now or after.is_resolved:
        return after
    entry = TimelineEntry(report.at, Did.RESOLVED, detail="its last firing has resolved")
    return _resolved(_told_of(after, entry), at=over, quiet_at=over)


def withhold(one: Incident, report: Report) -> Incident:
    """Return the incident with a firing noted that was held back."""
    detail = "; ".join(part for part in (report.withheld, report.text) if part)
    entry = TimelineEntry(report.at, Did.SILENCED, rule=report.firing.name, detail=detail)
    return _told_of(one, entry)


def tell(one: Incident, report: Report) -> Incident:
    """Return the incident with a step of a chain noted."""
    detail = f"step {report.step + 1}: {report.told or 'nobody'}"
    return _told_of(one, TimelineEntry(report.at, Did.TOLD, rule=report.firing.name, detail=detail))


def notify(one: Incident, at: datetime) -> Incident:
    """Return the incident with people told of it anew; the next time is a longer gap away."""
    gap = GAPS[min(one.notices, len(GAPS) - 1)]
    entry = TimelineEntry(at, Did.NOTIFIED, detail=f"notice {one.notices + 1}")
    is_waiting = one.state is IncidentState.OPEN
    return replace(
        _told_of(one, entry),
        notices=one.notices + 1,
        last_notice=at,
        next_notice=at + gap if is_waiting else None,
    )


def act_on(one: Incident, act: OperatorAct, *, quiet_at: datetime | None = None) -> Incident:
    """Return the incident after what a person did.

    Args:
        quiet_at: Event time of the act; left out, the act's own instant.

    Raises:
        IncidentActError: The incident does not stand where this may be done.
    """
    if one.state not in ALLOWED_ACTS[act.act]:
        raise IncidentActError(_refusal(one, act))
    entry = TimelineEntry(act.at, _DONE[act.act], who=act.by, detail=act.note)
    after = _told_of(one, entry)
    if act.act is Act.NOTE:
        return after
    if act.act is Act.RESOLVE:
        return _resolved(after, at=act.at, quiet_at=quiet_at or act.at)
    after = replace(after, acknowledged_at=one.acknowledged_at or act.at, next_notice=None)
    if act.act is Act.ACKNOWLEDGE:
        return replace(after, state=IncidentState.ACKNOWLEDGED)
    return replace(after, state=IncidentState.MITIGATED, mitigated_at=act.at)


def act_late(one: Incident, act: OperatorAct) -> Incident:
    """Return the incident with an act noted that no longer fits where it stands."""
    detail = f"{act.act.value} when it was {one.state.value} already"
    said = f"{detail}: {act.note}" if act.note else detail
    return _told_of(one, TimelineEntry(act.at, Did.LATE, who=act.by, detail=said))


def follow(one: Incident, act: OperatorAct, *, quiet_at: datetime | None = None) -> Incident:
    """Return the incident after an act that was accepted elsewhere: done, or noted as late."""
    try:
        return act_on(one, act, quiet_at=quiet_at)
    except IncidentActError:
        return act_late(one, act)


def _refusal(one: Incident, act: OperatorAct) -> str:
    since = f" since {format_instant(one.resolved_at)}" if one.resolved_at else ""
    right = [other.value for other in Act if one.state in ALLOWED_ACTS[other]]
    return (
        f"incident {one.id} is {one.state.value}{since}: '{act.act.value}' does not fit; what "
        f"may be done now: {', '.join(right)}"
    )


def _told_of(one: Incident, entry: TimelineEntry) -> Incident:
    timeline, left_out = longer(one.timeline, one.left_out, (entry,))
    return replace(one, timeline=timeline, left_out=left_out)


def _resolved(one: Incident, *, at: datetime, quiet_at: datetime) -> Incident:
    return replace(
        one, state=IncidentState.RESOLVED, resolved_at=at, quiet_at=quiet_at, next_notice=None
    )


def _reopened(one: Incident, report: Report) -> Incident:
    number = one.reopened + 1
    entry = TimelineEntry(
        report.at, Did.REOPENED, rule=report.firing.name, detail=f"for the {number}. time"
    )
    return replace(
        _told_of(one, entry),
        state=IncidentState.OPEN,
        acknowledged_at=None,
        mitigated_at=None,
        resolved_at=None,
        quiet_at=None,
        reopened=number,
        next_notice=_next_after_reopening(one, report.at),
    )


def _next_after_reopening(one: Incident, at: datetime) -> datetime:
    """Keep the gap that had grown: a rule that flaps must not ring at every flap."""
    if one.last_notice is None or one.notices == 0:
        return at
    gap = GAPS[min(one.notices, len(GAPS)) - 1]
    return max(at, one.last_notice + gap)


def _risen(one: Incident, report: Report) -> Incident:
    """Return the incident as grave as its gravest firing: graver, people hear of it at once."""
    firing = report.firing
    risen = graver(one.severity, firing.severity)
    if risen is one.severity:
        return one
    detail = f"from {one.severity.value} to {risen.value}"
    after = _told_of(one, TimelineEntry(report.at, Did.ROSE, rule=firing.name, detail=detail))
    title = (report.opening or {}).get("title") or one.title
    return replace(after, severity=risen, title=title, notices=0, next_notice=report.at)
