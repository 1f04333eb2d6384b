"""Conditions as formulas: when a condition is true, and when it is false."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.policy.condition import AnyOf, FieldLeaf, LabelLeaf, Not, QueryLeaf
from engine.policy.fields import FieldKind, fold
from engine.policy.needs import Limit
from engine.policy.operators import NEGATIVE, WordList
from engine.policy.reasoning.claims import (
    ALWAYS,
    NEVER,
    Above,
    Among,
    Claim,
    Literal,
    Present,
    every,
    negated,
    some,
)
from engine.policy.reasoning.context import SCORE
from engine.policy.reasoning.queries import query_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.policy.condition import Condition, LeafBase
    from engine.policy.fields import Field
    from engine.policy.reasoning.claims import Formula

_ALWAYS_THERE = frozenset({"id", "source", "external_id", "kind", "text", "published_at"})
_NEVER_NONE = _ALWAYS_THERE | {"links", "hashtags"}  # of several texts: none of them is no text
_LARGEST = 2_000  # nodes of a condition
_MOST_VALUES = 50
_WHOLE = frozenset({"is", "is_not", "in", "not_in", "any_in"})
_BOUNDS = frozenset({"at_least", "more_than", "at_most", "less_than"})


@dataclass(slots=True)
class Builder:
    """Makes formulas of one policy's conditions; what was made once is kept.

    Attributes:
        lists: The policy's lists; None for one at fault.
    """

    lists: Mapping[str, WordList | None]
    _list_keys: dict[str, str] = field(default_factory=dict)
    _made: dict[int, tuple[Condition, Formula, Formula]] = field(default_factory=dict)

    def when_true(self, condition: Condition) -> Formula | None:
        """Return what holds exactly where the condition is true; None where it is too large."""
        return None if condition.size > _LARGEST else self._both(condition)[0]

    def _both(self, condition: Condition) -> tuple[Formula, Formula]:
        kept = self._made.get(id(condition))
        if kept is None:
            # With the condition itself, so that its id stays its own.
            kept = self._made[id(condition)] = (condition, *self._make(condition))
        return kept[1], kept[2]

    def list_key(self, words: WordList) -> str:
        """Return what is equal for lists of equal entries, whatever the policy."""
        if words.name not in self._list_keys:
            written = "\x1f".join(sorted(set(words.entries))).encode("utf-8", "surrogatepass")
            self._list_keys[words.name] = hashlib.sha256(written).hexdigest()
        return self._list_keys[words.name]

    def _make(self, condition: Condition) -> tuple[Formula, Formula]:
        if isinstance(condition, QueryLeaf):
            query = condition.query
            made = NEVER if query is None else query_formula(query.root)
            return made, negated(made)
        if isinstance(condition, (FieldLeaf, LabelLeaf)):
            return _Leaf(condition, self).both()
        parts = [self._both(part) for part in condition.parts]
        if isinstance(condition, Not):
            (true, false) = parts[0]
            return (negated(true) if condition.is_lenient else false), true
        if isinstance(condition, AnyOf):
            return some(true for true, _ in parts), every(false for _, false in parts)
        return every(true for true, _ in parts), some(false for _, false in parts)


class _Leaf:
    """Makes the formulas of one leaf."""

    def __init__(self, leaf: FieldLeaf | LabelLeaf, builder: Builder) -> None:
        self._leaf: LeafBase = leaf
        self._field: Field | None = leaf.field if isinstance(leaf, FieldLeaf) else None
        self._builder = builder
        self._subject = leaf.subject

    def both(self) -> tuple[Formula, Formula]:
        there = self._presence(_ALWAYS_THERE)
        readable = self._presence(_NEVER_NONE)
        tests = every(self._tests())
        failed = negated(tests)
        exists = self._leaf.exists
        if exists is None:
            return every((readable, tests)), every((readable, failed))
        if exists:
            return every((there, tests)), some((negated(there), failed))
        if not self._leaf.tests:
            return negated(there), there
        true = every((negated(there), readable, tests))
        return true, some((there, every((readable, failed))))

    def _presence(self, certain: frozenset[str]) -> Formula:
        return ALWAYS if self._subject in certain else Literal(Present(self._subject))

    @property
    def _is_many(self) -> bool:
        return self._field is not None and self._field.kind is FieldKind.TEXTS

    def _tests(self) -> Iterator[Formula]:
        leaf = self._leaf
        if leaf.only is not None:
            yield self._among(leaf.only)
        if leaf.never:
            yield negated(self._among(leaf.never))
        for need in leaf.needs:
            if isinstance(need, Limit):
                yield self._bound(need.operator, need.limit)
        if isinstance(leaf.wanted, dict):
            asked = leaf.wanted
        else:
            asked = {"is": leaf.wanted} if leaf.tests else {}
        for name, operand in asked.items():
            if name in _BOUNDS or name == "exists":
                continue
            if name not in _WHOLE or self._is_many or self._is_wild(name, operand):
                yield self._claim(name, operand)

    def _is_wild(self, name: str, operand: Any) -> bool:
        """Say as the reader does whether entries are patterns: then ``only`` tells nothing."""
        if name in ("is", "is_not") or self._field is None:
            return False
        return any(isinstance(one, str) and set(one) & {"*", "?"} for one in operand)

    def _among(self, values: frozenset[str]) -> Formula:
        if self._field is not None and self._field.kind is FieldKind.NUMBER:
            return Literal(Among(self._subject, frozenset(map(_number, values))))
        sigil = "" if self._field is None else self._field.sigil
        if sigil and any(value.startswith(sigil) for value in values):
            # A doubled sign: two spellings of one value would be taken for two.
            return Literal(Claim(self._subject, ("odd", id(self._leaf), values)))
        return Literal(Among(self._subject, values))

    def _bound(self, name: str, limit: Any) -> Formula:
        is_label = self._field is None
        subject = f"{self._subject}{SCORE}" if is_label else self._subject
        if isinstance(limit, float) and math.isnan(limit):
            return Literal(Claim(subject, ("odd", id(self._leaf), name)))
        is_lower = name in ("at_least", "more_than")
        is_strict = name in ("more_than", "at_most")
        return Literal(Above(subject, limit, is_strict), is_lower)

    def _claim(self, name: str, operand: Any) -> Formula:
        holds = name not in NEGATIVE
        if name in ("in_list", "not_in_list", "any_in_list"):
            made: Formula = self._listed(str(operand))
        elif name == "matches":
            made = self._opaque(("matches", operand), None)
        elif name == "contains":
            made = self._contains(operand)
        else:
            made = self._members(name, operand if isinstance(operand, list) else [operand])
        return made if holds else negated(made)

    def _opaque(self, key: tuple[Any, ...], test: Callable[[str], bool] | None) -> Literal:
        # What is no text as it stands here may have been written in two ways.
        if not all(isinstance(part, (str, frozenset)) for part in key):
            key = ("odd", id(self._leaf), *map(str, key))
        return Literal(Claim(self._subject, key, test, shows_presence=self._is_many))

    def _contains(self, part: Any) -> Literal:
        if not isinstance(part, str):
            return self._opaque(("contains", part), None)
        wanted = fold(part)
        has_sigil = self._field is not None and bool(self._field.sigil)
        return self._opaque(
            ("contains", wanted), None if has_sigil else lambda value: wanted in value
        )

    def _members(self, name: str, values: list[Any]) -> Formula:
        if not all(isinstance(value, str) for value in values):
            return self._opaque(("odd", None), None)
        folded = frozenset(map(fold, values))
        if self._is_wild(name, values):
            return self._opaque(("wild", folded), self._member(WordList.of("", values).holds))
        if len(folded) > _MOST_VALUES:
            return self._opaque(("any", folded), None)
        sigil = "" if self._field is None else self._field.sigil
        return some(self._opaque(("one", one.removeprefix(sigil)), None) for one in folded)

    def _listed(self, name: str) -> Formula:
        words = self._builder.lists.get(name)
        if words is None or not words.entries:
            return self._opaque(("list", name), None)
        sigil = "" if self._field is None else self._field.sigil
        bare = frozenset(word.removeprefix(sigil) for word in words.exact)
        is_odd = bool(sigil) and any(word.startswith(sigil) for word in bare)
        if words.wild or is_odd or self._is_many:
            key = ("list", self._builder.list_key(words))
            return self._opaque(key, self._member(words.holds))
        return Literal(Among(self._subject, bare))

    def _member(self, holds: Callable[[str], bool]) -> Callable[[str], bool]:
        sigil = "" if self._field is None else self._field.sigil
        return lambda value: holds(value) or (bool(sigil) and holds(f"{sigil}{value}"))


def _number(text: str) -> float:
    """Return a number as it was before it became text; whole numbers stay exact."""
    try:
        return int(text)
    except ValueError:
        return float(text)
