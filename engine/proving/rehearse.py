"""Plays a crisis through the real stages on virtual time, nothing sent, and tells what would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.decision import Decision, Mode, Phase
from engine.incidents import Incidents, IncidentState
from engine.incidents.incident import Did
from engine.ports import LogEntry, SourceBatch
from engine.proving.rehearsal import Entry, Rehearsal, Shown, closing
from engine.proving.rehearsed_playbook import RehearsedPlaybook
from engine.proving.rehearsed_rules import RehearsedRules
from engine.proving.views import shorten
from engine.proving.written_crisis import moved
from engine.windows import WindowState, end_of_run
from engine.windows.run_on import longest

if TYPE_CHECKING:
    from engine.incidents import Incident, IncidentChange
    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.policy.playbook import Playbook
    from engine.proving.written_crisis import Crisis
    from streams.pipeline import Pipeline

# A rule may take its window, and then its own time of calm, until it resolves.
_MOST_RUNS_ON = 8
_STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a crisis is to be rehearsed.

    Attributes:
        start: When the first mention is; None for when it was.
        acknowledge_after: How long after the incident opens somebody takes it on; None for never.
        by: Who does.
    """

    playbook: Playbook
    start: datetime | None = None
    acknowledge_after: timedelta | None = None
    by: str = "somebody"


def rehearse(plan: Plan, crisis: Crisis, pipeline: Pipeline) -> Rehearsal:
    """Play a crisis and return its timeline.

    Everything is decided by the stages that run live; only sending is left out. What people do is
    left to them: but for the acknowledgement asked for, nobody answers, and no task is done.

    Args:
        crisis: At least one mention.
    """
    if plan.start is not None:
        crisis = moved(crisis, plan.start)
    return _Player(plan, crisis, pipeline).play()


class _Player:
    """Plays one crisis."""

    def __init__(self, plan: Plan, crisis: Crisis, pipeline: Pipeline) -> None:
        self._plan = plan
        self._crisis = crisis
        self._pipeline = pipeline
        self._policies: PolicySet = pipeline.policies
        self._state = WindowState()
        self._incidents = Incidents()
        self._mentions: dict[str, Mention] = {}
        self._entries: list[Entry] = []
        self._rules = RehearsedRules(self._policies, self._entries)
        self._playbook = RehearsedPlaybook(plan.playbook, self._policies, self._entries)
        self._incident: str | None = None
        self._acknowledge_at: datetime | None = None

    def play(self) -> Rehearsal:
        batch = SourceBatch("rehearsal", self._crisis.mentions)
        mentions = self._pipeline.prepare(batch).mentions
        answers, _ = self._pipeline.classify(mentions)
        last = self._crisis.mentions[-1].published_at
        for seq, (mention, answer) in enumerate(zip(mentions, answers, strict=True), start=1):
            self._reach(mention.published_at)
            self._mentions[mention.id] = mention
            if seq == 1:
                self._show_first(mention, len(mentions))
            (one, *_), _ = self._pipeline.decide([LogEntry(seq, mention)], [answer], self._state)
            for decision in one.over_time:
                self._take(decision)
            for decision in one.decisions:
                self._rules.see_single(decision)
        end = self._run_on(last)
        return self._finished(end)

    def _show_first(self, mention: Mention, count: int) -> None:
        text = f"{mention.source}: {shorten(mention.text)} (the first of {count})"
        detail = {"mention": mention.id, "mentions": count}
        self._entries.append(Entry(mention.published_at, Shown.MENTION, text, detail))

    def _run_on(self, last: datetime) -> datetime:
        """Let time go by until all is over, or it is clear that it never is; return when."""
        calm = end_of_run(self._policies, last)
        limit = calm + _MOST_RUNS_ON * max(longest(self._policies), _STEP)
        at = last
        while at < limit:
            at += _STEP
            self._advance(at)
            is_over = self._incident is not None and not self._is_going_on()
            if is_over or (self._incident is None and at >= calm):
                break
        return at

    def _is_going_on(self) -> bool:
        known = None if self._incident is None else self._incidents.get(self._incident)
        is_open = known is not None and not known.is_resolved
        is_standing = self._playbook.ends_at is not None
        return is_open or is_standing or self._rules.has_open_changes

    def _advance(self, until: datetime) -> None:
        self._reach(until)
        for decision in self._pipeline.advance(until, self._state):
            self._take(decision)
        self._playbook.reach(until)

    def _reach(self, until: datetime) -> None:
        """Do what people do before an instant."""
        due = self._acknowledge_at
        if due is None or due > until:
            return
        self._acknowledge_at = None
        for decision in self._pipeline.advance(due, self._state):
            self._take(decision)
        self._playbook.reach(due)
        known = None if self._incident is None else self._incidents.get(self._incident)
        if known is not None and known.state is IncidentState.OPEN:
            self._acknowledge(known, due)

    def _acknowledge(self, incident: Incident, at: datetime) -> None:
        for one in incident.firing_now:
            self._state.answered(one.policy, one.rule, one.key, one.opened_at)
        self._playbook.acknowledge(at)
        self._incidents.acknowledge(incident.id, self._plan.by, at)
        text = f"{self._plan.by} acknowledges {incident.id}: nobody else is woken"
        detail = {"incident": incident.id, "by": self._plan.by}
        self._entries.append(Entry(at, Shown.ACKNOWLEDGED, text, detail))

    # --- what rules come to -------------------------------------------------------------------

    def _take(self, decision: Decision) -> None:
        self._playbook.reach(decision.at)
        mention = self._mentions.get(decision.mention)
        changes = self._incidents.apply(decision, mention)
        self._rules.begin(decision)
        for change in changes:
            self._changed(change, decision)
        self._rules.act(decision)

    def _changed(self, change: IncidentChange, decision: Decision) -> None:
        incident = change.incident
        if change.before is None:
            self._show_incident(incident, decision.at, "opens")
        elif change.before is IncidentState.RESOLVED and not incident.is_resolved:
            self._show_incident(incident, decision.at, "is reopened")
        elif any(one.what is Did.ROSE for one in change.entries):
            self._show_incident(incident, decision.at, "rises")
        if incident.playbook == self._plan.playbook.id and self._incident in (None, incident.id):
            self._follow(change, decision)
        if incident.is_resolved and change.before not in (None, IncidentState.RESOLVED):
            at = incident.resolved_at or decision.at
            text = f"incident {incident.id} resolves: its last firing is over"
            detail = {"incident": incident.id}
            self._entries.append(Entry(at, Shown.RESOLVED, text, detail))

    def _follow(self, change: IncidentChange, decision: Decision) -> None:
        """Let the playbook follow its incident."""
        incident, at = change.incident, decision.at
        if self._incident is None:
            self._incident = incident.id
            if self._plan.acknowledge_after is not None:
                self._acknowledge_at = at + self._plan.acknowledge_after
            mentions = [one for one in self._mentions.values() if _is_of(incident, one)]
            mode = _mode(decision)
            self._playbook.begin(incident, at, mode=mode, mentions=mentions)
        elif incident.is_resolved:
            self._playbook.resolve(incident.resolved_at or at)
        elif change.before is IncidentState.RESOLVED:
            self._playbook.again(incident, at)
        else:
            self._playbook.rise(incident, at)

    def _show_incident(self, incident: Incident, at: datetime, what: str) -> None:
        text = f"incident {incident.id} {what}: {incident.title} [{incident.severity.value}]"
        detail = {
            "incident": incident.id,
            "severity": incident.severity.value,
            "playbook": incident.playbook,
        }
        self._entries.append(Entry(at, Shown.INCIDENT, text, detail))

    def _finished(self, end: datetime) -> Rehearsal:
        self._rules.finish()
        changes = sorted(
            [*self._rules.changes, *self._playbook.changes], key=lambda one: (one.at, one.id)
        )
        entries = sorted(self._entries, key=lambda one: one.at)
        end = max([end, *(one.at for one in entries)])
        return Rehearsal(
            playbook=self._plan.playbook.id,
            crisis=self._crisis.name,
            is_begun=self._incident is not None,
            entries=(*entries, closing(end, changes)),
            changes=changes,
        )


def _is_of(incident: Incident, mention: Mention) -> bool:
    return incident.brand is None or mention.brand == incident.brand


def _mode(decision: Decision) -> Mode:
    """Return how far the incident action that opened it may go."""
    return next(
        (
            action.mode
            for match in decision.matches
            if match.firing is not None and match.firing.phase is Phase.ENTERED
            for action in match.actions
            if action.kind == "incident"
        ),
        Mode.DRAFT,
    )
