"""Why a rule fired for a mention, did not, or was held back."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Mode, TraceNode
from engine.policy import Facts
from engine.policy.over_time import Unanswered
from engine.proving.alerts import is_planning
from engine.proving.explain_window import firing_json, window_traces
from engine.proving.nearness import Goal, Join, Knot, tie
from engine.proving.views import planned_actions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.decision import HeldBack, Match
    from engine.policy import Policy, PolicySet, Rule
    from engine.ports import Decided
    from engine.simulate import Arrivals, Simulation
    from engine.windows.judges.contract import View

_NEAR = 0.6
_MOST_NEAR = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule made of one mention.

    Attributes:
        fired: Whether it is a decision, shadow and cooldown included; for a rule that judges over
            time: whether it fires for a key of the mention at the moment after it.
        counts: For a rule that judges over time: whether the mention counts; else None.
        held_back: What of it was held back, each with its reason; empty where nothing was.
        suppressed_by: Why nothing of it is done; None where something is, or where it did not fire
            by its own condition.
        revision: Of the policies that decided; empty where the log does not say.
        rows: The trace, flat, nearest miss first: see `engine.proving.nearness`.
        firing: For a rule that judges over time: the keys it fires for, each with since when.
    """

    mention: str
    policy: str
    rule: str
    fired: bool
    suppressed_by: str | None
    revision: str
    rows: Sequence[dict[str, Any]]
    held_back: Sequence[dict[str, Any]] = ()
    counts: bool | None = None
    firing: Sequence[dict[str, Any]] = ()

    @property
    def distance(self) -> float:
        """Return how many answers would have to change for the rule to turn."""
        found = [row["changes"] for row in self.rows if row["changes"] is not None]
        return min(found, default=math.inf)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: the contract's fields, then which rule and mention they are about."""
        return {
            "fired": self.fired,
            "suppressed_by": self.suppressed_by,
            "trace": list(self.rows),
            "revision": self.revision,
            "mention": self.mention,
            "policy": self.policy,
            "rule": self.rule,
            "held_back": list(self.held_back),
            "counts": self.counts,
            "firing": list(self.firing),
        }


def explain(
    policy: Policy, rule: Rule, decided: Decided, *, revision: str, views: Sequence[View] = ()
) -> Explanation:
    """Say what a rule made of a mention, as it was decided.

    Args:
        revision: Of the whole policy set.
        views: How a rule over time stood for each of the mention's keys at the moment after it.
    """
    held, matches = _made(rule, decided)
    knots = _knots(policy, rule, decided)
    whole = Knot(Join.ALL, _all(knot.held for knot in knots), knots)
    whole.measure(Goal.NOT_TRUE if whole.held else Goal.TRUE)
    counts = None if rule.over_time is None else whole.held is True
    firing = firing_json(views)
    return Explanation(
        mention=decided.mention.id,
        policy=policy.id,
        rule=rule.id,
        fired=bool(firing) if rule.over_time is not None else bool(matches),
        suppressed_by=_suppressed_by(rule, held, is_acting=any(map(planned_actions, matches))),
        revision=revision,
        rows=_rows(whole, views, is_window_first=counts is True),
        held_back=[_held_json(one) for one in held],
        counts=counts,
        firing=firing,
    )


def _made(rule: Rule, decided: Decided) -> tuple[list[HeldBack], list[Match]]:
    """Return what of the rule was held back, and its matches; those over time as they entered."""
    held, matches = [], []
    for decision in (*decided.over_time, *decided.decisions):
        if decision.policy == rule.policy:
            held += [one for one in decision.held_back if one.rule == rule.id]
            matches += [one for one in decision.matches if one.rule == rule.id]
    return held, [one for one in matches if is_planning(one)]


def _suppressed_by(rule: Rule, held: Sequence[HeldBack], *, is_acting: bool) -> str | None:
    if rule.mode is Mode.OFF:
        return Mode.OFF.value
    return held[0].by.value if held and not is_acting else None


def _held_json(held: HeldBack) -> dict[str, Any]:
    return {"action": held.action, "by": held.by.value, "detail": held.detail}


def _knots(policy: Policy, rule: Rule, decided: Decided) -> list[Knot]:
    """Return what must all hold: the brand, the condition, and that no exception does."""
    mention = decided.mention
    facts = Facts(mention, decided.classifications)
    knots = []
    if policy.brands:
        brands = sorted(policy.brands)
        held = None if mention.brand is None else policy.applies_to(mention.brand)
        shown = f"brands: [{', '.join(brands)}]"
        trace = TraceNode(shown, held, mention.brand, {"in": brands})
        knots.append(Knot(Join.LEAF, held, (), trace, "brands"))
    knots.append(tie(rule.condition, rule.condition.trace(facts), "when"))
    for one in rule.exceptions:
        if one.expires is None or mention.published_at.date() < one.expires:
            inner = tie(one.when, one.when.trace(facts), f"except {one.name}")
            knots.append(Knot(Join.LENIENT_NOT, inner.held is not True, [inner]))
    return knots


def _all(held: Iterable[bool | None]) -> bool | None:
    found = list(held)
    return False if False in found else None if None in found else True


def _rows(whole: Knot, views: Sequence[View], *, is_window_first: bool) -> list[dict[str, Any]]:
    """Return every node as JSON: those nearest to turning the rule first, leaves before parents.

    Args:
        is_window_first: The mention counts, so that what is measured is what it hangs on.
    """
    knots = list(whole.walk())
    knots.sort(key=lambda one: (one.changes or math.inf, one.join is not Join.LEAF))
    rows = [
        trace_row(knot.trace, knot.part, knot.path, knot.changes)
        for knot in knots
        if knot.trace is not None
    ]
    measured = [trace_row(trace, part, path, None) for trace, part, path in window_traces(views)]
    measured.sort(key=lambda row: row["held"] is True)
    return [*measured, *rows] if is_window_first else [*rows, *measured]


def trace_row(
    trace: TraceNode, part: str, path: tuple[int, ...], changes: int | None
) -> dict[str, Any]:
    """Return one node of a trace as JSON: the contract's fields, then where it stands."""
    return {
        "condition": trace.condition,
        "value": trace.value,
        "wanted": trace.wanted,
        "held": trace.held,
        "part": part,
        "path": list(path),
        "changes": changes,
    }


def by_nearness(found: Iterable[Explanation]) -> list[Explanation]:
    """Return what fired, then the rest, nearest miss first; equals in the order given."""
    return sorted(found, key=lambda one: (not one.fired, 0 if one.fired else one.distance))


# --- finding the mention ------------------------------------------------------------------------


@dataclass(slots=True)
class Search:
    """Looks for one mention among arrivals, and remembers the ids most like it.

    Attributes:
        has_past: Whether what came before matters; else only the mention itself is let through.
        dead_letters: How many inputs were set aside on the way.
    """

    mention: str
    has_past: bool
    dead_letters: int = 0
    _near: list[tuple[float, str]] = field(default_factory=list)

    def decided(self, simulation: Simulation, arrivals: Iterable[Arrivals]) -> Decided | None:
        """Return what the first side decided of the mention, None where it does not come.

        What the simulation's states then hold is the moment after the mention.
        """
        for some in simulation.run(self._through(arrivals)):
            self.dead_letters += len(some.dead)
            for one in some.decided:
                if one[0].mention.id == self.mention:
                    return one[0]
        return None

    @property
    def near(self) -> list[str]:
        """The ids most like the one looked for, the nearest first."""
        return [name for _, name in self._near]

    def _through(self, arrivals: Iterable[Arrivals]) -> Iterator[Arrivals]:
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(self.mention)
        for some in arrivals:
            kept = [one for one in some.mentions if one.id == self.mention]
            if not kept:
                self._note(matcher, [one.id for one in some.mentions])
            if not self.has_past:
                yield replace(some, mentions=kept)
            else:
                yield from self._cut(some)

    def _cut(self, some: Arrivals) -> Iterator[Arrivals]:
        """Yield the arrivals, cut behind the mention: nothing later is decided together with it."""
        begin = 0
        for at, one in enumerate(some.mentions, start=1):
            if one.id == self.mention:
                yield replace(some, mentions=some.mentions[begin:at], dead=some.dead[:0])
                begin = at
        yield replace(some, mentions=some.mentions[begin:])

    def _note(self, matcher: difflib.SequenceMatcher[str], names: Iterable[str]) -> None:
        for name in names:
            matcher.set_seq1(name)
            if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR:
                self._near.append((matcher.ratio(), name))
        best = sorted(self._near, key=lambda one: -one[0])
        self._near = [one for one in best if one[0] >= _NEAR][:_MOST_NEAR]


def remembers(policies: PolicySet) -> bool:
    """Say whether any rule looks at more than the mention at hand."""
    return any(
        rule.cooldown is not None or rule.over_time is not None
        for one in policies.policies
        for rule in one.rules
    )


def chosen_rules(policies: PolicySet, name: str | None) -> list[tuple[Policy, Rule]]:
    """Return the rules of a name, ``rule`` or ``policy/rule``; all of them where it is None."""
    return [
        (policy, rule)
        for policy in policies.policies
        for rule in policy.rules
        if name is None or name in (rule.id, f"{policy.id}/{rule.id}")
    ]


def only(policies: PolicySet, rules: Sequence[tuple[Policy, Rule]]) -> PolicySet:
    """Return the policies with no other rules than these and those they look at.

    Rules of single mentions look at no others; but a policy's inhibitions may hold any of its rules
    back, and who waits in a queue was given to it by any rule.
    """
    if any(isinstance(rule.over_time, Unanswered) for _, rule in rules):
        return policies
    kept = {policy.id: policy for policy, _ in rules}
    return replace(
        policies,
        policies=tuple(
            policy
            if policy.inhibitions
            else replace(policy, rules=tuple(rule for its, rule in rules if its.id == name))
            for name, policy in kept.items()
        ),
    )
