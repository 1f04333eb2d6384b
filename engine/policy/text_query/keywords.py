"""The words without which a query cannot hold: what rules are filed under."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.policy.text_query.folding import fold
from engine.policy.text_query.tree import And, AnyOf, FieldIs, Near, Node, Not, Or, Phrase, Term

MOST_CLAUSES = 3  # kept of an AND, the rarest: more would hardly narrow what is left
_SIGNS = re.compile(r"[*?]+")


@dataclass(frozen=True, slots=True)
class Clause:
    """Some of which every document that fits holds at least one; nothing fits an empty one.

    Attributes:
        words: Folded words, to be found in `Document.vocabulary`.
        parts: Parts of folded words, to be found in `Document.line`; a space stands for the edge
            of a word.
    """

    words: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()

    @property
    def commonness(self) -> tuple[int, bool, int, list[str]]:
        """What sorts the clauses likely to be met least first: few, whole and long words."""
        both = sorted(self.words | self.parts)
        return len(both), bool(self.parts), -min(map(len, both), default=0), both


Clauses = tuple[Clause, ...]


def clauses(root: Node) -> Clauses:
    """Return what every document that fits meets, the rarest first; empty where nothing is."""
    known: dict[int, Clauses] = {}
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
            known[id(node)] = _all([known[id(part)] for part in parts])
    return known[id(root)]


def is_one_clause(root: Node) -> bool:
    """Whether the query holds wherever its clause is met: it is plain words, one of them wanted."""
    leaves = root.parts if isinstance(root, Or) else [root]
    return all(
        (isinstance(leaf, Term) and leaf.is_plain) or (isinstance(leaf, AnyOf) and not leaf.others)
        for leaf in leaves
    )


def _parts(node: Node) -> list[Node]:
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return [node.left, node.right]
        case _:
            return []


def _of_leaf(node: Node) -> Clauses:
    match node:
        case Term(is_wild=True):
            part = "" if node.is_exact else _longest_part(node.text)
            return (Clause(parts=frozenset((part,))),) if part else ()
        case Term():
            return (Clause(frozenset((fold(node.text),))),)
        case Phrase():
            return _all([_of_leaf(term) for block in node.blocks for term in block])
        case AnyOf():
            return _either([(Clause(node.words),), *(_of_leaf(other) for other in node.others)])
        case Not() | FieldIs() | _:
            return ()


def _longest_part(pattern: str) -> str:
    """Return the longest text that a word fitting the wildcards holds; empty where it is no help.

    The edges of words are spaces: ``fire*`` is looked for as a space and ``fire``. One letter
    amid a word would be found nearly everywhere.
    """
    return max(
        (part for part in _SIGNS.split(f" {pattern} ") if len(part) > 1), key=len, default=""
    )


def _either(parts: list[Clauses]) -> Clauses:
    words: set[str] = set()
    inner: set[str] = set()
    for part in parts:
        if not part:
            return ()
        words |= part[0].words
        inner |= part[0].parts
    return (Clause(frozenset(words), frozenset(inner)),)


def _all(parts: list[Clauses]) -> Clauses:
    found = {clause for part in parts for clause in part}
    return tuple(sorted(found, key=lambda clause: clause.commonness)[:MOST_CLAUSES])
