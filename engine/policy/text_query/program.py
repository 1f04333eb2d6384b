"""A tree as a flat program: tests of leaves with a jump for each answer.

However deep the tree, running it takes no stack, and each leaf is asked at most once and only
while the answer is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.field_values import field_fits
from engine.policy.text_query.spans import Carrier, finder
from engine.policy.text_query.tree import And, AnyOf, FieldIs, Near, Node, Not, Or, Phrase, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.policy.text_query.document import Document

    Test = Callable[[Document], bool]
    Step = tuple[Test, int, int]

ACCEPT, REJECT = -1, -2
# Where the step that follows in the query's order will stand: the one written just before,
# as steps are written last first.
_NEXT = -3


class Program:
    """A query ready to run."""

    __slots__ = ("_steps",)

    def __init__(self, root: Node) -> None:
        self._steps = _compile(root)

    def holds(self, document: Document) -> bool:
        """Return whether the query holds in a document."""
        steps = self._steps
        at = len(steps) - 1
        while at >= 0:
            test, if_true, if_false = steps[at]
            at = if_true if test(document) else if_false
        return at == ACCEPT


def _compile(root: Node) -> tuple[Step, ...]:
    steps: list[Step] = []
    work: list[tuple[Node, int, int]] = [(root, ACCEPT, REJECT)]
    while work:
        node, if_true, if_false = work.pop()
        following = len(steps) - 1
        if if_true == _NEXT:
            if_true = following
        if if_false == _NEXT:
            if_false = following
        match node:
            case Not():
                work.append((node.part, if_false, if_true))
            case And():
                work.extend((part, _NEXT, if_false) for part in node.parts[:-1])
                work.append((node.parts[-1], if_true, if_false))
            case Or():
                work.extend((part, if_true, _NEXT) for part in node.parts[:-1])
                work.append((node.parts[-1], if_true, if_false))
            case _:
                steps.append((_test(node), if_true, if_false))
    return tuple(steps)


def _test(leaf: Term | Phrase | AnyOf | Near | FieldIs) -> Test:
    match leaf:
        case Term(text=word) if leaf.is_plain:
            return lambda document: word in document.vocabulary
        case Term():
            return lambda document: document.at(leaf) != 0
        case Phrase():
            return lambda document: Carrier(document).ends(leaf, document.everywhere()) != 0
        case AnyOf(words=words):
            return lambda document: (
                not words.isdisjoint(document.vocabulary)
                or Carrier(document).ends(leaf, document.everywhere()) != 0
            )
        case Near():
            return finder(leaf)
        case FieldIs():
            return lambda document: field_fits(leaf, document.mention)
