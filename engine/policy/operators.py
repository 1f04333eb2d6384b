"""The operators of a leaf: from what the author wrote to a test of a value.

Each maker returns the test, or None where the operand was reported. Tests on a field that holds
several texts ask whether any of them passes; the negative ones whether none does.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2

from engine.policy.fields import FieldKind, fold
from engine.policy.shape import kind_of, text_of
from engine.policy.slips import flag_help
from engine.units import parse_instant, parse_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.located_yaml import Node
    from engine.policy.report import Report

_LONGEST_PATTERN = 10_000
LONGEST_ENTRY = 500  # characters of a list's entry; the matcher's memory holds _BATCH of them
_BATCH = 50  # wildcard entries a pattern, so that each stays within the matcher's memory
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}
ORDERING = frozenset(_ORDER)
NEGATIVE = frozenset({"is_not", "not_in", "not_in_list"})
WHOLE_VALUE = frozenset({"is", "is_not", "in", "not_in", "any_in"})
LIST_OPERATORS = frozenset({"in_list", "not_in_list", "any_in_list"})
_BY_KIND: Mapping[FieldKind, frozenset[str]] = {
    FieldKind.TEXT: WHOLE_VALUE | LIST_OPERATORS | {"contains", "matches", "exists"},
    FieldKind.TEXTS: WHOLE_VALUE | LIST_OPERATORS | {"contains", "matches", "exists"},
    FieldKind.NUMBER: WHOLE_VALUE | ORDERING | {"exists"},
    FieldKind.INSTANT: ORDERING | {"is", "is_not", "exists"},
    FieldKind.FLAG: frozenset({"is", "is_not", "exists"}),
    FieldKind.OBJECT: frozenset({"exists"}),
}


def operators_of(kind: FieldKind) -> frozenset[str]:
    """Return the operators that make sense on a kind of field."""
    return _BY_KIND[kind]


@dataclass(frozen=True, slots=True)
class WordList:
    """A named list: exact entries folded, and one pattern for those with wildcards."""

    name: str
    entries: tuple[str, ...]
    exact: frozenset[str]
    wild: tuple[Any, ...]

    @classmethod
    def of(cls, name: str, entries: Iterable[str]) -> WordList:
        """Fold the entries; ``*`` stands for any run, ``?`` for one character."""
        words = tuple(entries)
        wild = [fold(word) for word in words if "*" in word or "?" in word]
        exact = frozenset(fold(word) for word in words if not ("*" in word or "?" in word))
        return cls(name, words, exact, _wildcards(wild))

    def holds(self, folded: str) -> bool:
        """Say whether a folded text is one of the entries, whole."""
        if folded in self.exact:
            return True
        return any(_searches(pattern, folded) for pattern in self.wild)


def compile_pattern(node: Node, report: Report) -> Any:
    """Return the compiled pattern of ``matches``, or None where it is at fault (reported)."""
    pattern = text_of(node)
    if node.is_mapping or node.is_list or not pattern or len(pattern) > _LONGEST_PATTERN:
        seen = ""
        if node.value is None or not pattern:
            seen = ": an empty one would match every text"
        message = f"a pattern is one text of 1 to {_LONGEST_PATTERN} characters{seen}"
        report.error("R302", node.span, message)
        return None
    try:
        return re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        message, help_text = _explain(pattern, shown)
        report.error("R302", node.span, message, help_text=help_text)
        return None


def pattern_test(pattern: Any, *, is_many: bool) -> Callable[[Any], bool]:
    """Return a test that searches anywhere, in any of several texts."""
    if is_many:
        return lambda values: any(_searches(pattern, value) for value in values)
    return lambda value: _searches(pattern, value)


def part_test(part: str, *, is_many: bool) -> Callable[[Any], bool]:
    """Return a test for a part of the text, or of any of several texts."""
    wanted = fold(part)
    if is_many:
        return lambda values: any(wanted in fold(value) for value in values)
    return lambda value: wanted in fold(value)


def member_test(
    holds: Callable[[str], bool], *, sigil: str, is_many: bool, is_negative: bool
) -> Callable[[Any], bool]:
    """Return a test of whole values; ``sigil`` in front of a value makes no difference."""
    if not sigil and not is_many:
        return lambda value: holds(fold(value)) != is_negative

    def one(value: str) -> bool:
        folded = fold(value)
        if holds(folded):
            return True
        return bool(sigil) and holds(folded[1:] if folded.startswith(sigil) else f"{sigil}{folded}")

    if is_many:
        return lambda values: any(one(value) for value in values) != is_negative
    return lambda value: one(value) != is_negative


def order_test(name: str, limit: Any) -> Callable[[Any], bool]:
    """Return a comparison with a fixed limit."""
    compare = _ORDER[name]
    return lambda value: compare(value, limit)


def read_value(node: Node, kind: FieldKind, report: Report) -> Any:
    """Return an operand in the field's own type; None where it cannot be one (reported)."""
    if node.is_faulty or node.is_mapping or node.is_list or node.value is None:
        if not node.is_faulty:
            report.error("R106", node.span, f"one value is wanted here, not {kind_of(node)}")
        return None
    written = text_of(node)
    if kind in (FieldKind.TEXT, FieldKind.TEXTS):
        return written
    is_flag = kind is FieldKind.FLAG and isinstance(node.value, bool)
    if is_flag or (kind is FieldKind.NUMBER and is_number(node)):
        return node.value
    if kind is FieldKind.INSTANT:
        try:
            return parse_instant(written if "T" in written else f"{written}T00:00:00Z")
        except ValueError as error:
            report.error("R108", node.span, str(error))
            return None
    help_text = flag_help(written) if kind is FieldKind.FLAG else ""
    report.error("R108", node.span, f"'{written[:60]}' is not {kind.value}", help_text=help_text)
    return None


def read_score(node: Node, report: Report) -> float | None:
    """Return a score from 0 to 1, or written as a percentage; None where it is none (reported)."""
    if is_number(node):
        return float(node.value)
    written = "" if node.is_mapping or node.is_list else text_of(node)
    try:
        return parse_share(written)
    except ValueError:
        seen = kind_of(node)
        report.error("R108", node.span, f"a score is a number from 0 to 1, not {seen}")
        return None


def is_number(node: Node) -> bool:
    """Say whether the node is a number, unquoted."""
    return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def _searches(pattern: Any, text: str) -> bool:
    try:
        return pattern.search(text) is not None
    except UnicodeEncodeError:  # a lone surrogate, which JSON can carry
        return pattern.search(text.encode("utf-8", "replace").decode("utf-8")) is not None


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


def _wildcards(entries: list[str]) -> tuple[Any, ...]:
    signs = {"*": ".*", "?": "."}
    options = ["".join(signs.get(sign, re2.escape(sign)) for sign in entry) for entry in entries]
    batches = [options[at : at + _BATCH] for at in range(0, len(options), _BATCH)]
    return tuple(re2.compile(f"(?s)^(?:{'|'.join(one)})$", _options()) for one in batches)


def _explain(pattern: str, reason: str) -> tuple[str, str]:
    if re.search(r"\(\?(?:<?[=!])", reason):
        return (
            f"look-around is not part of patterns: {reason}",
            "patterns run in time linear in the text; combine two conditions with all and not",
        )
    if re.search(r"escape sequence: \\[1-9]|\\k|\(\?P$|\(\?P=", reason):
        return (
            f"back-references are not part of patterns: {reason}",
            "patterns run in time linear in the text; write the repetition out",
        )
    return f"pattern '{pattern[:60]}' is not valid: {reason}", ""
