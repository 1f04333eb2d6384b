"""A query cut into tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from engine.policy.text_query.faults import QuerySyntaxError, QueryWarning
from engine.policy.text_query.field_names import FIELDS, FieldName, unknown_field

if TYPE_CHECKING:
    from collections.abc import Iterator

FARTHEST = 10**9

_CLOSERS = {'"': '"', "\uff02": "\uff02", "\u00ab": "\u00bb", "\u201c": "\u201d\u201c"}
_CLOSERS["\u201e"] = _CLOSERS["\u201f"] = "\u201c\u201d"
_STRAY_CLOSERS = "\u201d\u00bb"
_QUOTES = "".join(_CLOSERS) + _STRAY_CLOSERS
_OPEN, _CLOSE = "(\uff08", ")\uff09"
_SPECIAL = _QUOTES + _OPEN + _CLOSE
_CHUNK = re.compile(rf"[^\s{{}}{_SPECIAL}]+")
_VALUE = re.compile(rf"[^\s{_SPECIAL}]+")
_FIELD = re.compile(r"([^\W\d_]+):(?!//)")
_NEAR = re.compile(r"NEAR/([0-9]+)(f?)")
_NEAR_LIKE = re.compile(r"NEAR(?:$|[/\d~:])")
_NEAR_LOWER = re.compile(r"near/[0-9]+f?", re.IGNORECASE)
_WORD_SLOP = re.compile(r".*\w~[0-9]+", re.DOTALL)
_SLOP = re.compile(rf"~([^\s{_SPECIAL}]*)")
_PREFIXES = {"-": "NOT", "!": "NOT", "+": "AND"}


class Kind(Enum):
    """What a token is."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    OPEN = "("
    CLOSE = ")"
    WORD = "word"
    PHRASE = "phrase"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        position: Offset in the query, from 0.
        text: A word, the inside of quotes, or a list's name.
        field: The operator before an operand, ``raw`` included; else nothing.
        number: NEAR's distance, a phrase's slop.
        is_ordered: NEAR/nf.
    """

    kind: Kind
    position: int
    length: int
    text: str = ""
    field: FieldName | None = None
    number: int = 0
    is_ordered: bool = False


class Lexer:
    """Reads one query; `warnings` fill as the tokens are taken."""

    def __init__(self, query: str) -> None:
        self.warnings: list[QueryWarning] = []
        self._query = query
        self._at = 0
        self._last: Token | None = None

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens in order.

        Raises:
            QuerySyntaxError: Quotes or braces do not close, or an operator is misspelt.
        """
        while self._at < len(self._query):
            if self._query[self._at].isspace():
                self._at += 1
                continue
            token = self._next()
            if token is not None:
                self._last = token
                yield token

    def _next(self) -> Token | None:
        start, char = self._at, self._query[self._at]
        if char in _OPEN or char in _CLOSE:
            self._at += 1
            return Token(Kind.OPEN if char in _OPEN else Kind.CLOSE, start, 1)
        if char in _CLOSERS:
            return self._phrase(start, None)
        if char == "{":
            return self._list(start, None)
        found = _CHUNK.match(self._query, start)
        if found is None:
            message = f"'{char}' closes nothing"
            raise QuerySyntaxError(
                message, position=start, help="remove it, or open it before: {list}, “phrase”"
            )
        return self._prefixed(start) or self._field(start) or self._chunk(start, found[0])

    def _prefixed(self, start: int) -> Token | None:
        """Step over the sign of ``-word`` and its like, which other tools read as operators."""
        sign = self._query[start]
        after = self._query[start + 1 : start + 2]
        if sign in _PREFIXES and (after.isalnum() or (after and after in '"{#@(')):
            message = f"'{sign}' is no operator and is ignored; write {_PREFIXES[sign]}"
            self.warnings.append(QueryWarning(start, 1, message))
            self._at = start + 1
            return self._next()
        return None

    def _chunk(self, start: int, text: str) -> Token | None:
        self._at = start + len(text)
        if text in ("AND", "OR", "NOT"):
            return Token(Kind[text], start, len(text))
        if _NEAR_LIKE.match(text):
            return self._near(start, text)
        self._refuse_slop(start, text)
        if text.lower() in ("and", "or", "not") or _NEAR_LOWER.fullmatch(text):
            upper = text.upper() if "/" not in text else f"NEAR{text[4:].lower()}"
            message = f"'{text}' is searched for as a word; write {upper} for the operator"
            if self._last is not None or self._query[self._at :].strip():
                help_text = (
                    f'write {upper} in upper case, or quote it to search for the word: "{text}"'
                )
                self.warnings.append(QueryWarning(start, len(text), message, help_text))
        return Token(Kind.WORD, start, len(text), text)

    def _near(self, start: int, text: str) -> Token:
        found = _NEAR.fullmatch(text)
        if found is None:
            message = f"NEAR needs a number: how many words apart still count as near, saw '{text}'"
            raise QuerySyntaxError(
                message,
                position=start,
                length=len(text),
                help="NEAR/5 is at most 5 words between, NEAR/5f the same with the first one first",
            )
        number = _number(found[1])
        return Token(Kind.NEAR, start, len(text), number=number, is_ordered=found[2] == "f")

    def _refuse_slop(self, start: int, text: str) -> None:
        follows = self._last is not None and self._last.kind is Kind.PHRASE
        is_apart = follows and re.fullmatch(r"~[0-9]*", text)
        if not is_apart and not _WORD_SLOP.fullmatch(text):
            return
        tilde = start + text.rindex("~")
        message = "'~' and its number stand right behind the closing quote of a phrase"
        raise QuerySyntaxError(
            message,
            position=tilde,
            length=start + len(text) - tilde,
            help='"battery caught fire"~3 allows 3 further words',
        )

    def _field(self, start: int) -> Token | None:
        found = _FIELD.match(self._query, start)
        if found is None or found[1] == "NEAR":
            return None
        name = FIELDS.get(found[1].lower())
        after = self._query[found.end() : found.end() + 1]
        is_alone = not after or after.isspace() or after in _CLOSE
        if name is None:
            if is_alone:
                return None
            raise unknown_field(found[1], position=start)
        if is_alone or after in _OPEN:
            message = f"{name.value}: needs its value right behind the colon"
            raise QuerySyntaxError(
                message,
                position=start,
                length=len(found[0]),
                help=f'{name.value}:word or {name.value}:"a phrase"; repeat it for each value',
            )
        self._at = found.end()
        if after in _CLOSERS:
            return self._phrase(start, name)
        if after == "{":
            return self._list(start, name)
        return self._value(start, name)

    def _value(self, start: int, name: FieldName) -> Token:
        found = _VALUE.match(self._query, self._at)
        if found is None:
            raise _unclosed(self._at, "quote", "open the quotes before the value")
        self._at = found.end()
        text = found[0].rstrip(",;") or found[0]
        if name is FieldName.RAW:
            self._refuse_slop(found.start(), text)
        return Token(Kind.WORD, start, self._at - start, text, name)

    def _list(self, start: int, name: FieldName | None) -> Token:
        end = self._query.find("}", self._at)
        text = self._query[self._at + 1 : end].strip() if end >= 0 else ""
        if end < 0 or "{" in text:
            raise _unclosed(self._at, "brace", "a list is named in braces: {press}")
        if not text:
            message = "the braces name no list"
            raise QuerySyntaxError(
                message, position=self._at, length=end + 1 - self._at, help="{press}"
            )
        self._at = end + 1
        return Token(Kind.LIST, start, self._at - start, text, name)

    def _phrase(self, start: int, name: FieldName | None) -> Token:
        opening = self._at
        closers = _CLOSERS[self._query[opening]]
        ends = (self._query.find(closer, opening + 1) for closer in closers)
        end = min((end for end in ends if end >= 0), default=-1)
        if end < 0:
            raise _unclosed(opening, "quote", "close the phrase with a quote, or remove this one")
        text = self._query[opening + 1 : end]
        self._at = end + 1
        slop = self._slop(name)
        if name is None or name is FieldName.RAW:
            self._warn_of_question_mark(opening, text)
        return Token(Kind.PHRASE, start, self._at - start, text, name, number=slop)

    def _slop(self, name: FieldName | None) -> int:
        found = _SLOP.match(self._query, self._at)
        if found is None:
            return 0
        is_number = re.fullmatch("[0-9]+", found[1])
        if is_number and name in (None, FieldName.RAW):
            self._at = found.end()
            return _number(found[1])
        message = f"'~' wants a whole number of words, saw '{found[0]}'"
        if is_number:
            message = f"'~' goes with a phrase of the text, not with {name.value if name else ''}:"
        raise QuerySyntaxError(
            message,
            position=found.start(),
            length=len(found[0]),
            help='"battery caught fire"~3 allows 3 further words',
        )

    def _warn_of_question_mark(self, opening: int, text: str) -> None:
        if text.rstrip(" !.\u2026").endswith("?"):
            message = (
                "'?' stands for one character; punctuation is never searched for, so leave it out"
            )
            at = opening + 1 + text.rindex("?")
            self.warnings.append(QueryWarning(at, 1, message))


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    # Python refuses to convert thousands of digits; no text is that long.
    return int(digits) if len(digits) < len(str(FARTHEST)) else FARTHEST


def _unclosed(position: int, what: str, help_text: str) -> QuerySyntaxError:
    return QuerySyntaxError(f"this {what} is never closed", position=position, help=help_text)
