"""Replies that are to go without a person on a platform where none may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.lint.admitted import admitted
from engine.policy.lint.base import Finding, Lint
from engine.policy.platform import Reach, pack_of
from engine.policy.shapes_actions import Approval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class WaitsForPerson(Lint):
    """An enforced reply without approval, on a platform named by the rule that wants a person."""

    codes = ("R443",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at each such reply, once a platform."""
        replies = [
            action
            for action in rule.rule.actions
            if action.kind == "reply"
            and action.mode is Mode.ENFORCE
            and action.approval is Approval.NONE
        ]
        if not replies or rule.true is None:
            return
        sources = admitted("source", [rule.true], rule.policy.context()) or frozenset()
        for action in replies:
            for name in sorted(sources):
                pack = pack_of(rule.policy.platforms, name)
                if pack is None or pack.automatic is not Reach.NOBODY:
                    continue
                is_closed = pack.by_person is Reach.NOBODY
                end = "is never sent" if is_closed else "always waits for a person"
                message = f"on {pack.id} nobody is answered without a person: the reply {end}"
                help_text = "write approval: required, or leave the platform out of the rule"
                yield rule.finding("R443", action.span, message, help_text=help_text)
