"""Replies to languages that their template has no text for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.condition import AllOf, FieldLeaf, MacroUse
from engine.policy.language_codes import is_language_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.condition import Condition
    from engine.policy.report import Report
    from engine.policy.rule import Rule


def find_missing_languages(rule: Rule, report: Report) -> None:
    """Report each language that the rule asks for and a reply's template lacks.

    A rule that asks for no language admits all of them; there only a template without English,
    which stands in for every other, is reported.
    """
    admitted = _admitted(rule.condition)
    for action in rule.actions:
        if action.template is None:
            continue
        texts = action.template.texts
        wanted = (
            {"en"}
            if admitted is None
            else {one.split("-")[0] for one in admitted if is_language_code(one)}
        )
        missing = sorted(wanted - texts.keys())
        if missing:
            has = ", ".join(texts) or "none"
            report.warning(
                "R311",
                action.span,
                f"template '{action.template.name}' has no text for {', '.join(missing)},"
                " which the rule admits",
                help_text=f"it has: {has}",
            )


def _admitted(condition: Condition) -> frozenset[str] | None:
    found: frozenset[str] | None = None
    for leaf in _required(condition):
        if leaf.subject == "language" and leaf.only is not None:
            found = leaf.only if found is None else found & leaf.only
    return found


def _required(condition: Condition) -> Iterator[FieldLeaf]:
    if isinstance(condition, FieldLeaf):
        yield condition
    elif isinstance(condition, (AllOf, MacroUse)):
        for part in condition.parts:
            yield from _required(part)
