"""How each measure of a window is fed from mentions and read: one meter a measure of a rule.

A meter is what the rule says, made once; what it makes for a key is a state of one of the
`engine.windows.aggregates`, or of the spike and emerging meters beside this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from engine.policy.shapes_windows import Bound
from engine.windows.aggregates import (
    SlidingCount,
    SlidingDistinct,
    SlidingPercentile,
    SlidingShare,
    SlidingSum,
)
from engine.windows.keys import identity_of, values_of
from engine.windows.life import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.policy import Facts
    from engine.policy.over_time import Measure


class Seen(NamedTuple):
    """A mention on its way into a window.

    Attributes:
        at: Microseconds of event time.
        bucket: The window's, which holds that instant.
        counts: Whether the rule counts it; where not, it is seen as part of the whole.
    """

    facts: Facts
    at: int
    bucket: int
    counts: bool


class Meter(Protocol):
    """Feeds and reads one measure.

    Attributes:
        name: ``count``, ``distinct author.id``: as explanations show it.
        limits: What it must reach.
        sees_all: Whether it is fed with the mentions of the key that do not count, too.
        keeps_past: Whether its state outlives an empty window.
        falls: Whether it may come to hold without a mention that counts.
    """

    name: str
    limits: Limits
    sees_all: bool
    keeps_past: bool
    falls: bool

    def make(self) -> Any:
        """Return the state of a new key."""
        ...

    def resume(self, piece: Any) -> Any:
        """Return the state that a snapshot describes.

        Raises:
            ValueError: The piece is no snapshot of such a state.
        """
        ...

    def feed(self, state: Any, seen: Seen, /) -> None:
        """Let a mention count."""
        ...

    def value(self, state: Any) -> float | None:
        """Return what is measured; None where it cannot be told."""
        ...

    def may_rise(self, state: Any, /) -> bool:
        """Say whether it may come to hold by mentions leaving the window alone."""
        ...

    def next_due(self, state: Any, /) -> int | None:
        """Return when the state changes by itself, in microseconds; None for never."""
        ...

    def advance(self, state: Any, at: int, /, *, frozen: bool) -> None:
        """Let time come to ``at``; nothing is learnt of what is usual while ``frozen``."""
        ...


class _Plain:
    """What meters without a past of their own share."""

    sees_all = False
    keeps_past = False

    def __init__(self, measure: Measure) -> None:
        self.limits = Limits.of(measure.limits)
        self.falls = bool(self.limits.ceilings)
        subject = "" if measure.subject is None else f" {measure.subject}"
        self.name = f"{measure.kind}{subject}"

    def value(self, state: Any) -> float | None:
        """Return what the state reads."""
        found: float | None = state.reading()
        return found

    def may_rise(self, _state: Any) -> bool:
        """Say whether a ceiling may come to be kept."""
        return self.falls

    def next_due(self, _state: Any) -> int | None:
        """Return None: only what leaves changes it."""
        return None

    def advance(self, state: Any, at: int, *, frozen: bool) -> None:
        """Do nothing."""


class CountMeter(_Plain):
    """How many mentions count."""

    make = staticmethod(SlidingCount)
    resume = staticmethod(SlidingCount.resume)

    def feed(self, state: Any, seen: Seen) -> None:
        """Count one."""
        if seen.counts:
            state.add(seen.bucket, None)


class DistinctMeter(_Plain):
    """How many different values a field or task has among the mentions that count."""

    make = staticmethod(SlidingDistinct)
    resume = staticmethod(SlidingDistinct.resume)

    def __init__(self, measure: Measure) -> None:
        super().__init__(measure)
        name = measure.subject or ""
        self._values, self._same = values_of(name), identity_of(name)

    def feed(self, state: Any, seen: Seen) -> None:
        """Add the mention's values; where it has none, nothing."""
        if seen.counts:
            for value in self._values(seen.facts):
                state.add(seen.bucket, str(self._same(value)))


class SumMeter(_Plain):
    """The sum of a number; where it is absent it adds nothing."""

    make = staticmethod(SlidingSum)
    resume = staticmethod(SlidingSum.resume)

    def __init__(self, measure: Measure) -> None:
        super().__init__(measure)
        self._values = values_of(measure.subject or "")

    def feed(self, state: Any, seen: Seen) -> None:
        """Add the mention's number."""
        if seen.counts:
            for value in self._values(seen.facts):
                state.add(seen.bucket, value)


class PercentileMeter(SumMeter):
    """A percentile of a number."""

    def __init__(self, measure: Measure) -> None:
        super().__init__(measure)
        self.falls = True
        self._rank = measure.rank or 0.0
        self.name += f" {self._rank:.0%}"

    def make(self) -> Any:
        """Return an empty one of the rank."""
        return SlidingPercentile(self._rank)

    def resume(self, piece: Any) -> Any:
        """Return the one a snapshot describes."""
        return SlidingPercentile.resume(piece)

    def may_rise(self, _state: Any) -> bool:
        """Say yes: low values may leave."""
        return True


class ShareMeter(_Plain):
    """The mentions that count as a share of all of the key, or of those a condition holds for.

    A mention that counts and is not of the whole is left out, so that a share is one.
    """

    sees_all = True
    make = staticmethod(SlidingShare)
    resume = staticmethod(SlidingShare.resume)

    def __init__(self, measure: Measure) -> None:
        super().__init__(measure)
        self._of, self._min_total, self._bound = measure.of, measure.min_total, measure.bound
        if measure.bound is not None:
            self.name += f" ({measure.bound.value} bound)"

    def feed(self, state: Any, seen: Seen) -> None:
        """Count the mention in the whole, and in the part where it counts."""
        if self._of is None or self._of.evaluate(seen.facts) is True:
            state.add(seen.bucket, (seen.counts, True))

    def value(self, state: Any) -> float | None:
        """Return the share, or the end of its interval; None under the least total."""
        if not state.whole or state.whole < self._min_total:
            return None
        found: float | None
        if self._bound is None:
            found = state.reading()
        else:
            found = state.lower() if self._bound is Bound.LOWER else state.upper()
        return found

    def may_rise(self, state: Any) -> bool:
        """Say whether there is a share at all: what leaves may be of the whole alone."""
        return bool(state.whole) and state.whole >= self._min_total


METERS: dict[str, Callable[[Measure], Meter]] = {
    "count": CountMeter,
    "distinct": DistinctMeter,
    "sum": SumMeter,
    "percentile": PercentileMeter,
    "share": ShareMeter,
}
