"""Windows that must hold for longer than they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.over_time import Window
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class LongerThanWindow(Lint):
    """A ``for`` above the window's ``over``: no burst lasts that long in it."""

    codes = ("R354",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the ``for``."""
        window = rule.rule.over_time
        if isinstance(window, Window) and window.lasting > window.over:
            over, lasting = format_duration(window.over), format_duration(window.lasting)
            yield rule.finding(
                "R354",
                rule.part.at("for"),
                f"it must hold for {lasting}, and a mention leaves the window after {over}",
                help_text=f"make 'over' longer, or 'for' at most {over}",
            )
