"""A pure boolean tree over one mention, with a third value for what cannot be said.

True, False, or None where something is absent or a label unknown: `all` is False when one part is
False, else None when one is; `any` is True when one part is True, else None when one is; `not` of
None is None. `evaluate` stops as early as it can; `trace` visits every node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from engine.classification import UNKNOWN
from engine.decision import TraceNode
from engine.policy.fields import show
from engine.policy.text_query import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from engine.classification import Classification
    from engine.located_yaml import Node
    from engine.mention import Mention
    from engine.policy.fields import Field
    from engine.policy.needs import Need
    from engine.policy.text_query import Query
    from engine.problem import Span


_QUERY_COST = 100


class Facts:
    """All that conditions may look at: one mention, its labels, its words (cut up once)."""

    __slots__ = ("_document", "classified", "mention")

    def __init__(self, mention: Mention, classified: Iterable[Classification]) -> None:
        self.mention = mention
        self.classified = {one.task: one for one in classified}
        self._document: Document | None = None

    @property
    def document(self) -> Document:
        """The mention's text as words."""
        if self._document is None:
            self._document = Document.of(self.mention)
        return self._document


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a condition stands in its file, and how it reads there, shortened."""

    text: str
    span: Span


class Condition(Protocol):
    """One node of the tree.

    Attributes:
        depth: Levels of nodes, itself included.
        size: Nodes in all, those of a macro counted at every use.
        cost: Rough work of evaluating it, in leaves.
    """

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        ...

    @property
    def parts(self) -> Sequence[Condition]:
        """Its children; none for a leaf."""
        ...

    @property
    def depth(self) -> int:
        """Levels of nodes, itself included."""
        ...

    @property
    def size(self) -> int:
        """Nodes in all, those of a macro counted at every use."""
        ...

    @property
    def cost(self) -> int:
        """Rough work of evaluating it, in leaves."""
        ...

    def evaluate(self, facts: Facts) -> bool | None:
        """Say whether it holds; None where that cannot be said."""
        ...

    def trace(self, facts: Facts) -> TraceNode:
        """Evaluate every node and return what each one saw."""
        ...


@dataclass(frozen=True, slots=True)
class Inner:
    """What nodes with children share."""

    origin: Origin
    parts: tuple[Condition, ...]
    depth: int = field(init=False)
    size: int = field(init=False)
    cost: int = field(init=False)
    _cheapest_first: tuple[Condition, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The order of parts changes no answer, so the words are looked at last.
        ordered = tuple(sorted(self.parts, key=attrgetter("cost")))
        object.__setattr__(self, "_cheapest_first", ordered)
        object.__setattr__(self, "cost", sum(part.cost for part in self.parts))
        object.__setattr__(self, "depth", 1 + max((part.depth for part in self.parts), default=0))
        object.__setattr__(self, "size", 1 + sum(part.size for part in self.parts))

    def evaluate(self, facts: Facts) -> bool | None:
        """Combine what the children say, stopping as soon as it is settled."""
        return self.combine(part.evaluate(facts) for part in self._cheapest_first)

    def trace(self, facts: Facts) -> TraceNode:
        """Trace every child, then combine."""
        children = tuple([part.trace(facts) for part in self.parts])
        held = self.combine(child.held for child in children)
        return TraceNode(self.origin.text, held, children=children)

    def combine(self, held: Iterable[bool | None]) -> bool | None:
        """Return what follows from the children's answers; all must hold unless overridden."""
        undecided = False
        for one in held:
            if one is False:
                return False
            undecided = undecided or one is None
        return None if undecided else True


@dataclass(frozen=True, slots=True)
class AllOf(Inner):
    """Every part must hold."""


@dataclass(frozen=True, slots=True)
class AnyOf(Inner):
    """One part must hold."""

    def combine(self, held: Iterable[bool | None]) -> bool | None:
        """Return True as soon as one part holds."""
        undecided = False
        for one in held:
            if one:
                return True
            undecided = undecided or one is None
        return None if undecided else False


@dataclass(frozen=True, slots=True)
class Not(Inner):
    """The one part must not hold.

    Attributes:
        is_lenient: ``missing: match``: an undecided part counts as one that does not hold.
    """

    is_lenient: bool = False

    def combine(self, held: Iterable[bool | None]) -> bool | None:
        """Turn the answer round."""
        inner = next(iter(held))
        if inner is None:
            return True if self.is_lenient else None
        return not inner


@dataclass(frozen=True, slots=True)
class MacroUse(Inner):
    """A condition used by its name; its one part is the macro's body."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class LeafBase:
    """What leaves share.

    Attributes:
        subject: Field path or task.
        wanted: The operators and operands, as JSON.
        tests: All must hold of the value.
        exists: What ``exists`` asks for, None where it is not asked.
        only: Folded values outside which the leaf is surely false, or None where anything goes.
        never: Folded values on which the leaf is surely false.
        needs: What must be true of the value for the leaf to hold: what rules are filed under.
    """

    origin: Origin
    subject: str
    wanted: Any
    tests: tuple[Callable[[Any], bool], ...] = ()
    exists: bool | None = None
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    needs: tuple[Need, ...] = ()

    @property
    def parts(self) -> Sequence[Condition]:
        """None: it is a leaf."""
        return ()

    @property
    def depth(self) -> int:
        """One level."""
        return 1

    @property
    def size(self) -> int:
        """One node."""
        return 1

    @property
    def cost(self) -> int:
        """One leaf's worth, unless overridden."""
        return 1

    def judge(self, value: Any, *, is_present: bool) -> bool | None:
        """Apply the operators; None where the value is absent and a test needs it."""
        if self.exists is not None and is_present != self.exists:
            return False
        if not self.tests:
            return True
        if value is None:
            return None
        for test in self.tests:  # noqa: SIM110 - a generator costs as much as the tests
            if not test(value):
                return False
        return True


@dataclass(frozen=True, slots=True)
class FieldLeaf(LeafBase):
    """Asks about one field of the mention."""

    field: Field | None = None

    def evaluate(self, facts: Facts) -> bool | None:
        """Apply the operators to the field's value."""
        value = self._value(facts)
        return self.judge(value, is_present=value not in (None, ()))

    def trace(self, facts: Facts) -> TraceNode:
        """Evaluate, and show the field's value."""
        shown = show(self._value(facts))
        return TraceNode(self.origin.text, self.evaluate(facts), shown, self.wanted)

    def _value(self, facts: Facts) -> Any:
        return None if self.field is None else self.field.get(facts.mention)


@dataclass(frozen=True, slots=True)
class LabelLeaf(LeafBase):
    """Asks about one task's label and its score; an unknown label is as good as absent."""

    def evaluate(self, facts: Facts) -> bool | None:
        """Apply the operators to the task's classification."""
        found = facts.classified.get(self.subject)
        if found is not None and found.label == UNKNOWN:
            found = None
        return self.judge(found, is_present=found is not None)

    def trace(self, facts: Facts) -> TraceNode:
        """Evaluate, and show label and score, also of an unknown label."""
        found = facts.classified.get(self.subject)
        shown = None if found is None else {"label": found.label, "score": found.score}
        return TraceNode(self.origin.text, self.evaluate(facts), shown, self.wanted)


@dataclass(frozen=True, slots=True)
class QueryLeaf(LeafBase):
    """Asks the text query; the text is never absent.

    Attributes:
        place: What the query was read from.
    """

    query: Query | None = None
    place: Node | None = None

    @property
    def cost(self) -> int:
        """Many leaves' worth: it looks at every word."""
        return _QUERY_COST

    def evaluate(self, facts: Facts) -> bool | None:
        """Match the query against the mention's words."""
        return self.query is not None and self.query.matches(facts.document)

    def trace(self, facts: Facts) -> TraceNode:
        """Evaluate, and show the text."""
        return TraceNode(self.origin.text, self.evaluate(facts), facts.mention.text, self.wanted)
