"""Rules that may answer one author again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.written import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class ReplyWithoutCooldown(Lint):
    """A reply, and no cooldown."""

    codes = ("R404",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the first reply of a rule without a cooldown."""
        replies = [action for action in rule.rule.actions if action.kind == "reply"]
        if replies and not says(rule.part, "cooldown"):
            yield rule.finding(
                "R404",
                replies[0].span,
                "the rule replies without a cooldown: one author may be answered again and again",
                help_text="add cooldown: {per: author, for: 24h}",
            )
