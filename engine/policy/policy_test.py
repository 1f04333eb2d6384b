"""A test of policies, once read: mentions on a virtual clock, and what is expected of them."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from engine.problem import Span

NUMBER = re.compile(r"\{\{\s*i\s*(?:(//|[%+*-])\s*(\d{1,9})\s*)?\}\}")
"""Where a text shows the number of the mention: ``{{ i }}``, ``{{ i % 7 }}``."""
_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
    "//": operator.floordiv,
}


@dataclass(frozen=True, slots=True)
class Given:
    """Mentions that arrive one after the other.

    Attributes:
        place: Which of the test's it is, from 1.
        mention: As JSON, without its time; texts may show their number.
    """

    place: int
    at: timedelta
    every: timedelta
    times: int
    mention: Mapping[str, Any]
    span: Span

    def numbered(self, number: int) -> dict[str, Any]:
        """Return the JSON of the mention of a number, from 0."""
        filled: dict[str, Any] = _fill(self.mention, number)
        return filled


def _fill(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return NUMBER.sub(lambda found: str(_value(found, number)), value)
    if isinstance(value, dict):
        return {key: _fill(one, number) for key, one in value.items()}
    return [_fill(one, number) for one in value] if isinstance(value, list) else value


def _value(found: re.Match[str], number: int) -> int:
    symbol, operand = found.group(1), int(found.group(2) or 0)
    if symbol is None or (symbol in ("%", "//") and not operand):
        return number
    return _OPERATORS[symbol](number, operand)


@dataclass(frozen=True, slots=True)
class TestSilence:
    """A rule held back for a time, from the test's clock on."""

    __test__ = False

    rule: str
    since: timedelta
    until: timedelta
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must come of a test.

    Attributes:
        kind: ``firing action never suppressed rule incident told``.
        names: What it names: rules, people, or one action's kind.
        times: Exactly so often; None for at least once.
        rule: Only what this rule does counts; None for all.
        by: The reason of what is held back, or a chain.
    """

    kind: str
    names: tuple[str, ...]
    span: Span
    at: timedelta | None = None
    times: int | None = None
    rule: str | None = None
    do: str | None = None
    by: str | None = None
    state: str | None = None

    @property
    def text(self) -> str:
        """The expectation in words, for the name of its case."""
        shown = ", ".join(self.names) or "none"
        parts = [f"{self.kind} {shown}"]
        parts += [
            f"{name} {value}"
            for name in ("do", "rule", "state", "by", "times")
            if (value := getattr(self, name)) is not None and (name, self.kind) != ("rule", "rule")
        ]
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test.

    Attributes:
        clock: Aware UTC: when it begins.
        brand: Of mentions that name none; None leaves them without.
    """

    name: str
    clock: datetime
    given: tuple[Given, ...]
    silences: tuple[TestSilence, ...]
    expectations: tuple[Expectation, ...]
    span: Span
    brand: str | None = None
