"""Conditions that can never hold: two labels of one task, two values of one field, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.condition import AllOf, FieldLeaf, LabelLeaf, MacroUse, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.condition import Condition
    from engine.policy.report import Report
    from engine.problem import Span


def find_contradictions(condition: Condition, report: Report) -> None:
    """Report each subject that an ``all`` wants to be two things; nested ones once."""
    _check_group(condition, report)
    for inner in _below(condition):
        find_contradictions(inner, report)


def _below(condition: Condition) -> Iterator[Condition]:
    """Yield the nearest conditions that are no part of this one's ``all``; macros see their own."""
    if isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _below(part)
    elif not isinstance(condition, MacroUse):
        yield from condition.parts


def _check_group(condition: Condition, report: Report) -> None:
    only: dict[str, tuple[frozenset[str], str]] = {}
    never: dict[str, frozenset[str]] = {}
    told: set[str] = set()
    for part, span, macro in _together(condition, None, ""):
        subject, allowed, refused = part
        if subject in told:
            continue
        before, place = only.get(subject, (None, macro))
        left = before if allowed is None else allowed if before is None else before & allowed
        never[subject] = never.get(subject, frozenset()) | refused
        if left is None:
            continue
        only[subject] = (left, place if place == macro else "")
        if not left - never[subject] and not (macro and only[subject][1] == macro):
            told.add(subject)
            report.warning(
                "R303",
                span,
                _message(subject, before, allowed=allowed, refused=refused),
                help_text="the rule cannot match",
            )


def _message(
    subject: str,
    before: frozenset[str] | None,
    *,
    allowed: frozenset[str] | None,
    refused: frozenset[str],
) -> str:
    if before is not None and allowed is not None and not before & allowed:
        first, second = (" or ".join(sorted(one)[:5]) for one in (before, allowed))
        return f"'{subject}' can never be both {first} and {second}: a contradiction"
    shown = " or ".join(sorted(refused or before or allowed or ())[:5])
    return f"'{subject}' can never both be and not be {shown}: a contradiction"


_Claim = tuple[str, frozenset[str] | None, frozenset[str]]


def _together(
    condition: Condition, span: Span | None, macro: str
) -> Iterator[tuple[_Claim, Span, str]]:
    """Yield what must hold together: the subject with its possible and its refused values."""
    where = span or condition.origin.span
    if isinstance(condition, (FieldLeaf, LabelLeaf)):
        if condition.exists is not False:
            yield (condition.subject, condition.only, condition.never), where, macro
    elif isinstance(condition, MacroUse):
        for part in condition.parts:
            yield from _together(part, where, macro or condition.name)
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _together(part, span, macro)
    elif isinstance(condition, Not):
        (part,) = condition.parts
        if not isinstance(part, (FieldLeaf, LabelLeaf)) or len(part.tests) != 1:
            return
        if part.exists is None and part.only is not None:
            yield (part.subject, None, part.only), where, macro
