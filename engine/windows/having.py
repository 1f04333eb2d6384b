"""Whether what a window measures is what its rule asks for, and what keeps it open."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from engine.policy.over_time import Having

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.windows.meters import Meter

    Values = Sequence[float | None]
    Test = Callable[[Values], bool | None]


class HavingTree:
    """A window's `having` over the values of its measures, in their order.

    A measure that cannot be told (a share of too few) does not hold, nor does the `not` of it.

    Args:
        below: Share of its own threshold that no measure may reach for the rule to resolve.

    Attributes:
        names: A name for each measure, all different.
        only_counts_up: Whether it can come to hold by a mention that counts alone.
    """

    def __init__(self, having: Having, meters: Sequence[Meter], below: float) -> None:
        self._meters = tuple(meters)
        self.names = _names([meter.name for meter in meters])
        self._plain: list[int] = []
        self._test = self._build(having, count(), is_negated=False)
        self._has_not = len(self._plain) < len(self._meters)
        # A `below` of nothing is refused when the policy is read.
        self._below = below
        self.only_counts_up = not self._has_not and not any(
            meter.sees_all or meter.keeps_past or meter.falls for meter in self._meters
        )

    def holds(self, values: Values) -> bool:
        """Say whether it holds."""
        return self._test(values) is True

    def is_low(self, values: Values) -> bool:
        """Say whether no measure reaches its share; below a `not`, whether the whole fails."""
        for at in self._plain:
            if self._meters[at].limits.reached(values[at], self._below):
                return False
        return not (self._has_not and self.holds(values))

    def may_rise(self, states: Sequence[Any]) -> bool:
        """Say whether it may come to hold by mentions leaving the window alone."""
        return self._has_not or any(
            meter.may_rise(one) for meter, one in zip(self._meters, states, strict=True)
        )

    def _build(self, node: Having, places: Iterator[int], *, is_negated: bool) -> Test:
        is_not = node.combiner == "not"
        tests: list[Test] = []
        for part in node.parts:
            if isinstance(part, Having):
                tests.append(self._build(part, places, is_negated=is_negated or is_not))
                continue
            at = next(places)
            if not (is_negated or is_not):
                self._plain.append(at)
            tests.append(_reached(at, self._meters[at].limits.reached))
        return _COMBINED[node.combiner](tests)


def _reached(at: int, reached: Callable[[float | None], bool]) -> Test:
    return lambda values: None if values[at] is None else reached(values[at])


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(values: Values) -> bool | None:
        held = [one(values) for one in tests]
        return False if False in held else None if None in held else True

    return test


def _any(tests: Sequence[Test]) -> Test:
    def test(values: Values) -> bool | None:
        held = [one(values) for one in tests]
        return True if True in held else None if None in held else False

    return test


def _not(tests: Sequence[Test]) -> Test:
    inner = _all(tests)

    def test(values: Values) -> bool | None:
        held = inner(values)
        return None if held is None else not held

    return test


_COMBINED = {"all": _all, "any": _any, "not": _not}


def _names(given: Sequence[str]) -> list[str]:
    names: list[str] = []
    for name in given:
        before = sum(one == name or one.startswith(f"{name} #") for one in names)
        names.append(f"{name} #{before + 1}" if before else name)
    return names
