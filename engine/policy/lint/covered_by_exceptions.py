"""Rules whose exceptions leave nothing over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.reasoning import can_refute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class CoveredByExceptions(Lint):
    """Every mention that meets the condition meets an exception too."""

    codes = ("R343",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the first exception."""
        if not rule.exceptions or rule.fires is None or rule.is_impossible:
            return
        if can_refute([rule.fires], rule.policy.context()):
            yield rule.finding(
                "R343",
                rule.exceptions[0].span,
                "the exceptions cover every mention that the rule can match: it never fires",
                help_text="narrow the exception, or remove the rule",
            )
