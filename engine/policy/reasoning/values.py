"""What is known of one subject's value, and whether any value is left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.policy.reasoning.claims import Above, Among, Claim, Fits
from engine.policy.text_query.folding import fold
from engine.policy.text_query.wildcards import is_wild, wildcard

if TYPE_CHECKING:
    from engine.policy.reasoning.claims import Literal

Limit = tuple[Any, bool]  # the limit, and whether it is itself outside


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a subject may still have.

    Attributes:
        allowed: Those it may have at most; None where nothing says so.
        refused: Those it may not have.
        low: Lower limit.
        high: Upper limit.
        tests: Fits and claims that it must pass (True) or fail (False).
    """

    allowed: frozenset[Any] | None = None
    refused: frozenset[Any] = frozenset()
    low: Limit | None = None
    high: Limit | None = None
    tests: tuple[tuple[Fits | Claim, bool], ...] = ()

    def narrowed(self, literal: Literal) -> Values:
        """Return what is left once a claim holds, or does not."""
        atom, holds = literal.atom, literal.holds
        if isinstance(atom, Among):
            if not holds:
                return replace(self, refused=self.refused | atom.values)
            left = atom.values if self.allowed is None else self.allowed & atom.values
            return replace(self, allowed=left)
        if isinstance(atom, Above):
            if holds:
                limit = (atom.limit, atom.is_strict)
                return self if _is_inside(limit, self.low, 1) else replace(self, low=limit)
            limit = (atom.limit, not atom.is_strict)
            return self if _is_inside(limit, self.high, -1) else replace(self, high=limit)
        assert isinstance(atom, (Fits, Claim))  # noqa: S101 - the rest is not about values
        return replace(self, tests=(*self.tests, (atom, holds)))

    def is_empty(self) -> bool:
        """Say whether no value is left; False also where nobody can tell."""
        if self.low is not None and self.high is not None:
            (low, low_out), (high, high_out) = self.low, self.high
            if low > high or (low == high and (low_out or high_out or low in self.refused)):
                return True
        if self.allowed is not None:
            return not any(self._is_left(value) for value in self.allowed - self.refused)
        return self._has_disjoint_fits()

    def left(self) -> frozenset[Any] | None:
        """Return the values left where they can be counted."""
        if self.allowed is None:
            return None
        return frozenset(value for value in self.allowed - self.refused if self._is_left(value))

    def _is_left(self, value: Any) -> bool:
        if isinstance(value, (int, float)):
            if self.low is not None and not _reaches(value, self.low, 1):
                return False
            if self.high is not None and not _reaches(value, self.high, -1):
                return False
        if not isinstance(value, str):
            return True
        for atom, holds in self.tests:
            if isinstance(atom, Fits):
                seen = fits(atom, value)
            elif atom.test is not None:
                seen = atom.test(value)
            else:
                continue
            if seen != holds:
                return False
        return True

    def _has_disjoint_fits(self) -> bool:
        held = [atom for atom, holds in self.tests if holds and isinstance(atom, Fits)]
        sets = [
            frozenset(map(_base, atom.values)) if atom.subject == "language" else atom.values
            for atom in held
            if not any(map(is_wild, atom.values))
        ]
        return len(sets) > 1 and not frozenset.intersection(*sets)


def fits(atom: Fits, value: str) -> bool:
    """Say whether a field operator of a query fits a field's folded value."""
    seen = [fold(value)]
    if atom.subject == "language":
        language = seen[0].replace("_", "-")
        seen = [language, _base(language)]
    elif atom.subject == "author.handle":
        seen = [fold(value.strip()).lstrip("@\uff20")]
    return any(
        any(wildcard(one).fits(each) for each in seen) if is_wild(one) else one in seen
        for one in atom.values
    )


def _base(language: str) -> str:
    return language.partition("-")[0]


def _reaches(value: Any, limit: Limit, sign: int) -> bool:
    bound, is_out = limit
    if value == bound:
        return not is_out
    return bool(value > bound) if sign > 0 else bool(value < bound)


def _is_inside(limit: Limit, known: Limit | None, sign: int) -> bool:
    """Say whether a limit adds nothing to the one that is known."""
    if known is None:
        return False
    if limit[0] == known[0]:
        return known[1] or not limit[1]
    return bool(limit[0] < known[0]) if sign > 0 else bool(limit[0] > known[0])
