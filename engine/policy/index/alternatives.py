"""What must be true of a mention for a condition to hold, in forms that can be looked up.

Only what holding cannot do without is read. What is written in another way than by equality,
order, list, part or words demands nothing, nor does anything beneath a `not` that is lenient: such
conditions are always asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.policy.condition import AllOf, AnyOf, FieldLeaf, LabelLeaf, MacroUse, Not, QueryLeaf
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.needs import Limit, OneOf, Part
from engine.policy.text_query import Clause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.policy.condition import Condition
    from engine.policy.needs import Need

MOST_ALTERNATIVES = 8  # ways to hold that are kept apart; more are drawn together
_MOST_CLAUSES = 4


class Dimension(NamedTuple):
    """One thing about a mention that demands are made of.

    Attributes:
        kind: ``label`` and ``score`` of a task; ``value``, ``range`` and ``part`` of a field;
            ``words`` of the text.
    """

    kind: str
    subject: str = ""

    @property
    def is_single(self) -> bool:
        """Whether a mention has at most one value there."""
        if self.kind == "label":
            return True
        return self.kind == "value" and FIELDS[self.subject].kind is not FieldKind.TEXTS


WORDS = Dimension("words")


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both in it; None where that end is open."""

    low: Any = None
    high: Any = None

    def both(self, other: Range) -> Range:
        """Return what lies in both."""
        lows = [one for one in (self.low, other.low) if one is not None]
        highs = [one for one in (self.high, other.high) if one is not None]
        return Range(max(lows, default=None), min(highs, default=None))

    def either(self, other: Range) -> Range:
        """Return the least range around both."""
        is_bounded = self.low is not None and other.low is not None
        is_capped = self.high is not None and other.high is not None
        return Range(
            min(self.low, other.low) if is_bounded else None,
            max(self.high, other.high) if is_capped else None,
        )


# One of some keys is there; the value lies in a range; every clause is met.
Demand = frozenset[Any] | Range | tuple[Clause, ...]
# All must be met for this way to hold; a condition that holds meets one of its alternatives.
Alternative = dict[Dimension, Demand]


def alternatives(condition: Condition) -> list[Alternative]:
    """Return the ways in which a condition can hold; none where it never can."""
    return _ways(condition, wanted=True)


def _ways(condition: Condition, *, wanted: bool) -> list[Alternative]:
    """Return the ways in which a condition can be True, or False where that is wanted."""
    match condition:
        case AllOf() | MacroUse() | AnyOf():
            parts = [_ways(part, wanted=wanted) for part in condition.parts]
            return _either(parts) if isinstance(condition, AnyOf) is wanted else _all(parts)
        case Not() if condition.is_lenient and wanted:
            return [{}]
        case Not():
            return _ways(condition.parts[0], wanted=not wanted)
        case QueryLeaf() if wanted and condition.query is not None:
            clauses = tuple(one for one in condition.query.clauses if _can_be_sought(one.parts))
            return _possible([{WORDS: clauses}] if clauses else [{}])
        case FieldLeaf() | LabelLeaf() if wanted:
            one = [_of_need(need, condition) for need in condition.needs]
            return _all([[{}], *([way] for way in one if way is not None)])
        case _:
            return [{}]


def _of_need(need: Need, leaf: FieldLeaf | LabelLeaf) -> Alternative | None:
    is_label = isinstance(leaf, LabelLeaf)
    match need:
        case OneOf(values):
            return {Dimension("label" if is_label else "value", leaf.subject): values}
        case Limit(operator, limit):
            is_low = operator in ("at_least", "more_than")
            found = Range(low=limit) if is_low else Range(high=limit)
            return {Dimension("score" if is_label else "range", leaf.subject): found}
        case Part(text):
            parts = frozenset((text,))
            can_be_sought = text and _can_be_sought(parts)
            return {Dimension("part", leaf.subject): parts} if can_be_sought else None


def _can_be_sought(parts: Iterable[str]) -> bool:
    """Whether an automaton takes them: half a surrogate pair it does not."""
    return not any("\ud800" <= char <= "\udfff" for part in parts for char in part)


def _possible(ways: list[Alternative]) -> list[Alternative]:
    """Return the ways that can be met: none that asks for one of no values or words."""
    return [way for way in ways if not any(_is_empty(demand) for demand in way.values())]


def _is_empty(demand: Demand) -> bool:
    if isinstance(demand, tuple):
        return any(not (clause.words or clause.parts) for clause in demand)
    return not isinstance(demand, Range) and not demand


def _either(parts: Sequence[list[Alternative]]) -> list[Alternative]:
    ways = [way for part in parts for way in part]
    if not all(ways):
        return [{}]
    dimensions = {frozenset(way) for way in ways}
    is_one = len(dimensions) == 1 and len(next(iter(dimensions))) == 1
    return _drawn_together(ways) if is_one or len(ways) > MOST_ALTERNATIVES else ways


def _all(parts: Sequence[list[Alternative]]) -> list[Alternative]:
    found: list[Alternative] = [{}]
    for part in sorted(parts, key=len):
        ways = part
        if len(found) * len(ways) > MOST_ALTERNATIVES:
            ways = _drawn_together(ways)
        found = _possible([_both(one, other) for one, other in product(found, ways)])
    return found


def _both(one: Alternative, other: Alternative) -> Alternative:
    met = {**one, **other}
    for dimension in one.keys() & other.keys():
        met[dimension] = _both_demands(one[dimension], other[dimension], dimension)
    return met


def _both_demands(one: Demand, other: Demand, dimension: Dimension) -> Demand:
    if isinstance(one, Range) and isinstance(other, Range):
        return one.both(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        joined = sorted({*one, *other}, key=lambda clause: clause.commonness)
        return tuple(joined[:_MOST_CLAUSES])
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other if dimension.is_single else min(one, other, key=len)
    return one


def _drawn_together(ways: list[Alternative]) -> list[Alternative]:
    """Return one way that is met wherever one of the ways is."""
    first, *rest = ways
    common = set(first).intersection(*rest)
    return [{dimension: _hull([way[dimension] for way in ways]) for dimension in sorted(common)}]


def _hull(demands: list[Demand]) -> Demand:
    first = demands[0]
    if isinstance(first, Range):
        for other in demands[1:]:
            first = first.either(other) if isinstance(other, Range) else first
        return first
    if isinstance(first, tuple):
        rarest = [one[0] for one in demands if isinstance(one, tuple)]
        words = frozenset().union(*(one.words for one in rarest))
        return (Clause(words, frozenset().union(*(one.parts for one in rarest))),)
    return frozenset().union(*(one for one in demands if isinstance(one, frozenset)))
