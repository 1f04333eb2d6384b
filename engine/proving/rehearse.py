"""Plays a crisis through the real stages on virtual time, nothing sent, and tells what would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.incidents import Act, IncidentState, OperatorAct
from engine.incidents.incident import Did
from engine.ports import LogEntry, SourceBatch
from engine.proving.rehearsal import Entry, Rehearsal, Shown, closing
from engine.proving.rehearsed_playbook import RehearsedPlaybook
from engine.proving.rehearsed_rules import RehearsedRules
from engine.proving.views import shorten
from engine.proving.written_crisis import moved, rules_with
from engine.windows import WindowState, end_of_run
from engine.windows.run_on import longest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.decision import Decision
    from engine.incidents import Incident, IncidentChange
    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.policy.playbook import Playbook
    from engine.proving.written_crisis import Crisis
    from streams.pipeline import Pipeline

# A rule may take its window, and then its own time of calm, until it resolves.
_MOST_RUNS_ON = 8
_STEP = timedelta(minutes=30)
# An incident that a rule of single mentions opens lasts a day.
_LONGEST = timedelta(days=2)
# A language of fewer of the mentions than this is no language of the crisis.
_LEAST_SHARE = 0.1


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
        # As live: incidents know their causes, and people are told again.
        self._state = WindowState(is_live=True)
        self._state.plays = False
        self._latest: Mention = crisis.mentions[0]
        self._entries: list[Entry] = []
        self._rules = RehearsedRules(self._policies, self._entries)
        self._playbook = RehearsedPlaybook(plan.playbook, self._policies, self._entries)
        self._incident: str | None = None
        self._is_resolved = False
        self._acknowledge_at: datetime | None = None

    def play(self) -> Rehearsal:
        """Play it to its end."""
        batch = SourceBatch("rehearsal", self._crisis.mentions)
        mentions = self._pipeline.prepare(batch).mentions
        answers, _ = self._pipeline.classify(mentions)
        for seq, (mention, answer) in enumerate(zip(mentions, answers, strict=True), start=1):
            self._acknowledge_until(mention.published_at)
            self._latest = mention
            if seq == 1:
                self._show_first(mention, len(mentions))
            entry = LogEntry(seq, mention)
            for one in self._pipeline.decide([entry], [answer], self._state)[0]:
                self._take(one.over_time)
                for decision in one.decisions:
                    self._rules.see_single(decision)
        return self._finished(self._run_on(self._crisis.mentions[-1].published_at))

    def _show_first(self, mention: Mention, count: int) -> None:
        text = f"{mention.source}: {shorten(mention.text)} (the first of {count})"
        detail = {"mention": mention.id, "mentions": count}
        self._entries.append(Entry(mention.published_at, Shown.MENTION, text, detail))

    def _run_on(self, last: datetime) -> datetime:
        """Let time go by until all is over, or it is clear that it never is; return when."""
        calm = end_of_run(self._policies, last)
        limit = calm + max(_LONGEST, _MOST_RUNS_ON * longest(self._policies))
        at = last
        while at < limit:
            at += _STEP
            self._acknowledge_until(at)
            self._advance(at)
            is_over = self._incident is not None and not self._is_going_on
            if is_over or (self._incident is None and at >= calm):
                break
        return at

    @property
    def _is_going_on(self) -> bool:
        is_standing = self._playbook.ends_at is not None
        return not self._is_resolved or is_standing or self._rules.has_open_changes

    def _advance(self, until: datetime) -> None:
        self._take(self._pipeline.advance(until, self._state))
        self._playbook.reach(until)

    def _acknowledge_until(self, until: datetime) -> None:
        """Let somebody take the incident on, if that is before an instant."""
        at, incident = self._acknowledge_at, self._incident
        if incident is None or at is None or at > until:
            return
        self._acknowledge_at = None
        self._advance(at)
        if self._is_resolved:
            return
        self._playbook.acknowledge(at)
        act = OperatorAct(incident, Act.ACKNOWLEDGE, self._plan.by, at, seq=1)
        self._state.follow([act])
        text = f"{self._plan.by} acknowledges {incident}: nobody else is woken"
        detail = {"incident": incident, "by": self._plan.by}
        self._entries.append(Entry(at, Shown.ACKNOWLEDGED, text, detail))
        self._take(())

    # --- what rules come to -------------------------------------------------------------------

    def _take(self, decisions: Sequence[Decision]) -> None:
        """Tell what rules came to, what became of incidents by it, and what is planned."""
        for decision in decisions:
            self._rules.begin(decision)
        for change in self._state.news():
            self._changed(change)
        for decision in decisions:
            self._rules.act(decision)

    def _changed(self, change: IncidentChange) -> None:
        incident, before = change.incident, change.before
        at = change.entries[-1].at if change.entries else incident.opened_at
        if before is None:
            self._show_incident(incident, at, "opens")
        elif before is IncidentState.RESOLVED and not incident.is_resolved:
            self._show_incident(incident, at, "is reopened")
        elif any(one.what is Did.ROSE for one in change.entries):
            self._show_incident(incident, at, "rises")
        if incident.is_resolved and before is not IncidentState.RESOLVED:
            at = incident.resolved_at or at
            text = f"incident {incident.id} resolves: its last firing is over"
            detail = {"incident": incident.id}
            self._entries.append(Entry(at, Shown.RESOLVED, text, detail))
        if incident.playbook == self._plan.playbook.id and self._incident in (None, incident.id):
            self._follow(change, at)

    def _follow(self, change: IncidentChange, at: datetime) -> None:
        """Let the playbook follow its incident."""
        incident = change.incident
        self._is_resolved = incident.is_resolved
        self._playbook.reach(at)
        if self._incident is None:
            self._incident = incident.id
            if self._plan.acknowledge_after is not None:
                self._acknowledge_at = at + self._plan.acknowledge_after
            self._begin(incident, at)
        elif incident.is_resolved and change.before is not IncidentState.RESOLVED:
            self._playbook.resolve(at)
        elif change.before is IncidentState.RESOLVED and not incident.is_resolved:
            self._playbook.again(incident, at)
        elif not incident.is_resolved:
            self._playbook.rise(incident, at)

    def _begin(self, incident: Incident, at: datetime) -> None:
        cause = self._state.incidents.cause(incident.id)
        view = {} if cause is None else cause.view()
        shares = {one["name"]: one["share"] for one in view.get("languages", ())}
        languages = tuple(name for name, share in shares.items() if share >= _LEAST_SHARE)
        if not languages and self._latest.language is not None:
            languages = (self._latest.language,)
        mode, mention = self._mode(incident), self._latest
        self._playbook.begin(incident, at, mode=mode, mention=mention, languages=languages)

    def _mode(self, incident: Incident) -> Mode:
        """Return how far the rule that asks for the playbook may go."""
        names = {one.name for one in incident.firings}
        return next(
            (
                action.mode
                for rule in rules_with(self._policies, self._plan.playbook.id)
                if f"{rule.policy}/{rule.id}" in names
                for action in rule.actions
                if action.kind == "incident"
            ),
            Mode.DRAFT,
        )

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
