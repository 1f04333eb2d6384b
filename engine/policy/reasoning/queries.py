"""Text queries as formulas: which words must be there, and which must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.reasoning.claims import (
    Claim,
    Fits,
    HasAny,
    Literal,
    Present,
    Stands,
    every,
    negated,
    some,
)
from engine.policy.text_query.tree import And, AnyOf, FieldIs, Near, Not, Or, Phrase, Term

if TYPE_CHECKING:
    from engine.policy.reasoning.claims import Formula
    from engine.policy.text_query.tree import Node

_DEEPEST = 40
_LARGEST = 2_000
_MOST_VALUES = 50
_EMPTY = Claim("text", ("empty",))  # an empty list: it is reported where it is defined
_SUBJECTS = {"lang": "language", "source": "source", "author": "author.handle"}


def query_formula(root: Node) -> Formula:
    """Return the formula of a query; one that is too large is a claim of its own."""
    if _is_too_large(root):
        return Literal(Claim("text", ("query", id(root))))
    return _formula(root)


def _is_too_large(root: Node) -> bool:
    count = 0
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > _DEEPEST or count > _LARGEST:
            return True
        stack += [(part, depth + 1) for part in children(node)]
    return False


def children(node: Node) -> list[Node]:
    """Return a node's parts in the order of the query."""
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return [node.left, node.right]
        case Not():
            return [node.part]
        case _:
            return []


def _formula(node: Node) -> Formula:
    group = group_of(node)
    if group is not None:
        return Literal(group)
    match node:
        case And():
            made = every(_formula(part) for part in node.parts)
        case Or():
            made = some(_formula(part) for part in node.parts)
        case Not():
            made = negated(_formula(node.part))
        case FieldIs():
            made = _field(node)
        case Near():
            made = Literal(Stands(_key(node), needs_of(node)))
        case _:
            made = Literal(_EMPTY)
    return made


def group_of(node: Node) -> HasAny | None:
    """Return what of a text one must hold where that is all the node asks, else None."""
    match node:
        case Term():
            is_plain = node.is_plain
            return HasAny(
                frozenset((node.text,) if is_plain else ()),
                frozenset(() if is_plain else (node,)),
            )
        case Phrase():
            return HasAny(frozenset(), frozenset((node,)))
        case AnyOf() if node.words or node.others:
            return HasAny(node.words, frozenset(node.others))
        case Or():
            groups = [group_of(part) for part in node.parts]
            known = [group for group in groups if group is not None]
            if len(known) < len(groups):
                return None
            return HasAny(
                frozenset().union(*(group.words for group in known)),
                frozenset().union(*(group.others for group in known)),
            )
        case _:
            return None


def needs_of(node: Near) -> tuple[HasAny, ...]:
    """Return the groups of which a text holds one each where a NEAR holds."""
    found: list[HasAny] = []
    stack: list[Node] = [node]
    while stack:
        one = stack.pop()
        group = None if isinstance(one, Near) else group_of(one)
        if isinstance(one, Near):
            stack += [one.right, one.left]
        elif group is not None:
            found.append(group)
    return tuple(found)


def _key(node: Node) -> tuple[Any, ...]:
    match node:
        case Near():
            return ("near", node.distance, node.is_ordered, _key(node.left), _key(node.right))
        case Or():
            return ("or", *(_key(part) for part in node.parts))
        case _:
            return (node,)


def _field(node: FieldIs) -> Formula:
    subject = _SUBJECTS.get(node.name)
    if not node.values:
        return Literal(_EMPTY)
    if subject is not None:
        fit = Literal(Fits(subject, frozenset(node.values)))
        return every((Literal(Present(subject)), fit)) if subject != "source" else fit
    if len(node.values) > _MOST_VALUES:
        return Literal(Claim(node.name, ("query", frozenset(node.values))))
    if node.name == "hashtag":
        # Not the claims of conditions on hashtags: those regard accents.
        claims = [Claim("hashtags", ("query", one), shows_presence=True) for one in node.values]
        return some(Literal(claim) for claim in claims)
    return some(Literal(Claim(f"{node.name}:", ("query", one))) for one in node.values)
