"""A text query, read once and asked of many documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.faults import QueryWarning
from engine.policy.text_query.keywords import keywords
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
    """

    __slots__ = ("_keywords", "_program", "places", "root", "text", "warnings")

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
        self._keywords = keywords(root)

    def matches(self, document: Document) -> bool:
        """Return whether the query holds in a document."""
        return self._program.holds(document)

    def keywords(self) -> frozenset[str] | None:
        """Return folded words of which every matching document holds at least one.

        Compare them with `Document.vocabulary`. None where there are no such words (wildcards,
        NOT, fields alone); empty where nothing can match (an empty list).
        """
        return self._keywords


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
