"""What loads and may surprise: one finding a module, each a function of what was compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.careless import find_careless
from engine.policy.lint.contradiction import find_contradictions
from engine.policy.lint.languages import find_missing_languages
from engine.policy.lint.unused import find_unused

if TYPE_CHECKING:
    from engine.policy.compile import PolicyScope
    from engine.policy.report import Report
    from engine.policy.rule import Rule
    from engine.policy.shape import Part


def lint_rule(rule: Rule, part: Part, report: Report) -> None:
    """Report what may surprise in one rule."""
    find_contradictions(rule.condition, report)
    for exception in rule.exceptions:
        find_contradictions(exception.when, report)
    find_careless(rule, part, report)
    find_missing_languages(rule, report)


def lint_policy(scope: PolicyScope, report: Report) -> None:
    """Report what may surprise in a policy as a whole."""
    find_unused(scope, report)
    for name, (body, _) in scope.conditions.made.items():
        if body is not None:
            span = scope.conditions.macros[name][1]
            find_contradictions(body, report.within("macro", name, span))
