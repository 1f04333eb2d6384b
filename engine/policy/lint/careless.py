"""Rules that may act more than their author means to, or without any proof."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from engine.decision import Mode

if TYPE_CHECKING:
    from engine.policy.report import Report
    from engine.policy.rule import Rule
    from engine.policy.shape import Part


def find_careless(rule: Rule, part: Part, report: Report) -> None:
    """Report replies without a cooldown, and a rule in enforce mode without examples."""
    replies = [action for action in rule.actions if action.kind == "reply"]
    if replies and not _says(part, "cooldown"):
        report.warning(
            "R404",
            replies[0].span,
            "the rule replies without a cooldown: one author may be answered again and again",
            help_text="add cooldown: {per: author, for: 24h}",
        )
    if rule.mode is Mode.ENFORCE and not _says(part, "examples"):
        where = part.at("mode") if part.node.get("mode") is not None else rule.span
        report.warning(
            "R405",
            where,
            "the rule acts on its own (mode 'enforce') and no example shows what it does",
            help_text="add examples: {fires: [...], quiet: [...]}",
        )


def _says(part: Part, field: str) -> bool:
    """Say whether the rule has the field, or a misspelling of it that is reported already."""
    strange = [key for key in part.node.keys if key not in part.values]
    return field in part.node.keys or bool(difflib.get_close_matches(field, strange, n=1))
