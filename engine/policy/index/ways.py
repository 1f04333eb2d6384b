"""What must be true of a mention for a condition to hold, in forms that can be looked up.

Only what holding cannot do without is read. What is written in another way than by equality,
order, list, part or words demands nothing, nor does anything beneath a `not` that is lenient: such
conditions are always asked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.policy.condition import AllOf, AnyOf, FieldLeaf, LabelLeaf, MacroUse, Not, QueryLeaf
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.needs import Limit, OneOf, Part
from engine.policy.text_query import Clause, Query

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from engine.policy.condition import Condition
    from engine.policy.needs import Need

MOST_WAYS = 8  # ways to hold that are kept apart; more are drawn together
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
    def adds_up(self) -> bool:
        """Whether two demands on it are met exactly where the demand made of both is."""
        return self.kind in ("score", "range") or self.is_single

    @property
    def is_single(self) -> bool:
        """Whether a mention has at most one value there, out of some that are looked up."""
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


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a condition can hold; one that holds meets at least one of its ways.

    Attributes:
        demands: All must be met.
        is_enough: Whether the condition surely holds where they are; else it must be asked.
    """

    demands: dict[Dimension, Demand]
    is_enough: bool = False


_UNKNOWN = Way({})
_NOTHING_ASKED = Way({}, is_enough=True)


def ways_to_hold(condition: Condition) -> list[Way]:
    """Return the ways in which a condition can hold; none where it never can."""
    return _ways(condition, wanted=True)


def left_to_ask(condition: Condition, vague: Container[Dimension]) -> tuple[Condition, ...]:
    """Return the parts that may fail although a way of the condition is met; all must hold.

    Args:
        vague: Dimensions in which demands are not told apart exactly.
    """
    if not isinstance(condition, AllOf):
        return (condition,)
    parts = [_ways(part, wanted=True) for part in condition.parts]
    uses = Counter(
        dimension
        for ways in parts
        for dimension in {dimension for way in ways for dimension in way.demands}
    )

    def is_settled(ways: list[Way]) -> bool:
        return len(ways) == 1 and all(
            dimension not in vague and (dimension.adds_up or uses[dimension] == 1)
            for dimension in ways[0].demands
        )

    return tuple(
        part
        for part, ways in zip(condition.parts, parts, strict=True)
        if not (is_settled(ways) and ways[0].is_enough)
    )


def _ways(condition: Condition, *, wanted: bool) -> list[Way]:
    """Return the ways in which a condition can be True, or False where that is wanted."""
    match condition:
        case AllOf() | MacroUse() | AnyOf():
            parts = [_ways(part, wanted=wanted) for part in condition.parts]
            return _either(parts) if isinstance(condition, AnyOf) is wanted else _all(parts)
        case Not() if condition.is_lenient and wanted:
            return [_UNKNOWN]
        case Not():
            return _ways(condition.parts[0], wanted=not wanted)
        case QueryLeaf(query=Query() as query) if wanted:
            return _possible([_of_query(query)])
        case FieldLeaf() | LabelLeaf() if wanted:
            return _of_leaf(condition)
        case _:
            return [_UNKNOWN]


def _of_query(query: Query) -> Way:
    clauses = tuple(one for one in query.clauses if _can_be_sought(one.parts))
    return Way({WORDS: clauses}, is_enough=query.is_one_clause) if clauses else _UNKNOWN


def _of_leaf(leaf: FieldLeaf | LabelLeaf) -> list[Way]:
    needed = [_of_need(need, leaf) for need in leaf.needs]
    says_all = len(leaf.needs) == len(leaf.tests) > 0 and leaf.exists is not False
    return _all([*([way] for way in needed), *([] if says_all else [[_UNKNOWN]])])


def _of_need(need: Need, leaf: FieldLeaf | LabelLeaf) -> Way:
    is_label = isinstance(leaf, LabelLeaf)
    match need:
        case OneOf(values):
            kind = "label" if is_label else "value"
            return Way({Dimension(kind, leaf.subject): values}, is_enough=True)
        case Limit(operator, limit):
            is_low = operator in ("at_least", "more_than")
            found = Range(low=limit) if is_low else Range(high=limit)
            is_closed = operator in ("at_least", "at_most")
            kind = "score" if is_label else "range"
            return Way({Dimension(kind, leaf.subject): found}, is_enough=is_closed)
        case Part(text):
            can_be_sought = bool(text) and _can_be_sought((text,))
            demands: dict[Dimension, Demand] = {Dimension("part", leaf.subject): frozenset((text,))}
            return Way(demands) if can_be_sought else _UNKNOWN


def _can_be_sought(parts: Iterable[str]) -> bool:
    """Whether an automaton takes them: half a surrogate pair it does not."""
    return not any("\ud800" <= char <= "\udfff" for part in parts for char in part)


def _possible(ways: list[Way]) -> list[Way]:
    """Return the ways that can be met: none that asks for one of no values or words."""
    return [way for way in ways if not any(_is_empty(one) for one in way.demands.values())]


def _is_empty(demand: Demand) -> bool:
    if isinstance(demand, tuple):
        return any(not (clause.words or clause.parts) for clause in demand)
    return not isinstance(demand, Range) and not demand


def _either(parts: Sequence[list[Way]]) -> list[Way]:
    ways = [way for part in parts for way in part]
    if not all(way.demands for way in ways):
        return [_UNKNOWN]
    dimensions = {frozenset(way.demands) for way in ways}
    is_one = len(dimensions) == 1 and len(next(iter(dimensions))) == 1
    return _drawn_together(ways) if is_one or len(ways) > MOST_WAYS else ways


def _all(parts: Sequence[list[Way]]) -> list[Way]:
    found = [_NOTHING_ASKED]
    for part in sorted(parts, key=len):
        ways = part
        if len(found) * len(ways) > MOST_WAYS:
            ways = _drawn_together(ways)
        found = _possible([_both(one, other) for one, other in product(found, ways)])
    return found


def _both(one: Way, other: Way) -> Way:
    met = {**one.demands, **other.demands}
    is_enough = one.is_enough and other.is_enough
    for dimension in one.demands.keys() & other.demands.keys():
        demands = one.demands[dimension], other.demands[dimension]
        met[dimension] = _both_demands(*demands, dimension)
        is_enough = is_enough and dimension.adds_up
    return Way(met, is_enough)


def _both_demands(one: Demand, other: Demand, dimension: Dimension) -> Demand:
    if isinstance(one, Range) and isinstance(other, Range):
        return one.both(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        joined = sorted({*one, *other}, key=lambda clause: clause.commonness)
        return tuple(joined[:_MOST_CLAUSES])
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other if dimension.is_single else min(one, other, key=len)
    return one


def _drawn_together(ways: list[Way]) -> list[Way]:
    """Return one way that is met wherever one of the ways is."""
    first, *rest = ways
    common = sorted(set(first.demands).intersection(*(way.demands for way in rest)))
    drawn = {one: _hull([way.demands[one] for way in ways]) for one in common}
    # Of one thing, having one of the values is all that any of the ways asks.
    is_all = all(way.is_enough and len(way.demands) == 1 for way in ways) and len(common) == 1
    is_range = any(isinstance(demand, Range) for demand in drawn.values())
    return [Way(drawn, is_enough=is_all and not is_range)]


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
