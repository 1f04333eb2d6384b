"""Where the parts of a text query stand in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.reasoning import query_formula
from engine.policy.reasoning.queries import children
from engine.policy.scalar_place import place_within
from engine.policy.text_query.tree import And

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.condition import QueryLeaf
    from engine.policy.reasoning import Formula
    from engine.policy.text_query.tree import Node
    from engine.problem import Span

_LARGEST = 4_000  # nodes; a longer query is looked at as a whole


def pieces(leaf: QueryLeaf, span: Span) -> list[tuple[Formula, Span]]:
    """Return what a query asks, one formula for each part that must hold, each with its place.

    Args:
        span: Where to point when a part has no place of its own.
    """
    query = leaf.query
    if query is None:
        return []
    places = {id(node): place for node, place, _ in located(leaf)}
    parts = query.root.parts if isinstance(query.root, And) else [query.root]
    return [(query_formula(part), places.get(id(part), span)) for part in parts]


def located(leaf: QueryLeaf) -> Iterator[tuple[Node, Span, str]]:
    """Yield every node of a query with its place and its text, outer ones first.

    Of a huge query nothing is yielded.
    """
    query = leaf.query
    if query is None or leaf.place is None or len(query.places) > _LARGEST:
        return
    leaves: list[tuple[Node, int, int]] = []
    stack: list[tuple[Node, int]] = [(query.root, 0)]
    sizes = _sizes(query.root)
    while stack:
        node, first = stack.pop()
        leaves.append((node, first, first + sizes[id(node)] - 1))
        inner = []
        for part in children(node):
            inner.append((part, first))
            first += sizes[id(part)]
        stack.extend(reversed(inner))
    for node, first, last in leaves:
        if last < len(query.places):
            start = query.places[first][0]
            length = sum(query.places[last]) - start
            place = place_within(leaf.place, query.text, position=start, length=length)
            yield node, place, query.text[start : start + length]


def _sizes(root: Node) -> dict[int, int]:
    """Return how many leaves stand below each node, by its id; a leaf counts itself."""
    sizes: dict[int, int] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        inner = children(node)
        if not inner:
            sizes[id(node)] = 1
        elif is_ready:
            sizes[id(node)] = sum(sizes[id(part)] for part in inner)
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in inner)
    return sizes
