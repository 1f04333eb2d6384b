"""Rules that act on their own without any proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.written import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class EnforceWithoutExamples(Lint):
    """Mode ``enforce``, and no example."""

    codes = ("R405",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the mode, or at the rule where a default gives it."""
        if rule.rule.mode is not Mode.ENFORCE or says(rule.part, "examples"):
            return
        is_own = rule.part.node.get("mode") is not None
        yield rule.finding(
            "R405",
            rule.part.at("mode") if is_own else rule.rule.span,
            "the rule acts on its own (mode 'enforce') and no example shows what it does",
            help_text="add examples: {fires: [...], quiet: [...]}",
        )
