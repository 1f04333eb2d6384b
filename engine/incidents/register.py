"""All incidents of a runner that may still change, and how firings come together in them.

A firing joins an incident whose firings have compatible keys: every name that both have has an
equal value, at least one name is in common (or neither has any and it is one policy), and they do
not ask for two different playbooks. Only a firing with an incident action that is carried out opens
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.errors import IncidentActError
from engine.incidents import life
from engine.incidents.cause import Cause
from engine.incidents.grouping import Grouping, agree
from engine.incidents.incident import (
    FiringRecord,
    Incident,
    IncidentState,
    TimelineEntry,
    read_firing,
    read_incident,
    write_firing,
    write_incident,
)
from engine.incidents.life import GRACE, Act, OperatorAct
from engine.incidents.report import reports
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.decision import Decision
    from engine.incidents.report import Report
    from engine.mention import Mention

PREFIX = "incident:"
_CLOCK = PREFIX + "clock"
_ONE = PREFIX + "one:"
_LOOSE = PREFIX + "loose:"
CAUSE = PREFIX + "cause:"


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """An incident after a change.

    Attributes:
        before: Where it stood; None where it was opened just now.
        entries: What the change added to its timeline.
    """

    incident: Incident
    before: IncidentState | None
    entries: tuple[TimelineEntry, ...]


class Incidents:
    """The open incidents of one runner, and those that may still be reopened.

    Pure: reads no clock; the same decisions and acts in the same order make the same incidents.

    Attributes:
        acts: Number of the latest operator's act that was followed.
    """

    def __init__(self) -> None:
        self.acts = 0
        self._now: datetime | None = None
        self._all: dict[str, Incident] = {}
        self._causes: dict[str, Cause] = {}
        self._of_firing: dict[str, str] = {}
        self._grouping = Grouping()
        self._resolved: dict[str, None] = {}
        # What fires without an incident: the one that opens later takes it in.
        self._loose: dict[str, FiringRecord] = {}
        self._changed: dict[str, None] = {}
        self._told: dict[str, None] = {}

    @classmethod
    def restore(cls, pieces: Mapping[str, Mapping[str, Any]]) -> Incidents:
        """Return the incidents that `changes` described, piece by piece, until now.

        Args:
            pieces: Names that do not begin with `PREFIX` are passed over: they are not ours.

        Raises:
            KeyError, ValueError: A piece is not one that `changes` returned.
        """
        found = cls()
        for name, piece in sorted(pieces.items()):
            if name == _CLOCK:
                found.acts = piece["acts"]
                found._now = None if piece["at"] is None else parse_instant(piece["at"])
            elif name.startswith(_ONE):
                found._put(read_incident(piece))
            elif name.startswith(_LOOSE):
                found._loose[name.removeprefix(_LOOSE)] = read_firing(piece)
            elif name.startswith(CAUSE):
                found._causes[name.removeprefix(CAUSE)] = Cause.resume(piece)
            elif name.startswith(PREFIX):
                message = f"{name!r} is no piece of the incidents' state"
                raise ValueError(message)
        found._changed.clear()
        return found

    # --- what rules say -----------------------------------------------------------------------

    def apply(self, decision: Decision, mention: Mention | None = None) -> list[IncidentChange]:
        """Take in what a decision's firings say, each in order; twice is once.

        Args:
            mention: The decision's: gives the brand where no key does.
        """
        self.advance(decision.at)
        changes = (self._take(report) for report in reports(decision, mention))
        return [change for change in changes if change is not None]

    def _take(self, report: Report) -> IncidentChange | None:
        known = self._of_firing.get(report.firing.id)
        if report.phase is Phase.ENTERED:
            is_known = known is not None or report.firing.id in self._loose
            return None if is_known else self._enter(report)
        if known is None:
            if report.phase is Phase.RESOLVED and report.firing.id in self._loose:
                del self._loose[report.firing.id]
                self._changed[_LOOSE + report.firing.id] = None
            return None
        before = self._all[known]
        if report.phase is Phase.TOLD:
            return self._change(before, life.tell(before, report))
        if all(one.id != report.firing.id for one in before.firing_now):
            return None
        return self._change(before, life.settle(before, report))

    def _enter(self, report: Report) -> IncidentChange | None:
        before = self._joined_by(report)
        if report.withheld is not None:
            if before is None or before.is_resolved:
                return None
            return self._change(before, life.withhold(before, report))
        if before is not None:
            return self._change(before, life.join(before, report))
        if report.opening is None:
            self._loose[report.firing.id] = report.firing
            self._changed[_LOOSE + report.firing.id] = None
            return None
        return self._open(report)

    def _open(self, report: Report) -> IncidentChange:
        after = life.begin(report)
        for name, firing in sorted(self._loose.items()):
            if agree(after, firing):
                after = life.adopt(after, firing, report.at)
                del self._loose[name]
                self._changed[_LOOSE + name] = None
        self._causes[after.id] = Cause()
        self._changed[CAUSE + after.id] = None
        return self._change(None, after)

    def _joined_by(self, report: Report) -> Incident | None:
        """Return the incident that a firing belongs to: an open one first, then the oldest."""
        near = (self._all[one] for one in self._grouping.near(report.firing))
        found = [
            one
            for one in near
            if self._may_grow(one, report.at)
            and agree(one, report.firing)
            and not (one.playbook and report.playbook and one.playbook != report.playbook)
        ]
        return min(found, key=lambda one: (one.is_resolved, one.opened_at, one.id), default=None)

    @staticmethod
    def _may_grow(one: Incident, at: datetime) -> bool:
        return not one.is_resolved or (one.quiet_at is not None and at - one.quiet_at < GRACE)

    # --- what people do -----------------------------------------------------------------------

    def acknowledge(self, incident: str, who: str, at: datetime, note: str = "") -> IncidentChange:
        """Say that a person has taken it on: nobody else is woken.

        Raises:
            IncidentActError: It is not known, or not open; the same for the other acts.
        """
        return self.act(OperatorAct(incident, Act.ACKNOWLEDGE, who, at, note))

    def mitigate(self, incident: str, who: str, at: datetime, note: str = "") -> IncidentChange:
        """Say that its harm is held; it goes on until its last firing resolves."""
        return self.act(OperatorAct(incident, Act.MITIGATE, who, at, note))

    def resolve(self, incident: str, who: str, at: datetime, note: str = "") -> IncidentChange:
        """Say that it is over, whatever still fires."""
        return self.act(OperatorAct(incident, Act.RESOLVE, who, at, note))

    def note(self, incident: str, who: str, at: datetime, note: str = "") -> IncidentChange:
        """Write a person's words into its timeline."""
        return self.act(OperatorAct(incident, Act.NOTE, who, at, note))

    def act(self, act: OperatorAct) -> IncidentChange:
        """Do what a person asks; see `acknowledge` for what is refused."""
        before = self._known(act.incident)
        return self._change(before, life.act_on(before, act, quiet_at=self._quiet(act)))

    def follow(self, acts: Sequence[OperatorAct]) -> list[IncidentChange]:
        """Do what people were told is done, in order of number; each act once.

        One that no longer fits is noted as late, one on an incident that is over for long is passed
        over: the store has it.
        """
        found = []
        for act in sorted(acts, key=lambda one: one.seq):
            if act.seq <= self.acts:
                continue
            self.acts = act.seq
            self._changed[_CLOCK] = None
            before = self._all.get(act.incident)
            if before is not None:
                after = life.follow(before, act, quiet_at=self._quiet(act))
                found.append(self._change(before, after))
        return found

    def _quiet(self, act: OperatorAct) -> datetime:
        # History is replayed faster than clocks go: its grace time runs in its own time.
        return act.at if self._now is None else min(act.at, self._now)

    # --- telling people anew ------------------------------------------------------------------

    def notify_due(self, incident: str) -> datetime | None:
        """Return when people are to be told of it (again); None once somebody acknowledged.

        At once, then after `engine.incidents.life.GAPS`, the last of them for as long as it is
        open. Reopening does not shorten a gap that has grown; a graver severity does.
        """
        return self._known(incident).next_notice

    def due(self, now: datetime) -> list[Incident]:
        """Return the incidents that people are to be told of by ``now``, longest due first."""
        found = [one for one in self._all.values() if one.next_notice and one.next_notice <= now]
        return sorted(found, key=lambda one: (one.next_notice, one.id))

    def notified(self, incident: str, at: datetime) -> IncidentChange:
        """Note that people were told; raises IncidentActError where the incident is not known."""
        before = self._known(incident)
        return self._change(before, life.notify(before, at))

    # --- cause --------------------------------------------------------------------------------

    def count(self, firing: str, mention: Mention, terms: Sequence[str]) -> None:
        """Add a mention that a firing counts to the cause of its incident, if it has one.

        Args:
            firing: Its id, see `engine.incidents.incident.firing_id`.
            terms: What the mention is about, each term once.
        """
        incident = self._of_firing.get(firing)
        if incident is not None:
            self._causes[incident].add(mention, terms)
            self._changed[CAUSE + incident] = None
            self._told[incident] = None

    def cause(self, incident: str) -> Cause | None:
        """Return what is known of why an incident came about."""
        return self._causes.get(incident)

    def take_causes(self) -> dict[str, dict[str, Any]]:
        """Return the causes that changed since the last call, as JSON, by incident."""
        found = {one: self._causes[one].view() for one in self._told if one in self._causes}
        self._told = {}
        return found

    # --- state --------------------------------------------------------------------------------

    def get(self, incident: str) -> Incident | None:
        """Return an incident that may still change."""
        return self._all.get(incident)

    def of_firing(self, firing: str) -> Incident | None:
        """Return the incident of a firing, by the firing's id."""
        found = self._of_firing.get(firing)
        return None if found is None else self._all[found]

    def open(self) -> list[Incident]:
        """Return those that are not resolved, oldest first."""
        found = [one for one in self._all.values() if not one.is_resolved]
        return sorted(found, key=lambda one: (one.opened_at, one.id))

    @property
    def has_any(self) -> bool:
        """Whether there is an incident that may still change."""
        return bool(self._all)

    def advance(self, at: datetime) -> None:
        """Let event time reach ``at``; forget what is over and can no longer be reopened."""
        if self._now is not None and at <= self._now:
            return
        self._now = at
        self._changed[_CLOCK] = None
        over = [
            one
            for one in map(self._all.__getitem__, self._resolved)
            if not one.firing_now and not self._may_grow(one, at)
        ]
        for one in over:
            self._drop(one)

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the pieces that changed since the last call; None stands for one to delete."""
        found = {name: self._piece(name) for name in self._changed}
        self._changed = {}
        return found

    def _piece(self, name: str) -> Mapping[str, Any] | None:
        if name == _CLOCK:
            at = None if self._now is None else format_instant(self._now)
            return {"at": at, "acts": self.acts}
        if name.startswith(_ONE):
            one = self._all.get(name.removeprefix(_ONE))
            return None if one is None else write_incident(one)
        if name.startswith(_LOOSE):
            firing = self._loose.get(name.removeprefix(_LOOSE))
            return None if firing is None else write_firing(firing)
        cause = self._causes.get(name.removeprefix(CAUSE))
        return None if cause is None else cause.snapshot()

    def _change(self, before: Incident | None, after: Incident) -> IncidentChange:
        self._put(after)
        known = 0 if before is None else len(before.timeline) + before.left_out
        new = len(after.timeline) + after.left_out - known
        entries = after.timeline[-new:] if new else ()
        return IncidentChange(after, None if before is None else before.state, entries)

    def _put(self, one: Incident) -> None:
        before = self._all.get(one.id)
        known = set() if before is None else {firing.id for firing in before.firings}
        held = {firing.id for firing in one.firings}
        for firing in known - held:
            del self._of_firing[firing]
        for firing in held - known:
            self._of_firing[firing] = one.id
        self._all[one.id] = one
        self._grouping.add(one)
        if one.is_resolved:
            self._resolved[one.id] = None
        else:
            self._resolved.pop(one.id, None)
        self._changed[_ONE + one.id] = None

    def _drop(self, one: Incident) -> None:
        del self._all[one.id], self._resolved[one.id]
        self._grouping.remove(one)
        self._causes.pop(one.id, None)
        self._changed |= {_ONE + one.id: None, CAUSE + one.id: None}
        for firing in one.firings:
            self._of_firing.pop(firing.id, None)

    def _known(self, incident: str) -> Incident:
        found = self._all.get(incident)
        if found is None:
            known = ", ".join(one.id for one in self.open()) or "none"
            message = f"no incident {incident!r} that may still change; open are: {known}"
            raise IncidentActError(message)
        return found
