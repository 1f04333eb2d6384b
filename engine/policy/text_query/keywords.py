"""The words without which a query cannot hold: what rules are filed under."""

from __future__ import annotations

from engine.policy.text_query.folding import fold
from engine.policy.text_query.tree import And, AnyOf, FieldIs, Near, Node, Not, Or, Phrase, Term

Keywords = frozenset[str] | None


def keywords(root: Node) -> Keywords:
    """Return words of which every document that fits holds at least one, as few as are known.

    Returns:
        Folded words; empty where nothing can fit; None where there are no such words.
    """
    known: dict[int, Keywords] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, is_ready = stack.pop()
        parts = _parts(node)
        if not parts:
            known[id(node)] = _of_leaf(node)
        elif not is_ready:
            stack.append((node, True))
            stack.extend((part, False) for part in parts)
        elif isinstance(node, Or):
            known[id(node)] = _either([known[id(part)] for part in parts])
        else:
            known[id(node)] = _rarest([known[id(part)] for part in parts])
    return known[id(root)]


def _parts(node: Node) -> list[Node]:
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return [node.left, node.right]
        case _:
            return []


def _of_leaf(node: Node) -> Keywords:
    match node:
        case Term():
            return None if node.is_wild else frozenset((fold(node.text),))
        case Phrase():
            return _rarest([_of_leaf(term) for block in node.blocks for term in block])
        case AnyOf():
            return _either([node.words, *(_of_leaf(other) for other in node.others)])
        case Not() | FieldIs() | _:
            return None


def _either(parts: list[Keywords]) -> Keywords:
    words: set[str] = set()
    for part in parts:
        if part is None:
            return None
        words |= part
    return frozenset(words)


def _rarest(parts: list[Keywords]) -> Keywords:
    """Return the set likely to be met least: the fewest words, then the longest ones."""
    known = [part for part in parts if part is not None]
    return min(known, key=_commonness, default=None)


def _commonness(words: frozenset[str]) -> tuple[int, int, list[str]]:
    return len(words), -min((len(word) for word in words), default=0), sorted(words)
