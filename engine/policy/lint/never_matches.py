"""Conditions that no mention can meet, and where the part stands that is one too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.policy.condition import AllOf, AnyOf, MacroUse, Not, QueryLeaf
from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.clash_text import explain
from engine.policy.lint.query_places import pieces
from engine.policy.reasoning import assume_all, can_refute
from engine.policy.reasoning.claims import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.condition import Condition
    from engine.policy.lint.base import PolicySubject, RuleSubject
    from engine.policy.reasoning import Clash, Context, Formula, Some
    from engine.policy.report import Report
    from engine.problem import Span

_OF_RULE = "the rule cannot match"
_OF_EXCEPTION = "the exception never applies"
_OF_MACRO = "the macro never holds"
_OF_PART = "this alternative never holds"
_NO_SUBJECT = ""
_OF_NOT = "what stands under 'not' never holds, so the 'not' asks for nothing"


class NeverMatches(Lint):
    """A contradiction."""

    codes = ("R303",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at each part that cannot hold beside what is asked before it."""
        condition: Condition | None = rule.rule.condition
        if condition is not None:
            yield from _check(condition, rule.report, rule.policy, outcome=_OF_RULE)
        for exception in rule.exceptions:
            yield from _check(exception.when, rule.report, rule.policy, outcome=_OF_EXCEPTION)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Do the same for macros, where they stand."""
        for policy in policies:
            for name, (body, _) in policy.conditions.made.items():
                if body is not None:
                    report = policy.report.within("macro", name, policy.conditions.macros[name][1])
                    yield from _check(body, report, policy, outcome=_OF_MACRO)


def _check(
    condition: Condition, report: Report, policy: PolicySubject, *, outcome: str
) -> Iterator[Finding]:
    if not policy.is_impossible(condition) and not _has_inner_group(condition):
        return
    yield from _Walk(report, policy).check(condition, policy.context(), outcome=outcome)


@dataclass(frozen=True, slots=True)
class _Part:
    """A condition that must hold with others.

    Attributes:
        span: Where to point.
        macro: The body of the macro it comes from, which is looked at in its own place.
    """

    condition: Condition
    span: Span
    macro: Condition | None


def _together(
    condition: Condition, span: Span | None = None, macro: Condition | None = None
) -> Iterator[_Part]:
    """Yield what must hold together."""
    if isinstance(condition, MacroUse):
        (body,) = condition.parts
        yield from _together(body, span or condition.origin.span, macro or body)
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from _together(part, span, macro)
    else:
        yield _Part(condition, span or condition.origin.span, macro)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through one condition, from group to group."""

    report: Report
    policy: PolicySubject

    def check(self, condition: Condition, context: Context, *, outcome: str) -> Iterator[Finding]:
        """Yield what clashes in a group of parts, then in the groups below it."""
        told: set[str] = set()
        asked: list[tuple[Formula, Span]] = []
        before = context
        open_choices: list[Some] = []
        parts = list(_together(condition))
        for part in parts:
            if part.macro is not None and self.policy.is_impossible(part.macro):
                continue
            for formula, span in self._pieces(part):
                trial = context.copy()
                clash, choices = assume_all([formula], trial)
                subject = _NO_SUBJECT if clash is None else clash.subject
                if clash is None and not can_refute([*open_choices, *choices], trial):
                    context = trial
                    open_choices += choices
                    asked.append((formula, span))
                elif subject not in told:
                    told.add(subject)
                    yield self._finding(clash, part, span, outcome=outcome)
                    yield from self._partner(asked, (formula, span), before, outcome=outcome)
        inner = self.policy.context() if told else context
        for part in parts:
            if part.macro is None:
                yield from self._below(part.condition, inner)

    def _partner(
        self,
        asked: Sequence[tuple[Formula, Span]],
        clashing: tuple[Formula, Span],
        context: Context,
        *,
        outcome: str,
    ) -> Iterator[Finding]:
        """Point at the other of two parts that clash, where they stand apart: either may go."""
        formula, where = clashing
        for other, span in asked:
            if assume_all([other, formula], context.copy())[0] is not None:
                if abs(span.line - where.line) > 1 or span.file != where.file:
                    place = f"{where.file}:{where.line}" if span.file != where.file else where.line
                    message = f"this and line {place} can never both hold: a contradiction"
                    yield Finding("R303", self.report, span, message, outcome)
                return

    def _pieces(self, part: _Part) -> list[tuple[Formula, Span]]:
        if isinstance(part.condition, QueryLeaf) and part.macro is None:
            return pieces(part.condition, part.span)
        formula = self.policy.builder.when_true(part.condition)
        return [] if formula is None else [(formula, part.span)]

    def _below(self, condition: Condition, context: Context) -> Iterator[Finding]:
        if isinstance(condition, AnyOf):
            for part in condition.parts:
                yield from self.check(part, context.copy(), outcome=_OF_PART)
        elif isinstance(condition, Not):
            for part in condition.parts:
                yield from self.check(part, self.policy.context(), outcome=_OF_NOT)

    def _finding(self, clash: Clash | None, part: _Part, span: Span, *, outcome: str) -> Finding:
        if clash is None:
            message = "this can never hold beside what is asked before it: a contradiction"
            if self.policy.builder.when_true(part.condition) == NEVER:
                subject = getattr(part.condition, "subject", "this")
                message = f"'{subject}' is always there, so this can never hold: a contradiction"
        else:
            message = explain(clash)
            if clash.subject == "brand" and self.policy.brands:
                outcome += f"; the policy's brands: {', '.join(self.policy.brands)}"
        return Finding("R303", self.report, span, message, outcome)


def _has_inner_group(condition: Condition) -> bool:
    """Say whether parts of it may never hold although it may; those of macros do not count."""
    if isinstance(condition, AllOf):
        return any(_has_inner_group(part) for part in condition.parts)
    if isinstance(condition, Not):
        return bool(condition.parts[0].parts)
    return isinstance(condition, AnyOf)
