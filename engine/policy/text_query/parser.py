"""Tokens to a tree, with two explicit stacks: no nesting is too deep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.policy.text_query.faults import QuerySyntaxError
from engine.policy.text_query.lexer import Kind, Token
from engine.policy.text_query.tree import And, FieldIs, Near, Node, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.policy.text_query.operands import Operands

_BINDS = {Kind.OR: 1, Kind.AND: 2, Kind.NEAR: 3, Kind.NOT: 4}
_OPERATORS = (Kind.AND, Kind.OR, Kind.NEAR)


@dataclass(frozen=True, slots=True)
class _Offence:
    """The first thing in an operand that has no place in the text."""

    token: Token
    what: str


@dataclass(frozen=True, slots=True)
class _Operand:
    node: Node
    offence: _Offence | None = None


def build(tokens: Iterable[Token], operands: Operands) -> Node:
    """Return the tree of a query.

    Raises:
        QuerySyntaxError: It is empty, an operand or a parenthesis is missing, or NEAR is asked
            of something without a place in the text.
    """
    builder = _Builder(operands)
    for token in tokens:
        builder.take(token)
    return builder.finish()


class _Builder:
    def __init__(self, operands: Operands) -> None:
        self._operands = operands
        self._done: list[_Operand] = []
        self._open: list[Token] = []
        self._wants_operand = True
        self._last: Token | None = None

    def take(self, token: Token) -> None:
        if token.kind in _OPERATORS:
            self._operator(token)
        elif token.kind is Kind.CLOSE:
            self._close(token)
        elif token.kind in (Kind.OPEN, Kind.NOT):
            self._imply_and(token)
            self._open.append(token)
        elif not self._leaf(token):
            return
        self._last = token

    def finish(self) -> Node:
        if self._wants_operand:
            self._refuse_missing(None)
        while self._open:
            if self._open[-1].kind is Kind.OPEN:
                message = "this parenthesis is never closed"
                raise _fault(self._open[-1], message, "add ')' where the group ends")
            self._reduce()
        return self._done[-1].node

    def _leaf(self, token: Token) -> bool:
        node = self._operands.leaf(token)
        if node is None:
            return False
        self._imply_and(token)
        offence = _Offence(token, f"{node.name}:") if isinstance(node, FieldIs) else None
        self._done.append(_Operand(node, offence))
        self._wants_operand = False
        return True

    def _imply_and(self, token: Token) -> None:
        """Between two terms AND is implied; it stands where the second begins."""
        if not self._wants_operand:
            self._operator(Token(Kind.AND, token.position, token.length))

    def _operator(self, token: Token) -> None:
        if self._wants_operand:
            self._refuse_missing(token)
        while self._open and _BINDS.get(self._open[-1].kind, 0) >= _BINDS[token.kind]:
            self._reduce()
        self._open.append(token)
        self._wants_operand = True

    def _close(self, token: Token) -> None:
        if self._wants_operand:
            self._refuse_missing(token)
        while self._open and self._open[-1].kind is not Kind.OPEN:
            self._reduce()
        if not self._open:
            message = "this parenthesis closes none"
            raise _fault(token, message, "remove it, or add '(' where the group begins")
        self._open.pop()

    def _refuse_missing(self, token: Token | None) -> None:
        """Raise for an operand that is not there before `token` (None: before the end)."""
        last = self._last
        if last is None:
            if token is None:
                message = "the query is empty: it holds nothing to search for"
                raise QuerySyntaxError(message, position=0, help="write a word, or remove the leaf")
            if token.kind is Kind.CLOSE:
                raise _fault(token, "this parenthesis closes none", "add '(' before, or remove it")
        elif last.kind is not Kind.OPEN:
            message = f"{last.kind.value} needs a term after it"
            raise _fault(last, message, f'to search for the word itself, quote it: "{_name(last)}"')
        elif token is None:
            raise _fault(last, "this parenthesis is never closed", "add a term and ')'")
        elif token.kind is Kind.CLOSE:
            length = token.position + token.length - last.position
            message = "the parentheses are empty"
            raise QuerySyntaxError(
                message, position=last.position, length=length, help="put a term between them"
            )
        if token is not None:
            message = f"{token.kind.value} needs a term before it"
            raise _fault(token, message, f'to search for the word, quote it: "{_name(token)}"')

    def _reduce(self) -> None:
        token = self._open.pop()
        right = self._done.pop()
        if token.kind is Kind.NOT:
            node = right.node.part if isinstance(right.node, Not) else Not(right.node)
            self._done.append(_Operand(node, _Offence(token, "NOT")))
            return
        left = self._done.pop()
        offence = left.offence or right.offence
        if token.kind is Kind.NEAR:
            self._done.append(_Operand(_near(token, left, right)))
        elif token.kind is Kind.AND:
            joined = _joined(And, left.node, right.node)
            self._done.append(_Operand(joined, offence or _Offence(token, "AND")))
        else:
            self._done.append(_Operand(_joined(Or, left.node, right.node), offence))


def _joined(kind: type[And | Or], left: Node, right: Node) -> And | Or:
    """Return both under one node, however they were nested; reuses the left one's list."""
    joined = left if isinstance(left, kind) else kind([left])
    if isinstance(right, kind):
        joined.parts.extend(right.parts)
    else:
        joined.parts.append(right)
    return joined


def _near(token: Token, left: _Operand, right: _Operand) -> Near:
    offence = left.offence or right.offence
    if offence is not None:
        message = f"NEAR cannot be asked of {offence.what}"
        helps = {
            "NOT": "NOT binds tighter than NEAR: write NOT (a NEAR/5 b)",
            "AND": "words side by side imply AND: quote a phrase, or write (a OR b) NEAR/5 c",
        }
        other = f"{offence.what} has no place in the text: combine it with AND"
        raise _fault(offence.token, message, helps.get(offence.what, other))
    assert not isinstance(left.node, (And, Not, FieldIs))  # noqa: S101  (each is an offence)
    assert not isinstance(right.node, (And, Not, FieldIs))  # noqa: S101
    return Near(left.node, right.node, token.number, token.is_ordered)


def _name(token: Token) -> str:
    return token.kind.value


def _fault(token: Token, message: str, help_text: str) -> QuerySyntaxError:
    return QuerySyntaxError(message, position=token.position, length=token.length, help=help_text)
