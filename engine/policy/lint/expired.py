"""Rules and exceptions whose day has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from engine.policy.lint.base import RuleSubject
    from engine.policy.shape import Part


class Expired(Lint):
    """An ``expires`` that has passed."""

    codes = ("R308", "R344")

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at each date on which a rule or one of its exceptions ended."""
        today = rule.policy.now.date()
        expires = rule.rule.expires
        if expires is not None and expires <= today:
            yield rule.finding(
                "R344",
                rule.part.at("expires"),
                f"the rule expired on {expires.isoformat()} and is off",
                help_text="remove it, or set a later day",
            )
        exceptions: list[Part] = rule.part.get("except", [])
        for one in exceptions:
            ended: date | None = one.get("expires")
            if ended is not None and ended <= today:
                name = one.get("name", "")
                yield rule.finding(
                    "R308",
                    one.at("expires"),
                    f"exception '{name}' expired on {ended.isoformat()} and holds no more",
                    help_text="remove it, or set a later day",
                )
