"""How near each part of a rule is to turning the rule's answer.

A leaf is one answer about a mention (a label, a field, a text query). The nearness of a leaf is the
least number of leaves that would have to answer otherwise, itself among them, for the rule to turn:
1 where it alone would do, 2 where it would take one more, and so on; none where its answer is
already the one that is needed. A leaf used twice, through a macro, counts at each place. The
nearness of a node with parts is that of the nearest way through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from engine.policy.condition import AllOf, AnyOf, MacroUse, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.decision import TraceNode
    from engine.policy.condition import Condition


class Goal(Enum):
    """What a node shall answer; the opposite of one is what its `not` shall."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "false or undecided"
    NOT_FALSE = "true or undecided"

    def is_met(self, held: bool | None) -> bool:  # noqa: FBT001 - the answer itself
        """Say whether an answer is the wanted one."""
        wanted = {
            Goal.TRUE: held is True,
            Goal.FALSE: held is False,
            Goal.NOT_TRUE: held is not True,
            Goal.NOT_FALSE: held is not False,
        }
        return wanted[self]


_OPPOSITE = {
    Goal.TRUE: Goal.FALSE,
    Goal.FALSE: Goal.TRUE,
    Goal.NOT_TRUE: Goal.NOT_FALSE,
    Goal.NOT_FALSE: Goal.NOT_TRUE,
}
# Beside `missing: match` an undecided part counts as one that does not hold, and nothing is
# undecided.
_LENIENT_OPPOSITE = {
    Goal.TRUE: Goal.NOT_TRUE,
    Goal.FALSE: Goal.TRUE,
    Goal.NOT_TRUE: Goal.TRUE,
    Goal.NOT_FALSE: Goal.NOT_TRUE,
}


class Join(Enum):
    """How the parts of a knot make its answer."""

    LEAF = "leaf"
    ALL = "all"
    ANY = "any"
    NOT = "not"
    LENIENT_NOT = "not, missing: match"


@dataclass(slots=True)
class Knot:
    """A node of a condition with its answer.

    Attributes:
        trace: The node as it was evaluated; None for a joint that no author wrote.
        part: Which part of the rule it belongs to: ``brands``, ``when``, ``except NAME``.
        path: Its place in that part's tree: the number of the child at each level, from 0.
        changes: Its nearness, once `measure` was called; None where changing it is of no help.
    """

    join: Join
    held: bool | None
    parts: Sequence[Knot] = ()
    trace: TraceNode | None = None
    part: str = ""
    path: tuple[int, ...] = ()
    changes: int | None = None
    _costs: dict[Goal, int] = field(default_factory=dict)

    def cost(self, goal: Goal) -> int:
        """Return how many leaves have to answer otherwise for this node to meet a goal."""
        if goal.is_met(self.held):
            return 0
        if self.join is Join.LEAF:
            return 1
        if goal not in self._costs:
            inner = self._inner(goal)
            costs = [part.cost(inner) for part in self.parts]
            self._costs[goal] = sum(costs) if self._needs_all(goal) else min(costs)
        return self._costs[goal]

    def measure(self, goal: Goal, others: int = 0) -> None:
        """Set the nearness of all that could turn so that this node meets a goal.

        Args:
            others: Leaves elsewhere that have to answer otherwise as well.
        """
        if goal.is_met(self.held):
            return
        self.changes = others + self.cost(goal)
        inner = self._inner(goal)
        whole = self.cost(goal) if self._needs_all(goal) else 0
        for part in self.parts:
            beside = whole - part.cost(inner) if self._needs_all(goal) else 0
            part.measure(inner, others + beside)

    def walk(self) -> Iterator[Knot]:
        """Yield every node that an author wrote, parents first."""
        if self.trace is not None:
            yield self
        for part in self.parts:
            yield from part.walk()

    def _inner(self, goal: Goal) -> Goal:
        if self.join is Join.NOT:
            return _OPPOSITE[goal]
        return _LENIENT_OPPOSITE[goal] if self.join is Join.LENIENT_NOT else goal

    def _needs_all(self, goal: Goal) -> bool:
        is_upward = goal in (Goal.TRUE, Goal.NOT_FALSE)
        return (self.join is Join.ALL and is_upward) or (self.join is Join.ANY and not is_upward)


def tie(condition: Condition, trace: TraceNode, part: str, path: tuple[int, ...] = ()) -> Knot:
    """Return a condition with its trace as knots.

    Args:
        part: Which part of the rule the condition is.
    """
    inner = [
        tie(child, seen, part, (*path, at))
        for at, (child, seen) in enumerate(zip(condition.parts, trace.children, strict=True))
    ]
    return Knot(_join(condition), trace.held, inner, trace, part, path)


def _join(condition: Condition) -> Join:
    if isinstance(condition, Not):
        return Join.LENIENT_NOT if condition.is_lenient else Join.NOT
    if isinstance(condition, AnyOf):
        return Join.ANY
    return Join.ALL if isinstance(condition, (AllOf, MacroUse)) else Join.LEAF
