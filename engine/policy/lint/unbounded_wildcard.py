"""Wildcards that fit nearly every word."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding
from engine.policy.lint.query_lint import QueryLint
from engine.policy.lint.query_places import located
from engine.policy.text_query.tree import AnyOf, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.policy.condition import QueryLeaf
    from engine.policy.report import Report
    from engine.policy.text_query.tree import Node

# Of other scripts one sign can be a word, and a good beginning of one.
_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "DIGIT", "LOW LINE", "ARABIC", "HEBREW")
_HELP = "give it more letters, or leave it out; to ask for any text, write {text: {exists: true}}"


class UnboundedWildcard(QueryLint):
    """A ``*`` with at most one letter beside it, where a word is looked for."""

    codes = ("R346",)

    def in_query(self, leaf: QueryLeaf, report: Report) -> Iterator[Finding]:
        """Point at the first such word of each part."""
        if leaf.query is None or "*" not in leaf.query.text + "".join(_entries(leaf.query.root)):
            return
        for node, span, _ in located(leaf):
            is_told = node is leaf.query.root and isinstance(node, Term) and set(node.text) == {"*"}
            if is_told:  # the reader warns of a lone star
                continue
            found = [one for one in _wild_words(node) if _is_unbounded(one)]
            for one in found[:1]:
                of_list = " (an entry of the list)" if isinstance(node, AnyOf) else ""
                message = (
                    f"text query: '{one.text}'{of_list} fits nearly every word: it matches nearly"
                    " every text, and each of its words has to be tried"
                )
                yield Finding("R346", report, span, message, _HELP)


def _entries(root: Node) -> list[str]:
    """Return the wildcards of a query that is one list; other queries show them themselves."""
    return [one.text for one in _wild_words(root)]


def _wild_words(node: Node) -> list[Term]:
    if isinstance(node, AnyOf):
        return sorted(
            (one for one in node.others if isinstance(one, Term)), key=lambda one: one.text
        )
    return [node] if isinstance(node, Term) else []


def _is_unbounded(term: Term) -> bool:
    if not term.is_wild or term.mark or "*" not in term.text:
        return False
    letters = term.text.replace("*", "").replace("?", "")
    return not letters or (
        len(letters) == 1 and unicodedata.name(letters, "").startswith(_ALPHABETS)
    )
