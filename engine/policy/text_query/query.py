"""A text query, read once and asked of many documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.faults import QueryWarning
from engine.policy.text_query.keywords import clauses, is_one_clause
from engine.policy.text_query.lexer import Lexer
from engine.policy.text_query.operands import Operands
from engine.policy.text_query.parser import build
from engine.policy.text_query.program import Program
from engine.policy.text_query.tree import Term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.policy.text_query.document import Document
    from engine.policy.text_query.tree import Node


class Query:
    """A query that could be read.

    Attributes:
        text: As it was written.
        warnings: What may surprise its author, in order of place.
        root: What it was read as.
        places: Offset and length of each leaf of `root`, from left to right.
        clauses: What every matching document meets (words of which it holds one, and the like), the
            rarest first; empty where nothing is known (NOT, fields alone).
        is_one_clause: Whether every document that meets the one clause matches.
    """

    __slots__ = ("_program", "clauses", "is_one_clause", "places", "root", "text", "warnings")

    def __init__(
        self,
        text: str,
        root: Node,
        warnings: Sequence[QueryWarning],
        *,
        places: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.text = text
        self.root = root
        self.places = tuple(places)
        self.warnings = tuple(warnings)
        self._program = Program(root)
        self.clauses = clauses(root)
        self.is_one_clause = is_one_clause(root)

    def matches(self, document: Document) -> bool:
        """Return whether the query holds in a document."""
        return self._program.holds(document)


def parse(query: str, lists: Mapping[str, Sequence[str]]) -> Query:
    """Read a query; time is linear in its length and its lists' but for pathological nesting.

    Args:
        lists: The policy's lists by name.

    Raises:
        QuerySyntaxError: It cannot be read, or names a list that is not there; nothing else is
            raised, whatever the text.
    """
    lexer = Lexer(query)
    operands = Operands(lists)
    root = build(lexer.tokens(), operands)
    warnings = [*lexer.warnings, *operands.warnings]
    if isinstance(root, Term) and root.is_wild and not root.mark and not root.text.strip("*"):
        message = "a lone '*' holds for every text with a word in it"
        warnings.append(QueryWarning(query.find("*"), 1, message))
    warnings.sort(key=lambda one: one.position)
    return Query(query, root, warnings, places=operands.places)
