"""What can be claimed of one mention, and formulas of such claims.

A claim about a value says nothing where the value is absent: a formula always pairs it with
`Present`, so either answer may be assumed there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.policy.text_query.tree import Phrase, Term


@dataclass(frozen=True, slots=True)
class Present:
    """The subject (a field's path or a task) is there; of several texts, at least one is."""

    subject: str


@dataclass(frozen=True, slots=True)
class Among:
    """The value is one of these, folded; a sign that makes no difference is left out."""

    subject: str
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Above:
    """The value is at least the limit, or more than it where ``is_strict``."""

    subject: str
    limit: Any
    is_strict: bool


@dataclass(frozen=True, slots=True)
class Fits:
    """A field operator of a text query fits: ``lang:fr``; wildcards allowed."""

    subject: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claim:
    """Anything else, known by its key alone.

    Attributes:
        test: Says of one folded value whether the claim holds of it; None where nobody can.
        shows_presence: It holds only of what is there (of several texts, of one of them).
    """

    subject: str
    key: tuple[Any, ...]
    test: Callable[[str], bool] | None = field(default=None, compare=False)
    shows_presence: bool = False


@dataclass(frozen=True, slots=True)
class HasAny:
    """The text holds one of these.

    Attributes:
        words: Folded, each to be met whole.
        others: Wildcards, marked or exact words, phrases.
    """

    words: frozenset[str]
    others: frozenset[Term | Phrase] = frozenset()


@dataclass(frozen=True, slots=True)
class Stands:
    """A NEAR holds.

    Attributes:
        key: Equal for equal NEARs.
        needs: What the text then surely holds.
    """

    key: tuple[Any, ...]
    needs: tuple[HasAny, ...] = field(default=(), compare=False)


Atom = Present | Among | Above | Fits | Claim | HasAny | Stands


@dataclass(frozen=True, slots=True)
class Literal:
    """A claim, or its opposite."""

    atom: Atom
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; without parts, nothing is asked."""

    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """One part holds; without parts, nothing can."""

    parts: tuple[Formula, ...] = ()


Formula = Literal | Every | Some
ALWAYS = Every()
NEVER = Some()


def every(parts: Iterable[Formula]) -> Formula:
    """Join formulas that must all hold, as flat as may be."""
    found: list[Formula] = []
    for part in parts:
        if part == NEVER:
            return NEVER
        found += part.parts if isinstance(part, Every) else (part,)
    found = _with_one_group(found, holds=False)
    return found[0] if len(found) == 1 else Every(tuple(found))


def some(parts: Iterable[Formula]) -> Formula:
    """Join formulas of which one must hold, as flat as may be."""
    found: list[Formula] = []
    for part in parts:
        if part == ALWAYS:
            return ALWAYS
        found += part.parts if isinstance(part, Some) else (part,)
    found = _with_one_group(found, holds=True)
    return found[0] if len(found) == 1 else Some(tuple(found))


def _with_one_group(parts: list[Formula], *, holds: bool) -> list[Formula]:
    """Return the parts with their groups of words as one: one of all, or none of all."""
    groups: list[HasAny] = []
    rest: list[Formula] = []
    for part in parts:
        if isinstance(part, Literal) and isinstance(part.atom, HasAny) and part.holds is holds:
            groups.append(part.atom)
        else:
            rest.append(part)
    if len(groups) <= 1:
        return parts
    words: frozenset[str] = frozenset().union(*(group.words for group in groups))
    others: frozenset[Term | Phrase] = frozenset().union(*(group.others for group in groups))
    return [Literal(HasAny(words, others), holds), *rest]


def negated(formula: Formula) -> Formula:
    """Return the formula that holds exactly where this one does not."""
    if isinstance(formula, Literal):
        return Literal(formula.atom, not formula.holds)
    if isinstance(formula, Every):
        return some(negated(part) for part in formula.parts)
    return every(negated(part) for part in formula.parts)
