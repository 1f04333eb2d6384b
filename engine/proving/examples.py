"""Run the examples that stand in rules.

An example is one mention. What it leaves out is filled in: the policy's first brand, any date. It
is normalised, its language identified and the tasks its rule asks for classified where it does not
give them, by the same stages that run live. On a rule that judges over time an example says whether
the mention counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.decide import decide
from engine.errors import MentionError
from engine.policy import Facts
from engine.proving.report import FAILED, PASSED, Case, TestReport, show_trace
from engine.windows import WindowState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.classification import Classification
    from engine.decision import TraceNode
    from engine.mention import Mention
    from engine.policy import Example, Policy, PolicySet, Rule


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

    def run(self, policies: PolicySet, report: TestReport) -> None:
        """Run every example of every rule that the report's coverage knows."""
        for policy in policies.policies:
            for rule in policy.rules:
                if (policy.id, rule.id) in report.coverage.rules:
                    self._run_rule(policy, rule, report)

    def _run_rule(self, policy: Policy, rule: Rule, report: TestReport) -> None:
        coverage = report.coverage.rules[policy.id, rule.id]
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
            fired = self._fires(policy, rule, mention, answers)
            if rule.over_time is None:
                coverage.see(trace, fired=fired)
            else:
                coverage.see_condition(trace)
            detail = "" if fired is fires else _why(fires, trace, fired)
            report.cases.append(_case(name, example, FAILED if detail else PASSED, detail))

    def _fires(
        self, policy: Policy, rule: Rule, mention: Mention, answers: Sequence[Classification]
    ) -> bool:
        if rule.over_time is not None:
            return rule.condition.evaluate(Facts(mention, answers)) is True
        alone = replace(policy, rules=(rule,))
        decision = decide(alone, mention, answers, WindowState(), now=mention.published_at)
        return bool(decision.matches)


def _case(name: str, example: Example, status: str, detail: str) -> Case:
    return Case(name, example.span.file, example.span.line, status, detail)


def _why(fires: bool, trace: TraceNode, fired: bool) -> str:  # noqa: FBT001
    wanted = "expected to fire" if fires else "expected to stay quiet"
    happened = "fired" if fired else "stayed quiet"
    return "\n".join([f"{wanted}, {happened}:", *show_trace(trace)])
