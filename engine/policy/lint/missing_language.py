"""Replies to languages that their template has no text for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.language_codes import is_language_code
from engine.policy.lint.admitted import admitted
from engine.policy.lint.base import Finding, Lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject


class MissingLanguage(Lint):
    """A language that the rule asks for, and a reply's template without a text in it.

    A rule that asks for no language admits all of them; there only a template without English,
    which stands in for every other, is reported.
    """

    codes = ("R311",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at each such reply."""
        replies = [action for action in rule.rule.actions if action.template is not None]
        if not replies:
            return
        wanted = _wanted(rule)
        for action in replies:
            assert action.template is not None  # noqa: S101 - those without are left out above
            texts = action.template.texts
            missing = sorted({_base(one) for one in wanted if not {one, _base(one)} & texts.keys()})
            if missing:
                yield rule.finding(
                    "R311",
                    action.span,
                    f"template '{action.template.name}' has no text for {', '.join(missing)},"
                    " which the rule admits",
                    help_text=f"it has: {', '.join(texts) or 'none'}",
                )


def _wanted(rule: RuleSubject) -> set[str]:
    formulas = [] if rule.true is None else [rule.true]
    found = admitted("language", formulas, rule.policy.context())
    if found is None:
        return {"en"}
    return {one.replace("_", "-") for one in found if is_language_code(one)}


def _base(code: str) -> str:
    return code.partition("-")[0]
