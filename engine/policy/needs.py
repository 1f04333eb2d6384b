"""What must be true of a leaf's value for the leaf to hold, in the forms that can be looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value, or one of several texts, is among these.

    Attributes:
        values: Texts as `lookup_key` gives them; numbers, flags and instants as they are.
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


def lookup_key(folded: str, sigil: str) -> str:
    """Return what stands for all spellings of a folded text that a leaf holds equal.

    Comparing regards one leading sign as none; here all are, which keeps together what is equal.
    """
    return folded.lstrip(sigil) if sigil else folded
