"""Every rule over time of a policy set, fed with mentions and time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.decision import HeldBack, Mode, Phase
from engine.policy import Facts
from engine.policy.over_time import Absent, Sequence, Unanswered, Window
from engine.reasons import Reason
from engine.windows.emergence import EmergingMeter
from engine.windows.instants import instant, micros
from engine.windows.judges.absent import AbsentJudge
from engine.windows.judges.contract import AT_REST, Transition
from engine.windows.judges.sequence import SequenceJudge
from engine.windows.judges.unanswered import UnansweredJudge
from engine.windows.judges.window import WindowJudge
from engine.windows.left_open import left_open
from engine.windows.meters import METERS
from engine.windows.spike import SpikeMeter
from engine.windows.watermark import LATENESS, Watermark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from collections.abc import Sequence as Several
    from datetime import datetime

    from engine.cases import Answer
    from engine.decision import Firing
    from engine.mention import Mention
    from engine.policy import Policy, PolicySet, Rule
    from engine.policy.over_time import Measure
    from engine.windows.judges.contract import Judge, View
    from engine.windows.meters import Meter

_NEVER = 1 << 62
_AHEAD = timedelta(microseconds=LATENESS)  # by which a sender's clock may be fast


@dataclass(frozen=True, slots=True)
class Judged:
    """What a mention, or time, brought to the rules over time.

    Attributes:
        transitions: What entered and resolved, each with its policy; in order of time, then of
            policies and rules.
        late: By policy: the rules that would have counted the mention, had it not come too late.
        counted: What fired before the mention came, and counts it.
    """

    transitions: tuple[tuple[Policy, Transition], ...] = ()
    late: tuple[tuple[Policy, HeldBack], ...] = ()
    counted: tuple[tuple[Rule, Firing], ...] = ()


class OverTime:
    """The judges of all rules over time, with the watermark they share.

    Args:
        lateness: Microseconds by which a mention may lie behind its source and still count.
        forgets: Whether this is live: keys of `absent` rules are forgotten after seven days, and a
            mention that says to be of the future is taken to be of when it arrived.
    """

    def __init__(self, *, lateness: int = LATENESS, forgets: bool = False) -> None:
        self.watermark = Watermark(lateness)
        self._forgets = forgets
        self._policies: PolicySet | None = None
        self._judges: dict[tuple[str, str], Judge] = {}
        self._always: dict[str, tuple[str, ...]] = {}
        self._next = _NEVER
        self._waiting_pieces: dict[str, Mapping[str, Any]] = {}
        self._dropped: list[str] = []
        self._ended: list[tuple[Policy, Transition]] = []

    def use(self, policies: PolicySet) -> None:
        """Judge by these policies from here on; a rule that judges as before keeps its state."""
        if policies is self._policies:
            return
        known = {one.id: one for one in self._policies.policies} if self._policies else {}
        before = {_judge_name(judge.rule): judge for judge in self._judges.values()}
        pieces = self._waiting_pieces
        self._judges, self._always, self._waiting_pieces = {}, {}, {}
        for policy in policies.policies:
            always = []
            for rule in policy.rules:
                if rule.over_time is None or rule.mode is Mode.OFF:
                    continue
                judge = before.pop(_judge_name(rule), None) or self._made(policies, rule)
                judge.rule = rule
                self._judges[policy.id, rule.id] = judge
                always += [rule.id] if judge.sees_all else []
            self._always[policy.id] = tuple(always)
        self._policies = policies
        self._take_up(policies, pieces)
        for judge in before.values():
            self._dropped += [_piece_name(judge.rule, key) for key in judge.states()]
            self._ended += self._let_go(judge, known)
        self._next = self._earliest()

    def _let_go(
        self, judge: Judge, known: Mapping[str, Policy]
    ) -> Iterator[tuple[Policy, Transition]]:
        """Yield the end of all that a rule fires for which is not judged so any more.

        What it changed is put back by the rule as it was, and its incidents are not left open.
        """
        at = instant(self.watermark.at or 0)
        for firing in judge.firing():
            latest = judge.latest(firing.key)
            if latest is not None:
                ended = max(at, firing.opened_at)
                over = replace(firing, phase=Phase.RESOLVED, resolved_at=ended)
                yield known[judge.rule.policy], Transition(judge.rule, over, ended, latest[1])

    def _made(self, policies: PolicySet, rule: Rule) -> Judge:
        what = rule.over_time
        if isinstance(what, Window):
            meters = [_meter(measure, what) for measure in what.having.measures()]
            return WindowJudge(rule, what, meters, self.watermark)
        if isinstance(what, Sequence):
            return SequenceJudge(rule, what)
        if isinstance(what, Absent):
            return AbsentJudge(rule, what, forgets=self._forgets)
        assert isinstance(what, Unanswered)  # noqa: S101 - for the type checker
        calendar = None if what.calendar is None else policies.calendars[what.calendar]
        return UnansweredJudge(rule, what, calendar)

    # --- mentions and time ----------------------------------------------------------------------

    def take(self, facts: Facts) -> Judged:
        """Let a mention move time, then let it into every rule that counts or sees it."""
        facts = self._of_now(facts)
        mention = facts.mention
        at = micros(mention.published_at)
        is_late = self.watermark.is_late(mention.source, at)
        observed = mention.observed_at
        arrived = None if observed is None else micros(observed)
        self.watermark.meet(mention.source, at, arrived=arrived)
        floor = at if self.watermark.at is None else self.watermark.at
        found = [*self._take_ended(), *self._advance(floor)]
        late, counted = [], []
        for policy in () if self._policies is None else self._policies.policies:
            if policy.id not in self._always or not policy.applies_to(mention.brand):
                continue
            for judge, counts in self._concerned(policy, facts):
                if is_late and not isinstance(judge, UnansweredJudge):
                    if counts:
                        late.append((policy, HeldBack(judge.rule.id, "", Reason.LATE)))
                    continue
                if counts and judge.may_fire:
                    counted += [(judge.rule, one) for one in judge.firing_of(facts)]
                taken = judge.take(facts, at, counts=counts)
                if taken is not AT_REST:
                    found += [(policy, one) for one in taken]
                    self._next = min(self._next, _due(judge))
        found.sort(key=lambda one: one[1].at)
        return Judged(tuple(found), tuple(late), tuple(counted))

    def _of_now(self, facts: Facts) -> Facts:
        """Return facts that are not of the future: one would take time there, for all and good."""
        mention = facts.mention
        arrived = mention.observed_at if self._forgets else None
        if arrived is None or mention.published_at - arrived <= _AHEAD:
            return facts
        return Facts(replace(mention, published_at=arrived), facts.classified.values())

    def _concerned(self, policy: Policy, facts: Facts) -> Iterator[tuple[Judge, bool]]:
        """Yield the judges that count a mention or see all, in the order of the policy's rules."""
        now = facts.mention.published_at
        counting = {
            rule.id: True
            for rule in policy.counting.matching(facts)
            if rule.is_active(now) and not (rule.exceptions and _is_excepted(rule, facts))
        }
        always = self._always[policy.id]
        if not always:
            for name in counting:
                yield self._judges[policy.id, name], True
            return
        for rule in policy.rules:
            if rule.id in counting or rule.id in always:
                yield self._judges[policy.id, rule.id], rule.id in counting

    def assigned(self, facts: Facts, queues: Collection[str]) -> None:
        """Let the mention wait in the queues that rules have given it to."""
        facts = self._of_now(facts)
        for policy in () if self._policies is None else self._policies.policies:
            for name in self._always.get(policy.id, ()):
                judge = self._judges[policy.id, name]
                if isinstance(judge, UnansweredJudge) and policy.applies_to(facts.mention.brand):
                    counts = dict(self._concerned(policy, facts)).get(judge, False)
                    if counts:
                        judge.assigned(facts, queues)
                        self._next = min(self._next, _due(judge))

    def answered(self, answers: Several[Answer]) -> None:
        """Let mentions need no further answer, whichever rule waits for it."""
        for judge in self._judges.values():
            if isinstance(judge, UnansweredJudge):
                judge.answered(answers)
                self._next = min(self._next, _due(judge))

    def advance(self, until: datetime) -> Judged:
        """Let time come to an instant, inclusive, although no mention arrived."""
        at = micros(until)
        self.watermark.move_to(at)
        return Judged((*self._take_ended(), *self._advance(at)))

    def _take_ended(self) -> list[tuple[Policy, Transition]]:
        """Return what ended because a rule is not judged so any more, once."""
        found, self._ended = self._ended, []
        return found

    def _advance(self, until: int) -> Iterable[tuple[Policy, Transition]]:
        if self._next > until or self._policies is None:
            return ()
        found = []
        for policy in self._policies.policies:
            for rule in policy.rules:
                judge = self._judges.get((policy.id, rule.id))
                if judge is not None and _due(judge) <= until:
                    found += [(policy, one) for one in judge.advance(until)]
        self._next = self._earliest()
        found.sort(key=lambda one: one[1].at)
        return found

    def _earliest(self) -> int:
        return min(map(_due, self._judges.values()), default=_NEVER)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change something; None for never."""
        return None if self._next == _NEVER else instant(self._next)

    # --- looking and keeping --------------------------------------------------------------------

    def firing(self, policy: str, rule: str) -> Iterator[Firing]:
        """Yield what a rule fires for now."""
        judge = self._judges.get((policy, rule))
        if judge is not None:
            yield from judge.firing()

    def latest(
        self, policy: str, rule: str, key: Mapping[str, Any]
    ) -> tuple[Firing, Mention] | None:
        """Return what a rule fires for a key, with the latest mention; None where it does not."""
        judge = self._judges.get((policy, rule))
        return None if judge is None else judge.latest(key)

    def look(self, policy: str, rule: str, facts: Facts) -> list[View]:
        """Return how a rule stands for the keys of a mention; empty where it judges none."""
        judge = self._judges.get((policy, rule))
        return [] if judge is None else judge.view(facts)

    def peaks(self) -> dict[tuple[str, str], tuple[float, datetime]]:
        """Return the highest that each window's first measure ever was, and when."""
        return {
            name: (judge.peak[0], instant(judge.peak[1]))
            for name, judge in self._judges.items()
            if isinstance(judge, WindowJudge) and judge.peak[1]
        }

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the pieces that changed since last asked; None stands for one to delete."""
        found: dict[str, Mapping[str, Any] | None] = dict.fromkeys(self._dropped)
        self._dropped = []
        for judge in self._judges.values():
            for key, piece in judge.changes().items():
                found[_piece_name(judge.rule, key)] = piece
        return found

    def resume(self, pieces: Mapping[str, Mapping[str, Any]]) -> None:
        """Take up what `changes` described; it is read once the policies are known."""
        self._waiting_pieces = dict(pieces)

    def _take_up(self, policies: PolicySet, pieces: Mapping[str, Mapping[str, Any]]) -> None:
        by_name = {_judge_name(judge.rule): judge for judge in self._judges.values()}
        at = instant(self.watermark.at or 0)
        for name, piece in sorted(pieces.items()):
            policy, rule, revision, key = json.loads(name)
            judge = by_name.get((policy, rule, revision))
            if judge is not None:
                judge.resume(key, piece)
                continue
            self._dropped.append(name)
            ended = left_open(policies, (policy, rule), piece, at=at)
            self._ended += [] if ended is None else [ended]


def _meter(measure: Measure, window: Window) -> Meter:
    if measure.kind == "spike":
        return SpikeMeter(measure, window.over)
    if measure.kind == "emerging":
        return EmergingMeter(measure, window)
    return METERS[measure.kind](measure)


def _judge_name(rule: Rule) -> tuple[str, str, str]:
    return rule.policy, rule.id, rule.judged_revision


def _piece_name(rule: Rule, key: str) -> str:
    return json.dumps([*_judge_name(rule), key], ensure_ascii=False)


def _due(judge: Judge) -> int:
    due = judge.next_due()
    return _NEVER if due is None else due


def _is_excepted(rule: Rule, facts: Facts) -> bool:
    today = facts.mention.published_at.date()
    return any(
        (one.expires is None or today < one.expires) and one.when.evaluate(facts)
        for one in rule.exceptions
    )
