"""The mutable state of one runner, in pieces small enough to store with every batch.

It changes only by `take`, `advance` and `apply`; it reads no clock.
"""

from __future__ import annotations

import heapq
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, Phase
from engine.incidents import FiringNow, Incidents, IncidentState
from engine.incidents.register import PREFIX as INCIDENT
from engine.units import format_instant, parse_instant
from engine.windows.causes import Causes
from engine.windows.escalations import Cause, Escalations
from engine.windows.instants import EPOCH, instant, length, micros
from engine.windows.lone import LoneMatches
from engine.windows.notices import firing_of, notices
from engine.windows.over_time import OverTime
from engine.windows.playbooks import Playbooks
from engine.windows.restorable import Restorable, firing_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from engine.cases import Answer
    from engine.decision import Decision, Firing, Match
    from engine.incidents import IncidentChange, OperatorAct, Silence, Telling
    from engine.mention import Mention
    from engine.policy import Facts, PolicySet, Rule
    from engine.windows.over_time import Judged
    from engine.windows.playbooks import Call
    from engine.windows.restorable import Done

_WATERMARK = "watermark"
_COOLDOWN = "cooldown:"
_RULE = "rule:"
_RESTORE = "restore:"
_CHAIN = "chain:"
_LONE = "lone:"
_PLAYBOOK = "playbook:"
_ANSWERS = "answers"
LATENESS = timedelta(minutes=2)
_RECALLS = 2_000  # mentions; as many as a cause's samples are drawn from


class WindowState:
    """All that rules remember, and how far event time has come.

    Args:
        is_live: Whether it is a runner's: an `absent` rule forgets keys after seven days, and
            incidents say what led to them.
        lateness: How far a mention may lie behind the latest of its source and still count.

    Attributes:
        over_time: The rules over time.
        incidents: What their firings come together in.
        silences: What operators hold back now; whoever runs the stages sets them.
        heard: Number of the latest answer that was heard.
        plays: Whether playbooks of incidents are followed, where it is live; a rehearsal, which
            tells of them in its own words, sets it to False.
    """

    def __init__(self, *, is_live: bool = False, lateness: timedelta = LATENESS) -> None:
        self.over_time = OverTime(lateness=length(lateness), forgets=is_live)
        self.silences: Sequence[Silence] = ()
        self.plays = True
        self.heard = 0
        self._kept_heard = 0
        self._unheard: list[Answer] = []
        self._is_live = is_live
        self._set_incidents(Incidents())
        self._restorable = Restorable()
        self._escalations = Escalations()
        self._lone = LoneMatches()
        self._playbooks = Playbooks()
        self._calls: list[Call] = []
        self._policies: PolicySet | None = None
        # By policy and rule, of those that inhibit others: looked through at every decision.
        self._firing: dict[str, dict[str, dict[str, FiringNow]]] = {}
        self._cooling: dict[tuple[str, str, str], datetime] = {}
        # Every end ever set, the earliest first; one that a later end replaced is passed over.
        self._ends: list[tuple[datetime, tuple[str, str, str]]] = []
        self._changed: dict[tuple[str, str, str], None] = {}
        self._stored: Mapping[str, Any] = self.over_time.watermark.snapshot()

    def _set_incidents(self, incidents: Incidents) -> None:
        self.incidents = incidents
        self._causes = Causes(incidents, _RECALLS if self._is_live else 0)
        self._news: list[IncidentChange] = []

    @classmethod
    def restore(
        cls,
        pieces: Mapping[str, Mapping[str, Any]],
        *,
        is_live: bool = False,
        lateness: timedelta = LATENESS,
    ) -> WindowState:
        """Return the state that `changes` described, piece by piece, until now.

        What rules over time remember is read once `use` says which there are.

        Raises:
            ValueError: A piece is not one that `changes` returned.
        """
        state = cls(is_live=is_live, lateness=lateness)
        state._set_incidents(Incidents.restore(pieces))
        of_rules = {}
        for name, piece in pieces.items():
            if name in {_WATERMARK, _ANSWERS}:
                state._resume(name, piece)
            elif name.startswith(_RULE):
                of_rules[name.removeprefix(_RULE)] = piece
            elif name.startswith(_RESTORE):
                state._restorable.resume(name.removeprefix(_RESTORE), piece)
            elif name.startswith(_CHAIN):
                state._escalations.resume(name.removeprefix(_CHAIN), piece)
            elif name.startswith(_COOLDOWN):
                policy, rule, key = json.loads(name.removeprefix(_COOLDOWN))
                state._cool((policy, rule, key), parse_instant(piece["until"]))
            elif name.startswith(_PLAYBOOK):
                state._playbooks.resume(name.removeprefix(_PLAYBOOK), piece)
            elif name.startswith(_LONE):
                state._lone.resume(name.removeprefix(_LONE), piece)
            elif not name.startswith(INCIDENT):
                message = f"{name!r} is no piece of the window state"
                raise ValueError(message)
        state.over_time.resume(of_rules)
        return state

    def _resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up how far time and answers had come."""
        if name == _ANSWERS:
            self.heard = self._kept_heard = piece["seq"]
            return
        self.over_time.watermark.resume(piece)
        self._stored = self.over_time.watermark.snapshot()

    @property
    def watermark(self) -> datetime | None:
        """No mention earlier than this is waited for; None before the first."""
        at = self.over_time.watermark.at
        return None if at is None else instant(at)

    @property
    def latest(self) -> datetime | None:
        """When the latest mention of all was published; None before the first."""
        at = self.over_time.watermark.furthest
        return None if at is None else instant(at)

    def use(self, policies: PolicySet) -> None:
        """Judge by these policies; a rule over time that judges as before keeps its state."""
        if policies is self._policies:
            return
        self._policies = policies
        self.over_time.use(policies)
        self._escalations.use(policies)
        self._playbooks.use(policies)
        self._firing = {
            policy.id: {one.source: {} for one in policy.inhibitions}
            for policy in policies.policies
        }
        for policy in policies.policies:
            for rule in policy.rules:
                for firing in self.over_time.firing(policy.id, rule.id):
                    self.note_firing(policy.id, rule.id, firing)
        self._hear_answers()

    def hear(self, answers: Sequence[Answer]) -> None:
        """Let mentions need no further answer, as the store numbers what it knows."""
        self._unheard += [one for one in answers if one.seq > self.heard]
        self.heard = max((one.seq for one in self._unheard), default=self.heard)
        if self._policies is not None:
            self._hear_answers()

    def _hear_answers(self) -> None:
        # Only now: before the policies are known there is no rule that waits.
        self.over_time.answered(self._unheard)
        self._unheard = []

    def take(self, facts: Facts) -> Judged:
        """Let a mention move time, and count for the rules over time."""
        judged = self.over_time.take(facts)
        self._causes.meet(facts)
        for rule, firing in judged.counted:
            self._causes.counted(rule, firing, facts)
        self._end_cooldowns()
        return judged

    def assigned(self, facts: Facts, queues: Collection[str]) -> None:
        """Let a mention wait in the queues that rules gave it to, for `unanswered` rules."""
        self.over_time.assigned(facts, queues)

    def note_firing(self, policy: str, rule: str, firing: Firing) -> None:
        """Let a rule fire for a key, or end it, as far as others are inhibited by it."""
        inhibits = self._firing.get(policy, {}).get(rule)
        if inhibits is None:
            return
        name = firing_name(policy, rule, firing.key, firing.opened_at)
        if firing.phase is Phase.RESOLVED:
            inhibits.pop(name, None)
        else:
            inhibits[name] = FiringNow(rule, firing.key)

    def firing_now(self, policy: str) -> list[FiringNow]:
        """Return what fires, as decided so far, of a policy's rules that inhibit; always alike."""
        found: dict[str, FiringNow] = {}
        for of_rule in self._firing.get(policy, {}).values():
            found |= of_rule
        return [firing for _, firing in sorted(found.items())]

    def tellings(self, until: datetime) -> list[tuple[Cause, str, Telling]]:
        """Do the steps of chains that are due until an instant, inclusive, in order of time."""
        due = self._escalations.next_due()
        return [] if due is None or due > until else self._escalations.advance(until)

    def restorable(self, rule: Rule, firing: Firing) -> list[Done]:
        """Return each action of a firing that may be put back."""
        return self._restorable.of(rule.policy, rule.id, firing)

    def is_cooling(self, policy: str, rule: str, key: str, now: datetime) -> bool:
        """Say whether the rule acted for this key too lately to act again at ``now``."""
        until = self._cooling.get((policy, rule, key))
        return until is not None and now < until

    def apply(self, decision: Decision, mention: Mention | None = None) -> None:
        """Start the cooldowns that the decision begins, and remember what it will have to undo.

        A cooldown's end that is already later stays.

        Args:
            mention: The decision's, where it is at hand; an incident's brand may be its.
        """
        for match in decision.matches:
            if match.firing is not None:
                self._note(decision.policy, match, match.firing)
                self._hear(self.incidents.apply(decision, mention), decision.mention, decision.at)
            elif match.actions:
                self._open_lone(decision, match, mention)
            self._escalate(decision, match)
            if match.cooldown is None:
                continue
            where = (decision.policy, match.rule, match.cooldown.key)
            before = self._cooling.get(where)
            if before is None or match.cooldown.until > before:
                self._cool(where, match.cooldown.until)
                self._changed[where] = None

    def _open_lone(self, decision: Decision, match: Match, mention: Mention | None) -> None:
        said = self._lone.note(decision, match, None if mention is None else mention.brand)
        if said is not None:
            self._hear(self.incidents.apply(said, mention), said.mention, said.at)

    def _hear(self, changes: list[IncidentChange], mention: str, at: datetime) -> None:
        """Take in what became of incidents; live, their playbooks follow."""
        self._news += changes
        if changes and self._is_live and self.plays and self._policies is not None:
            self._calls += self._playbooks.follow(changes, self._policies, mention=mention, at=at)

    def calls(self, until: datetime) -> list[Call]:
        """Return what playbooks have the engine do until an instant, since last asked.

        The chain of a level that is reached starts with it.
        """
        found = [*self._calls, *self._playbooks.due(until)]
        if self.incidents.has_any:
            self.incidents.advance(until)
        self._playbooks.forget(lambda incident: self.incidents.get(incident) is not None)
        self._calls = []
        for call in found:
            if call.chain is not None and self._policies is not None:
                key = {"incident": call.incident.id}
                cause = Cause(call.policy, call.rule, key, call.begun, -1, call.mention)
                self._escalations.begin(cause, call.chain, self._policies, call.at)
        return found

    def notices(self, until: datetime) -> Iterator[tuple[str, str, Firing, Mention, datetime]]:
        """Yield what people are to be told of again until an instant, where it is live.

        Each is a policy, a rule, what it fires for, the latest mention, and when.
        """
        for said in self._lone.ended(until):
            self._hear(self.incidents.apply(said), said.mention, said.at)
        if self._is_live:
            for incident, at in notices(self.incidents, until, self._news):
                for found in firing_of(incident, self.over_time):
                    yield *found, at

    def undoings(self) -> list[Decision]:
        """Return what puts back what matches of single mentions changed, known after `notices`."""
        return self._lone.undoings()

    def _note(self, policy: str, match: Match, firing: Firing) -> None:
        if firing.phase is Phase.ENTERED:
            self._restorable.note(policy, match, firing)
        elif firing.phase is Phase.RESOLVED:
            self._restorable.forget(policy, match.rule, firing)
            self._escalations.end(policy, match.rule, firing.key, firing.opened_at)
            self.note_firing(policy, match.rule, firing)

    def answered(self, policy: str, rule: str, key: Mapping[str, Any], opened_at: datetime) -> None:
        """Tell nobody further about a firing: somebody has taken it in hand."""
        self._escalations.end(policy, rule, key, opened_at)

    def entered(self, rule: Rule, firing: Firing) -> None:
        """Let the incident of a firing that was applied know what led to it."""
        self._causes.entered(rule, firing)

    def follow(self, acts: Sequence[OperatorAct]) -> None:
        """Do what people did to incidents; what somebody has taken in hand tells nobody further."""
        changes = self.incidents.follow(acts)
        self._hear(changes, "", self.watermark or max(one.at for one in acts) if acts else EPOCH)
        for incident in (one.incident for one in changes):
            if incident.state is not IncidentState.OPEN:
                self._escalations.end_of_incident(incident.policy, incident.rule, incident.id)
                for one in incident.firings:
                    self.answered(one.policy, one.rule, one.key, one.opened_at)

    @property
    def has_news(self) -> bool:
        """Whether anything became of incidents that was not asked for yet."""
        return bool(self._news)

    def news(self) -> list[IncidentChange]:
        """Return what became of incidents since last asked, in order."""
        found, self._news = self._news, []
        return found

    def _escalate(self, decision: Decision, match: Match) -> None:
        firing = match.firing
        if self._policies is None or (firing is not None and firing.phase is not Phase.ENTERED):
            return
        for action in match.actions:
            if action.kind == "escalate" and action.state is not ActionState.SUPPRESSED:
                key = {"mention": decision.mention} if firing is None else firing.key
                opened = decision.at if firing is None else firing.opened_at
                cause = Cause(
                    decision.policy, match.rule, key, opened, action.index, decision.mention
                )
                self._escalations.begin(cause, action.params["chain"], self._policies, decision.at)

    def advance(self, until: datetime) -> Judged:
        """Let event time reach an instant, inclusive, although nothing arrived."""
        judged = self.over_time.advance(until)
        self._end_cooldowns()
        return judged

    def by_clock(self, now: datetime) -> datetime | None:
        """Return how far event time has come by a clock while nothing arrives; None: unknown."""
        at = self.over_time.watermark.by_clock(micros(now))
        return None if at is None else instant(at)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change something: a rule over time, a chain; None for never."""
        due = [self.over_time.next_due, self._escalations.next_due(), self._lone.next_due()]
        if self._is_live:
            due += [one.next_notice for one in self.incidents.open()]
            due.append(self._playbooks.next_due())
        return min((one for one in due if one is not None), default=None)

    def _end_cooldowns(self) -> None:
        watermark = self.watermark
        while watermark is not None and self._ends and self._ends[0][0] <= watermark:
            until, where = heapq.heappop(self._ends)
            if self._cooling.get(where) == until:
                del self._cooling[where]
                self._changed[where] = None

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the pieces that changed since the last call; None stands for one to delete."""
        found: dict[str, Mapping[str, Any] | None] = {}
        watermark = self.over_time.watermark.snapshot()
        if watermark != self._stored:
            self._stored = found[_WATERMARK] = watermark
        if self.heard != self._kept_heard:
            self._kept_heard = self.heard
            found[_ANSWERS] = {"seq": self.heard}
        for where in self._changed:
            until = self._cooling.get(where)
            name = _COOLDOWN + json.dumps(where, ensure_ascii=False)
            found[name] = None if until is None else {"until": format_instant(until)}
        self._changed = {}
        found |= {_RULE + name: piece for name, piece in self.over_time.changes().items()}
        found |= {_CHAIN + name: piece for name, piece in self._escalations.changes()}
        found |= {_PLAYBOOK + name: piece for name, piece in self._playbooks.changes()}
        found |= {_LONE + name: piece for name, piece in self._lone.changes()}
        found |= self.incidents.changes()
        found |= {_RESTORE + name: piece for name, piece in self._restorable.changes().items()}
        return found

    def _cool(self, where: tuple[str, str, str], until: datetime) -> None:
        self._cooling[where] = until
        heapq.heappush(self._ends, (until, where))
