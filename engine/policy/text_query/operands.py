"""Tokens to leaves of the tree: words, phrases, lists, fields."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from engine.policy.language_codes import explain_language, is_language_code
from engine.policy.text_query.faults import QuerySyntaxError, QueryWarning
from engine.policy.text_query.field_names import FieldName
from engine.policy.text_query.field_values import field_value
from engine.policy.text_query.lexer import Kind, Token
from engine.policy.text_query.terms import read_list, read_phrase
from engine.policy.text_query.tree import AnyOf, FieldIs, Phrase, Term
from engine.policy.text_query.wildcards import is_wild

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INSTEAD = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT", "-": "NOT"}
_MOST_SHOWN = 3


class Operands:
    """Makes leaves out of tokens; `warnings` and `places` (offset, length) fill on the way."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self.warnings: list[QueryWarning] = []
        self.places: list[tuple[int, int]] = []
        self._lists = lists
        self._read: dict[str, tuple[AnyOf, list[str]]] = {}

    def leaf(self, token: Token) -> Term | Phrase | AnyOf | FieldIs | None:
        """Return what a token looks for; None where a bare word holds only punctuation.

        Raises:
            QuerySyntaxError: The list is unknown, or quotes or a field's value hold nothing.
        """
        found = self._leaf(token)
        if found is not None:
            self.places.append((token.position, token.length))
        return found

    def _leaf(self, token: Token) -> Term | Phrase | AnyOf | FieldIs | None:
        if token.field is not None and token.field is not FieldName.RAW:
            return self._field(token, token.field)
        if token.kind is Kind.LIST:
            if token.field is FieldName.RAW:
                raise _fault(token, "raw: takes a word or a phrase, not a list", 'raw:"AcMe"')
            return self._list(token)
        is_exact = token.field is FieldName.RAW
        found = read_phrase(token.text, slop=token.number, is_exact=is_exact)
        if found is None:
            if token.kind is Kind.PHRASE or is_exact:
                raise _nothing(token)
            self._warn_of_punctuation(token)
        elif token.kind is Kind.WORD and token.text == "?":
            message = "'?' alone stands for any word of one character; leave punctuation out"
            self._warn(token, message)
        return found

    def _list(self, token: Token) -> AnyOf:
        entries = self._entries(token)
        known = self._read.get(token.text)
        if known is None:
            known = self._read[token.text] = read_list(entries)
            if known[1]:
                shown = ", ".join(f"'{entry}'" for entry in known[1][:_MOST_SHOWN])
                message = f"entries of list '{token.text}' without a letter, digit or emoji: "
                self._warn(token, f"{message}{shown}; they match nothing")
        return known[0]

    def _entries(self, token: Token) -> Sequence[str]:
        if token.text in self._lists:
            return self._lists[token.text]
        near = difflib.get_close_matches(token.text, [str(name) for name in self._lists], n=1)
        names = ", ".join(sorted(str(name) for name in self._lists))
        hint = f"did you mean {{{near[0]}}}? " if near else ""
        known = f"Lists here: {names}" if names else "This policy has no lists"
        raise _fault(token, f"unknown list '{token.text}'", f"{hint}{known}")

    def _field(self, token: Token, name: FieldName) -> FieldIs:
        if token.kind is Kind.LIST:
            values = [field_value(name, str(entry)) for entry in self._entries(token)]
            return FieldIs(name.value, tuple(dict.fromkeys(value for value in values if value)))
        value = field_value(name, token.text)
        if not value:
            raise _nothing(token)
        if name is FieldName.LANG and not is_wild(value) and not is_language_code(value):
            self.warnings.append(
                QueryWarning(token.position, token.length, *explain_language(value))
            )
        return FieldIs(name.value, (value,))

    def _warn_of_punctuation(self, token: Token) -> None:
        instead = _INSTEAD.get(token.text)
        hint = f"; write {instead}" if instead else ""
        self._warn(token, f"'{token.text}' holds no letter, digit or emoji and is ignored{hint}")

    def _warn(self, token: Token, message: str) -> None:
        self.warnings.append(QueryWarning(token.position, token.length, message))


def _nothing(token: Token) -> QuerySyntaxError:
    what = f"'{token.text}' holds"
    if token.kind is Kind.PHRASE:
        what = "the quotes hold" if token.text.strip() else "an empty phrase: the quotes hold"
    return _fault(
        token,
        f"{what} nothing to search for",
        "words are letters, digits, _ and emoji; other signs are never searched for",
    )


def _fault(token: Token, message: str, help_text: str) -> QuerySyntaxError:
    return QuerySyntaxError(message, position=token.position, length=token.length, help=help_text)
