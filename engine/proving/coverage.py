"""Which rules, and which branches of their conditions, the cases reach, each both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.decision import Mode
from engine.policy.condition import AllOf
from engine.proving.asked import having_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.decision import TraceNode
    from engine.policy import PolicySet, Rule
    from engine.policy.condition import Condition
    from engine.problem import Span

    Path = tuple[int, ...]


@dataclass(slots=True)
class Branch:
    """One node of a condition.

    Attributes:
        path: The number of the child at each level, from 0; empty for the root.
        held: Whether some case saw it hold.
        failed: Whether some case saw it not hold, or undecided.
    """

    path: Path
    text: str
    span: Span
    held: bool = False
    failed: bool = False

    @property
    def reached(self) -> int:
        """How many of its two outcomes were seen."""
        return self.held + self.failed

    @property
    def gap(self) -> str:
        """What was not seen, in words; empty where both outcomes were."""
        if self.reached == 0:
            return "never evaluated"
        if self.held:
            return "" if self.failed else "always held"
        return "never held"


@dataclass(slots=True)
class RuleCoverage:
    """What the cases reached of one rule.

    Attributes:
        branches: Every node of its condition by path, parents first; those of a macro at each use.
        fired: Whether some case made it fire.
        quiet: Whether some case kept it quiet.
        over_time: What a rule over time asks beside its condition; None for the others.
    """

    policy: str
    rule: str
    title: str
    span: Span
    branches: dict[Path, Branch]
    fired: bool = False
    quiet: bool = False
    over_time: Branch | None = None

    @property
    def all_branches(self) -> list[Branch]:
        """Every node of the condition, then what is asked over time."""
        return [*self.branches.values(), *([] if self.over_time is None else [self.over_time])]

    @property
    def name(self) -> str:
        """The policy's and the rule's id."""
        return f"{self.policy}/{self.rule}"

    @property
    def is_covered(self) -> bool:
        """Whether it was seen both ways; a rule that asks nothing at all is never quiet."""
        return self.fired and (self.quiet or not self.all_branches)

    @property
    def is_whole(self) -> bool:
        """Whether nothing more is to be seen of it."""
        return self.is_covered and all(one.reached == 2 for one in self.all_branches)  # noqa: PLR2004

    def see(self, trace: TraceNode, *, fired: bool) -> None:
        """Take in one case's look at the rule."""
        self.fired = self.fired or fired
        self.quiet = self.quiet or not fired
        self.see_condition(trace)

    def see_over_time(self, *, fired: bool, quiet: bool) -> None:
        """Take in one test's look at a rule over time; it may have seen both."""
        self.fired = self.fired or fired
        self.quiet = self.quiet or quiet
        if self.over_time is not None:
            self.over_time.held = self.over_time.held or fired
            self.over_time.failed = self.over_time.failed or quiet

    def see_condition(self, trace: TraceNode) -> None:
        """Take in what the condition made of a mention, and nothing of what came of it."""
        for path, node in _nodes(trace):
            branch = self.branches.get(path)
            if branch is not None:
                branch.held = branch.held or node.held is True
                branch.failed = branch.failed or node.held is not True

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "file": self.span.file,
            "line": self.span.line,
            "fired": self.fired,
            "quiet": self.quiet,
            "branches": [
                {
                    "condition": one.text,
                    "line": one.span.line,
                    "path": list(one.path),
                    "held": one.held,
                    "failed": one.failed,
                }
                for one in self.all_branches
            ],
        }


@dataclass(slots=True)
class Coverage:
    """What the cases reached of every rule that is not off, in the order of the policies."""

    rules: dict[tuple[str, str], RuleCoverage] = field(default_factory=dict)

    @classmethod
    def of(cls, policies: PolicySet) -> Coverage:
        """Return the coverage of no case at all."""
        return cls(
            {
                (policy.id, rule.id): _nothing(rule)
                for policy in policies.policies
                for rule in policy.rules
                if rule.mode is not Mode.OFF
            }
        )

    def gaps(self) -> list[str]:
        """Return a sentence for each rule and branch that no case reached."""
        found = []
        for one in self.rules.values():
            if not (one.fired or one.quiet or any(branch.reached for branch in one.all_branches)):
                found.append(f"{one.name}: no example")
                continue
            if not one.fired:
                found.append(f"{one.name}: never fired")
            elif not one.is_covered:
                found.append(f"{one.name}: never quiet")
            found += [
                f"{one.name}: {branch.text} {branch.gap}"
                for branch in one.all_branches
                if branch.gap
            ]
        return found

    @property
    def rule_share(self) -> float:
        """The share of rules seen both firing and quiet, in [0, 1]; 1 where there is none."""
        return _share(sum(one.is_covered for one in self.rules.values()), len(self.rules))

    @property
    def branch_share(self) -> float:
        """The share of outcomes of the conditions' nodes seen, in [0, 1]; 1 where there is none."""
        branches = [one for rule in self.rules.values() for one in rule.all_branches]
        return _share(sum(one.reached for one in branches), 2 * len(branches))

    def as_json(self) -> dict[str, float]:
        """Return both shares."""
        return {"rules": self.rule_share, "branches": self.branch_share}

    def details(self) -> dict[str, Any]:
        """Return both shares, and what was reached of each rule."""
        return {**self.as_json(), "by_rule": [one.as_json() for one in self.rules.values()]}


def _nothing(rule: Rule) -> RuleCoverage:
    asks_nothing = isinstance(rule.condition, AllOf) and not rule.condition.parts
    branches = () if asks_nothing else _branches(rule.condition)
    return RuleCoverage(
        rule.policy,
        rule.id,
        rule.title,
        rule.span,
        {one.path: one for one in branches},
        over_time=None if rule.over_time is None else Branch((), having_text(rule), rule.span),
    )


def _branches(condition: Condition, path: Path = ()) -> Iterator[Branch]:
    yield Branch(path, condition.origin.text, condition.origin.span)
    for at, part in enumerate(condition.parts):
        yield from _branches(part, (*path, at))


def _nodes(node: TraceNode, path: Path = ()) -> Iterator[tuple[Path, TraceNode]]:
    yield path, node
    for at, child in enumerate(node.children):
        yield from _nodes(child, (*path, at))


def _share(part: int, whole: int) -> float:
    # Down: what is not whole must never be shown as 1.
    return part * 10_000 // whole / 10_000 if whole else 1.0
