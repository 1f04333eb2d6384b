"""Where in a text the operands of NEAR stand.

A span is (first position, last position). What an operand can span is a relation of starts to
ends, and NEAR composes relations: from the ends of one operand through the window of its distance
to the starts of the other. Every span counts, not only the shortest: in ``a b b c`` the query
``(a NEAR/1 b) NEAR/0 c`` holds, by the second b.

`Carrier` carries a whole set of starts through a relation at once, as shifts of long integers,
and never writes the relation down: linear in the text. An unordered NEAR asks each side twice, so
chains of them could double the work at each level; what was carried once is remembered, and past
`MOST_CARRIES` the relation is written down instead (`all_spans`), polynomial at any depth. Both
give equal answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.phrases import alternatives, phrase_ends, spread
from engine.policy.text_query.relations import all_spans
from engine.policy.text_query.tree import AnyOf, Near, Or, Phrase, Spans, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.policy.text_query.document import Document

MOST_CARRIES = 5_000
_DEEPEST_CARRY = 100


class _TooManyCarriesError(Exception):
    """The NEARs are chained too long for carrying."""


def finder(root: Near) -> Callable[[Document], bool]:
    """Return what says whether a NEAR holds in a document."""
    order = _children_first(root)
    if _depth(order) > _DEEPEST_CARRY:
        return lambda document: bool(all_spans(order, document))

    def holds(document: Document) -> bool:
        try:
            return Carrier(document).ends(root, document.everywhere()) != 0
        except _TooManyCarriesError:
            return bool(all_spans(order, document))

    return holds


class Carrier:
    """Carries sets of starts to ends in one document."""

    __slots__ = ("_document", "_known", "_most")

    def __init__(self, document: Document, most: int = MOST_CARRIES) -> None:
        self._document = document
        self._known: dict[tuple[int, int], int] = {}
        self._most = most

    def ends(self, node: Spans, starts: int) -> int:
        """Return the set of positions where spans of a node end that begin in `starts`."""
        if not starts:
            return 0
        match node:
            case Term():
                return starts & self._document.at(node)
            case Phrase():
                return phrase_ends(node, self._document, starts)
            case AnyOf() | Or():
                found = 0
                for part in alternatives(node, self._document):
                    found |= self.ends(part, starts)
                return found
            case Near():
                return self._near(node, starts)

    def _near(self, node: Near, starts: int) -> int:
        found = self._known.get((id(node), starts))
        if found is not None:
            return found
        if len(self._known) >= self._most:
            raise _TooManyCarriesError
        found = 0
        everywhere = self._document.everywhere()
        distance = min(node.distance, everywhere.bit_length())
        for first, second in orders(node):
            window = spread(self.ends(first, starts) << 1, distance) & everywhere
            found |= self.ends(second, window)
        self._known[id(node), starts] = found
        return found


def orders(node: Near) -> list[tuple[Spans, Spans]]:
    """Return the operands in each order in which they may stand."""
    there, back = (node.left, node.right), (node.right, node.left)
    return [there] if node.is_ordered else [there, back]


def _children_first(root: Spans) -> list[Spans]:
    order: list[Spans] = []
    stack = [root]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(_inner(node))
    order.reverse()
    return order


def _depth(order: list[Spans]) -> int:
    depths: dict[int, int] = {}
    for node in order:
        depths[id(node)] = 1 + max((depths[id(one)] for one in _inner(node)), default=0)
    return depths[id(order[-1])]


def _inner(node: Spans) -> list[Spans]:
    if isinstance(node, Near):
        return [node.left, node.right]
    return list(node.parts) if isinstance(node, Or) else []  # type: ignore[arg-type]
