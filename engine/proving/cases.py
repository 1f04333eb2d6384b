"""Run the examples that stand in rules, and say how much of each condition they reach.

An example is one mention. What it leaves out is filled in: the policy's first brand, any date. It
is normalised, its language identified and the tasks its rule asks for classified where it does not
give them, by the same stages that run live.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.decide import decide
from engine.decision import Mode
from engine.errors import MentionError
from engine.policy import Facts
from engine.windows import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.classification import Classification
    from engine.decision import TraceNode
    from engine.mention import Mention
    from engine.policy import Example, Policy, PolicySet, Rule

PASSED = "passed"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Case:
    """One example and how it ended.

    Attributes:
        line: Where the example stands, from 1.
        detail: For a failure: what was expected, what happened, and the condition's trace.
    """

    name: str
    file: str
    line: int
    status: str
    detail: str = ""


@dataclass(slots=True)
class Coverage:
    """Which rules and branches the cases reached, each both ways.

    A rule is covered when some case made it fire and some did not; a branch is one outcome (held,
    did not hold) of one node of a condition.
    """

    fired: set[tuple[str, str]] = field(default_factory=set)
    quiet: set[tuple[str, str]] = field(default_factory=set)
    rules: int = 0
    branches: set[tuple[str, str, tuple[int, ...], bool]] = field(default_factory=set)
    possible_branches: int = 0
    conditions: dict[tuple[str, str, tuple[int, ...]], str] = field(default_factory=dict)
    without_examples: list[str] = field(default_factory=list)

    def gaps(self) -> list[str]:
        """Return a sentence for each branch and rule that no case reached."""
        found = [f"{rule}: no example" for rule in self.without_examples]
        for (policy, rule, path), text in self.conditions.items():
            for held, words in ((True, "never held"), (False, "always held")):
                if (policy, rule, path, held) not in self.branches:
                    found.append(f"{policy}/{rule}: {text} {words}")
        return found

    def as_json(self) -> dict[str, float]:
        """Return both shares in [0, 1], 1 where there is nothing to cover."""
        return {
            "rules": _share(len(self.fired & self.quiet), self.rules),
            "branches": _share(len(self.branches), self.possible_branches),
        }


@dataclass(slots=True)
class TestReport:
    """All cases of a run with their coverage."""

    __test__ = False

    cases: list[Case] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(case.status == FAILED for case in self.cases)

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of the command line's JSON."""
        return {
            "passed": len(self.cases) - self.failed,
            "failed": self.failed,
            "cases": [
                {
                    "name": case.name,
                    "file": case.file,
                    "line": case.line,
                    "status": case.status,
                    "detail": case.detail,
                }
                for case in self.cases
            ],
            "coverage": self.coverage.as_json(),
        }


class ExampleRunner:
    """Runs the examples of every rule.

    Args:
        prepare: Normalises a mention and names its language.
        classify: Returns the classifications of a mention for the tasks named, given ones kept.
    """

    def __init__(
        self,
        *,
        prepare: Callable[[Mention], Mention],
        classify: Callable[[Mention, frozenset[str]], tuple[Classification, ...]],
    ) -> None:
        self._prepare = prepare
        self._classify = classify

    def run(self, policies: PolicySet) -> TestReport:
        """Run every example of every rule that is not off."""
        report = TestReport()
        for policy in policies.policies:
            for rule in policy.rules:
                if rule.mode is not Mode.OFF:
                    self._run_rule(policy, rule, report)
        return report

    def _run_rule(self, policy: Policy, rule: Rule, report: TestReport) -> None:
        coverage = report.coverage
        coverage.rules += 1
        counted = False
        for number, example in enumerate(rule.examples, start=1):
            fires = example.fires
            word = "fires" if fires else "quiet"
            name = f"{policy.id}/{rule.id} {word} {number}"
            try:
                mention = self._prepare(example.mention)
            except MentionError as error:
                report.cases.append(_case(name, example, FAILED, f"not a mention: {error}"))
                continue
            answers = self._classify(mention, rule.tasks)
            trace = rule.condition.trace(Facts(mention, answers))
            if not counted:
                coverage.possible_branches += 2 * sum(1 for _ in _nodes(trace))
                counted = True
            for path, node in _nodes(trace):
                coverage.conditions[policy.id, rule.id, path] = node.condition
                coverage.branches.add((policy.id, rule.id, path, node.held is True))
            fired = self._fires(policy, rule, mention, answers)
            (coverage.fired if fired else coverage.quiet).add((policy.id, rule.id))
            detail = "" if fired is fires else _why(fires, trace, fired)
            report.cases.append(_case(name, example, FAILED if detail else PASSED, detail))
        if not counted:
            coverage.possible_branches += 2
            coverage.without_examples.append(f"{policy.id}/{rule.id}")

    def _fires(
        self, policy: Policy, rule: Rule, mention: Mention, answers: Sequence[Classification]
    ) -> bool:
        if rule.over_time is not None:  # an example says whether the mention counts
            return rule.condition.evaluate(Facts(mention, answers)) is True
        alone = replace(policy, rules=(rule,))
        decision = decide(alone, mention, answers, WindowState(), now=mention.published_at)
        return bool(decision.matches)


def _case(name: str, example: Example, status: str, detail: str) -> Case:
    return Case(name, example.span.file, example.span.line, status, detail)


def _nodes(
    node: TraceNode, path: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], TraceNode]]:
    yield path, node
    for at, child in enumerate(node.children):
        yield from _nodes(child, (*path, at))


def _why(fires: bool, trace: TraceNode, fired: bool) -> str:  # noqa: FBT001
    wanted = "expected to fire" if fires else "expected to stay quiet"
    happened = "fired" if fired else "stayed quiet"
    return "\n".join([f"{wanted}, {happened}:", *show_trace(trace)])


def show_trace(node: TraceNode, depth: int = 1) -> list[str]:
    """Return a trace as indented lines: ✓ held, ✗ did not, ? undecided."""
    mark = {True: "✓", False: "✗", None: "?"}[node.held]
    saw = "" if node.children else f"  (saw {_value(node.value)})"
    lines = [f"{'  ' * depth}{mark} {node.condition}{saw}"]
    for child in node.children:
        lines += show_trace(child, depth + 1)
    return lines


def _value(value: Any) -> str:
    return "absent" if value is None else repr(value)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
