"""What authors allow: a lint of one rule that is meant, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.problem import ProblemSeverity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.policy.lint.base import RuleSubject
    from engine.policy.report import Report
    from engine.policy.rule import Allowance
    from engine.problem import Problem


def take_out_allowed(rules: Iterable[RuleSubject], report: Report) -> None:
    """Remove the warnings that rules allow; report what is allowed and is not there."""
    allowing = [rule for rule in rules if rule.rule.allowed]
    if not allowing:
        return
    for rule in allowing:
        for one in rule.rule.allowed:
            kept = [problem for problem in report.problems if not _is_meant(problem, one, rule)]
            is_idle = len(kept) == len(report.problems)
            report.problems[:] = kept
            if is_idle:
                rule.report.warning(
                    "R251",
                    one.span,
                    f"nothing of this rule gives '{one.lint}': there is nothing to allow",
                    help_text="remove it: it would hide a finding of the future",
                )


def _is_meant(problem: Problem, one: Allowance, rule: RuleSubject) -> bool:
    return (
        problem.code == one.lint
        and problem.severity is ProblemSeverity.WARNING
        and problem.span.file == rule.rule.span.file
        and problem.trail[-len(rule.report.trail) :] == rule.report.trail
    )
