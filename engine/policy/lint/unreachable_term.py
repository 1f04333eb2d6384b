"""Terms of a text query that add nothing to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding
from engine.policy.lint.query_lint import QueryLint
from engine.policy.lint.query_places import located
from engine.policy.reasoning import Context, can_refute, negated, query_formula
from engine.policy.text_query.tree import And, Or, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.condition import QueryLeaf
    from engine.policy.report import Report
    from engine.policy.text_query.tree import Node
    from engine.problem import Span

_MOST_COMPARED = 30  # alternatives of one OR; beyond, only equal words are found
_MOST_STEPS = 200


class UnreachableTerm(QueryLint):
    """An alternative that another one covers, or a group that can never hold."""

    codes = ("R345",)

    def in_query(self, leaf: QueryLeaf, report: Report) -> Iterator[Finding]:
        """Point at each such term."""
        if leaf.query is None or leaf.query.root.__class__ is Term:
            return
        places = {id(node): (node, span, text) for node, span, text in located(leaf)}
        for node, span, _ in places.values():
            if isinstance(node, Or):
                yield from _covered(node, places, report)
            elif isinstance(node, And) and node is not leaf.query.root and _is_impossible(node):
                message = "text query: this group can never hold: what it asks contradicts itself"
                yield Finding("R345", report, span, message, "correct it, or remove it")


def _is_impossible(node: Node) -> bool:
    return can_refute([query_formula(node)], Context(), most_steps=_MOST_STEPS)


def _covered(
    node: Or, places: dict[int, tuple[Node, Span, str]], report: Report
) -> Iterator[Finding]:
    for narrow, broad in _pairs(node.parts):
        if id(narrow) not in places or id(broad) not in places:
            continue
        (_, span, shown), (_, _, covering) = places[id(narrow)], places[id(broad)]
        if shown == covering:
            message = f"text query: '{shown}' stands here twice"
        else:
            message = (
                f"text query: '{shown}' is never reached: whatever it matches,"
                f" '{covering}' matches already"
            )
        yield Finding("R345", report, span, message, "remove one of the two")


def _pairs(parts: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield each alternative that another one covers, with the first that does."""
    if len(parts) > _MOST_COMPARED or all(
        isinstance(part, Term) and part.is_plain for part in parts
    ):
        seen: dict[Node, Node] = {}
        for part in parts:
            if isinstance(part, Term) and seen.setdefault(part, part) is not part:
                yield part, seen[part]
        return
    true = [query_formula(part) for part in parts]
    false = [negated(one) for one in true]
    empty = Context()

    def covers(broad: int, narrow: int) -> bool:
        return can_refute([true[narrow], false[broad]], empty, most_steps=_MOST_STEPS)

    impossible = [can_refute([one], empty, most_steps=_MOST_STEPS) for one in true]  # told so
    for narrow in range(len(parts)):
        for broad in range(len(parts)):
            if narrow == broad or impossible[narrow] or not covers(broad, narrow):
                continue
            if broad < narrow or not covers(narrow, broad):
                yield parts[narrow], parts[broad]
                break
