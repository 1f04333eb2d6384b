"""How rules over time stand at a moment: what their windows measure, and how far they ever came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.policy.over_time import Window
from engine.proving.alerts import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from engine.decision import Firing
    from engine.policy import Facts, Rule
    from engine.windows import WindowState

    Peaks = Mapping[tuple[str, str], tuple[float, datetime]]


class Measured(Protocol):
    """One measure of a window as it stands; see `engine.windows`."""

    @property
    def name(self) -> str:
        """What is measured: ``count``, ``distinct author.id``."""
        ...

    @property
    def value(self) -> float | None:
        """The value; None where it cannot be told."""
        ...

    @property
    def wanted(self) -> Mapping[str, float]:
        """Its limits by name."""
        ...

    @property
    def held(self) -> bool | None:
        """Whether they are kept; None where that cannot be told."""
        ...


class View(Protocol):
    """How a rule over time stands for one key; see `engine.windows`."""

    @property
    def key(self) -> Mapping[str, Any]:
        """What its state is kept by."""
        ...

    @property
    def measured(self) -> Sequence[Measured]:
        """Every measure; empty where it measures nothing."""
        ...

    @property
    def firing(self) -> Firing | None:
        """What it fires for; None where it does not."""
        ...


def look(state: WindowState, rule: Rule, facts: Facts) -> list[View]:
    """Return how a rule stands for the keys of a mention."""
    found = getattr(state, "look", None)
    return [] if found is None else list(found(rule.policy, rule.id, facts))


def peaks(state: WindowState) -> Peaks:
    """Return by policy and rule the highest that a window's first measure ever was, and when."""
    found = getattr(state, "peaks", None)
    made: Peaks = {} if found is None else found()
    return made


def firing_now(state: WindowState, policy: str, rule: str) -> Iterable[Firing]:
    """Return what a rule fires for."""
    found = getattr(state, "firing", None)
    made: Iterable[Firing] = () if found is None else found(policy, rule)
    return made


def asked(name: str, wanted: Mapping[str, float]) -> str:
    """Return a measure with its limits as one text: ``count at_least 30``."""
    return " ".join([name, *(f"{limit} {number(value):g}" for limit, value in wanted.items())])


def having_text(rule: Rule) -> str:
    """Return what a rule over time asks beside which mentions count, as one short text."""
    what = rule.over_time
    if not isinstance(what, Window):
        return "" if what is None else type(what).__name__.lower()
    parts = [
        asked(f"{one.kind} {one.subject}" if one.subject else one.kind, one.limits)
        for one in what.having.measures()
    ]
    return f"having {', '.join(parts)}"


def how_far(rule: Rule, found: Peaks) -> tuple[str, datetime] | None:
    """Return how far the first measure of a window ever came, in words, and when."""
    what, peak = rule.over_time, found.get((rule.policy, rule.id))
    if peak is None or not isinstance(what, Window):
        return None
    first = next(what.having.measures())
    value = f"{number(peak[0]):g}"
    wanted = next(
        (first.limits[name] for name in ("at_least", "more_than") if name in first.limits), None
    )
    if wanted is None:
        return f"{first.kind} came to {value}", peak[1]
    return f"{first.kind} reached {value} of {number(wanted):g}", peak[1]
