"""What a lint is, and what it is shown.

Source: the two steps follow pySigma, sigma/validators/base.py.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from engine.decision import Mode
from engine.policy.fields import FIELDS, FieldKind, fold
from engine.policy.lint.same_actions import deeds_of
from engine.policy.reasoning import (
    Builder,
    Context,
    Every,
    Literal,
    assume_all,
    can_refute,
    negated,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from engine.policy.condition import Condition
    from engine.policy.lint.same_actions import Deed
    from engine.policy.platform import PlatformPack
    from engine.policy.read_condition import Scope
    from engine.policy.reasoning import Formula, Some
    from engine.policy.report import Report
    from engine.policy.rule import Rule, RuleException
    from engine.policy.shape import Part
    from engine.problem import Span

_MOST_STEPS_OF_PAIR = 300  # a rule is compared with several others
_FLAGS = {
    path: frozenset(("True", "False")) for path, one in FIELDS.items() if one.kind is FieldKind.FLAG
}
_CLOSED = {path: frozenset(one.values) for path, one in FIELDS.items() if one.values}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a lint has to say.

    Attributes:
        report: Knows where in the file the finding stands: a rule, a macro, a policy.
    """

    code: str
    report: Report
    span: Span
    message: str
    help_text: str = ""


@dataclass(slots=True)
class PolicySubject:
    """One policy as lints see it.

    Attributes:
        conditions: Its lists, its macros and the tasks in scope.
        now: Aware UTC, for what has expired.
        used_elsewhere: Names of lists, macros and templates that others may use, or brought.
        platforms: All platform packs by id.
        own_platforms: Ids of those that documents give, and that are looked at as such.
        rules: Those whose condition is sound, in order.
    """

    id: str
    part: Part
    brands: tuple[str, ...]
    conditions: Scope
    report: Report
    now: datetime
    used_elsewhere: frozenset[str] = frozenset()
    platforms: Mapping[str, PlatformPack] = field(default_factory=dict)
    own_platforms: frozenset[str] = frozenset()
    rules: list[RuleSubject] = field(default_factory=list)
    builder: Builder = field(init=False)
    _context: Context = field(init=False)
    _impossible: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = Builder(self.conditions.lists)
        domains = _FLAGS | _CLOSED
        for task, labels in self.conditions.tasks.items():
            domains[task] = frozenset(map(fold, labels))
        self._context = Context(domains)
        brands = [unicodedata.normalize("NFC", brand) for brand in self.brands]
        if brands and brands == list(self.brands):
            domains["brand"] = frozenset(map(fold, brands))
            self._context.present["brand"] = True

    def context(self) -> Context:
        """Return what is known of every mention that is the policy's business."""
        return self._context.copy()

    def is_impossible(self, condition: Condition) -> bool:
        """Say whether a condition certainly never holds of such a mention."""
        known = self._impossible.get(id(condition))
        if known is None:
            formula = self.builder.when_true(condition)
            known = formula is not None and can_refute([formula], self._context)
            self._impossible[id(condition)] = known
        return known

    def shares_brands(self, other: PolicySubject) -> bool:
        """Say whether one mention can be the business of both."""
        own, others = ({brand.casefold() for brand in one.brands} for one in (self, other))
        return not own or not others or not own.isdisjoint(others)


@dataclass(eq=False)
class RuleSubject:
    """One rule as lints see it.

    Attributes:
        part: As it was written.
    """

    rule: Rule
    part: Part
    report: Report
    policy: PolicySubject

    @property
    def is_timed(self) -> bool:
        """Whether a window, a sequence or silence decides beside the condition."""
        return self.rule.over_time is not None

    @property
    def is_acting(self) -> bool:
        """Whether it is evaluated and may plan something, now."""
        return self.rule.mode.freedom > Mode.SHADOW.freedom and self.rule.is_active(self.policy.now)

    @cached_property
    def exceptions(self) -> tuple[RuleException, ...]:
        """Its exceptions that have not expired."""
        today = self.policy.now.date()
        return tuple(
            one for one in self.rule.exceptions if one.expires is None or today < one.expires
        )

    @cached_property
    def deeds(self) -> dict[Deed, int]:
        """What its actions do, and how freely."""
        return deeds_of(self.rule.actions)

    @cached_property
    def true(self) -> Formula | None:
        """When its condition holds; None where it is too large to say."""
        return self.policy.builder.when_true(self.rule.condition)

    @cached_property
    def fires(self) -> Formula | None:
        """When its condition holds and no exception does; None where that cannot be said."""
        found = [self.true]
        for exception in self.exceptions:
            held = self.policy.builder.when_true(exception.when)
            found.append(None if held is None else negated(held))
        known = [one for one in found if one is not None]
        return Every(tuple(known)) if len(known) == len(found) else None

    @cached_property
    def form(self) -> Any:
        """What is equal for rules that fire where the same is asked, in any order."""
        return None if self.fires is None else _in_any_order(self.fires)

    @cached_property
    def asked(self) -> tuple[Context, list[Some]]:
        """What its condition asks for sure, and the choices that it leaves open.

        Of no use where the rule `is_impossible`. Not to be added to.
        """
        context = self.policy.context()
        return context, assume_all([] if self.true is None else [self.true], context)[1]

    @cached_property
    def is_impossible(self) -> bool:
        """Whether its condition certainly never holds."""
        condition: Condition | None = self.rule.condition
        return condition is not None and self.policy.is_impossible(condition)

    def implies(self, other: RuleSubject) -> bool:
        """Say whether it is certain that the other fires wherever this one does."""
        if self.fires is None or other.fires is None:
            return False
        formulas = [self.fires, negated(other.fires)]
        return can_refute(formulas, self.policy.context(), most_steps=_MOST_STEPS_OF_PAIR)

    def excludes(self, other: RuleSubject) -> bool:
        """Say whether it is certain that both never fire on one mention."""
        if self.fires is None or other.fires is None:
            return False
        formulas = [self.fires, other.fires]
        return can_refute(formulas, self.policy.context(), most_steps=_MOST_STEPS_OF_PAIR)

    def finding(self, code: str, span: Span, message: str, *, help_text: str = "") -> Finding:
        """Return a finding that stands in this rule."""
        return Finding(code, self.report, span, message, help_text)

    @property
    def place(self) -> str:
        """Where it stands, for other rules' findings: its id and its line."""
        return f"'{self.rule.id}' (line {self.rule.span.line})"


def _in_any_order(formula: Formula) -> Any:
    if isinstance(formula, Literal):
        return formula
    return isinstance(formula, Every), frozenset(map(_in_any_order, formula.parts))


class Lint:
    """Finds one kind of thing that loads and may surprise; all it yields are warnings.

    One instance sees every rule of every policy once, so it may remember.

    Attributes:
        codes: What its findings may be.
    """

    codes: ClassVar[tuple[str, ...]]

    def validate(self, rule: RuleSubject) -> Iterable[Finding]:
        """Return what is to be said of one rule alone."""
        del rule
        return ()

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterable[Finding]:
        """Return what can only be said once all rules of all policies are known."""
        del policies
        return ()
