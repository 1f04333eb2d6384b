"""What must be true of a leaf's value for the leaf to hold, in the forms that can be looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value, or one of several texts, is among these.

    Attributes:
        values: Texts folded, in all their `spellings`; numbers, flags and instants as they are.
    """

    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Limit:
    """The value stands so to a limit.

    Attributes:
        operator: ``at_least``, ``at_most``, ``more_than`` or ``less_than``.
    """

    operator: str
    limit: Any


@dataclass(frozen=True, slots=True)
class Part:
    """The folded value, or one of several, contains this folded text."""

    text: str


Need = OneOf | Limit | Part


def spellings(folded: frozenset[str], sigil: str) -> frozenset[str]:
    """Return every folded text that a leaf holds equal to one of these.

    Comparing makes no difference between a text with one leading sign and without.
    """
    if not sigil:
        return folded
    found = {sigil + text for text in folded} | folded
    bare = {text[1:] for text in folded if text.startswith(sigil)}
    return frozenset(found | {text for text in bare if not text.startswith(sigil)})
