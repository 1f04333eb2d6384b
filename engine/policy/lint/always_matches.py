"""Rules that match every mention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.reasoning import can_refute, negated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class AlwaysMatches(Lint):
    """A condition that asks for nothing; with a window, that counts every mention on purpose."""

    codes = ("R340",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the condition."""
        if rule.fires is None or rule.is_timed:
            return
        if can_refute([negated(rule.fires)], rule.policy.context()):
            whose = " of its brands" if rule.policy.brands else ""
            yield rule.finding(
                "R340",
                rule.part.key("when"),
                f"the rule matches every mention{whose}, whatever it says",
                help_text="ask for something; if all are meant, allow: [{lint: R340, reason: …}]",
            )
