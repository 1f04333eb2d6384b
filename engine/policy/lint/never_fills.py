"""Windows whose measures cannot all reach what they are asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.policy.fields import FIELDS, FieldKind
from engine.policy.lint.base import Finding, Lint
from engine.policy.over_time import Measure, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.lint.base import RuleSubject
    from engine.policy.over_time import Having


class NeverFills(Lint):
    """Measures that all must hold, one of which asks for more mentions than another allows."""

    codes = ("R355",)

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Point at the measure that asks for the most."""
        window = rule.rule.over_time
        if not isinstance(window, Window):
            return
        for group in _groups(window.having):
            most = min((_most(one) for one in group), default=math.inf)
            needed, asking = max(((_least(one), one) for one in group), key=lambda pair: pair[0])
            if needed > most:
                yield rule.finding(
                    "R355",
                    asking.span,
                    f"'{asking.kind}' needs at least {needed:g} mentions that count, and 'count' "
                    f"allows at most {most:g}: the window never fills",
                    help_text="let them hold apart with 'any', or change one of the two",
                )


def _groups(having: Having) -> Iterator[list[Measure]]:
    """Yield measures that all must hold at once; what stands below ``any`` is told apart."""
    together: list[Measure] = []
    inner = [having]
    while inner:
        one = inner.pop()
        if one.combiner == "not":
            continue
        for part in one.parts:
            if isinstance(part, Measure):
                together += [part] if one.combiner == "all" else []
            elif one.combiner == "all":
                inner.append(part)
            else:
                yield from _groups(part)
    if together:
        yield together


def _most(measure: Measure) -> float:
    """Return how many mentions may count at most."""
    if measure.kind != "count":
        return math.inf
    limits = measure.limits
    return min(limits.get("at_most", math.inf), limits.get("less_than", math.inf) - 1)


def _least(measure: Measure) -> float:
    """Return how many mentions must count at least, as far as that is certain."""
    asked = max(measure.limits.get("at_least", 0), measure.limits.get("more_than", -1) + 1)
    if measure.kind == "share":
        share = max(measure.limits.get("at_least", 0), measure.limits.get("more_than", 0))
        return 0 if measure.of is not None else math.ceil(share * measure.min_total - 1e-9)
    if measure.kind in ("count", "spike", "emerging"):
        return asked
    field = FIELDS.get(measure.subject or "")
    is_single = field is None or field.kind is not FieldKind.TEXTS
    return asked if measure.kind == "distinct" and is_single else 0
