"""The life of one firing: it holds, it enters, it stays low, it resolves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.decision import Phase
from engine.windows.instants import length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.policy.over_time import Window


@dataclass(frozen=True, slots=True)
class Delays:
    """How long a window must hold, and stay low, in microseconds.

    Attributes:
        low: None where the rule resolves as soon as `having` does not hold.
    """

    hold: int
    low: int | None

    @classmethod
    def of(cls, window: Window) -> Delays:
        """Return those of a window."""
        wanted = window.resolve_for
        has_resolve = wanted is not None or window.below < 1
        low = (0 if wanted is None else length(wanted)) if has_resolve else None
        return cls(length(window.lasting), low)


class Happened(NamedTuple):
    """A phase began, when exactly, in the life of the firing that opened at an instant."""

    phase: Phase
    at: int
    opened: int


class Life:
    """Where one key of a windowed rule stands; all instants in microseconds of event time.

    Attributes:
        since: Since when `having` has held without a break; None where it does not.
        opened: When it entered; None while it does not fire.
        low: Since when every measure has been below what keeps it open; None where one is not.
        peak: The highest of the first measure since it entered.
    """

    __slots__ = ("low", "opened", "peak", "since")

    def __init__(self) -> None:
        self.since: int | None = None
        self.opened: int | None = None
        self.low: int | None = None
        self.peak = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is held or open."""
        return self.since is None and self.opened is None

    def judge(self, at: int, delays: Delays, *, holds: bool, is_low: bool) -> list[Happened]:
        """Move on to an instant; return what happened.

        Args:
            at: Not before the instant judged last; every instant at which something might have
                changed in between was judged.
            is_low: Whether no measure reaches what keeps it open; asked only while it fires.
        """
        self.since = (at if self.since is None else self.since) if holds else None
        if self.opened is None:
            if self.since is None or at < self.since + delays.hold:
                return []
            self.opened, self.low, self.peak = self.since + delays.hold, None, 0.0
            return [Happened(Phase.ENTERED, self.opened, self.opened)]
        ended = self._ended(at, delays, holds=holds, is_low=is_low)
        if ended is None:
            return []
        happened = Happened(Phase.RESOLVED, ended, self.opened)
        self.opened = self.low = None
        # What still holds at the very end begins anew from here.
        self.since = at if holds else None
        return [happened]

    def _ended(self, at: int, delays: Delays, *, holds: bool, is_low: bool) -> int | None:
        if delays.low is None:
            return None if holds else at
        if not is_low:
            self.low = None
            return None
        if self.low is None:
            self.low = at
        return self.low + delays.low if at >= self.low + delays.low else None

    def next_due(self, delays: Delays) -> int | None:
        """Return when it would enter or resolve if nothing changed; None where it would not."""
        if self.opened is None:
            return None if self.since is None else self.since + delays.hold
        if self.low is None or delays.low is None:
            return None
        return self.low + delays.low

    def snapshot(self) -> list[Any]:
        """Return it as JSON."""
        return [self.since, self.opened, self.low, self.peak]

    @classmethod
    def resume(cls, piece: list[Any]) -> Life:
        """Return what `snapshot` described."""
        life = cls()
        life.since, life.opened, life.low, life.peak = piece
        return life


@dataclass(frozen=True, slots=True)
class Limits:
    """What one measure must reach, and what keeps it open.

    Attributes:
        floors: Each with whether it is strict (``more_than``).
        ceilings: Each with whether it is strict (``less_than``).
    """

    floors: tuple[tuple[float, bool], ...]
    ceilings: tuple[tuple[float, bool], ...]

    @classmethod
    def of(cls, limits: Mapping[str, float]) -> Limits:
        """Return those of a measure, by name."""
        return cls(
            tuple(
                (limits[name], name == "more_than")
                for name in ("at_least", "more_than")
                if name in limits
            ),
            tuple(
                (limits[name], name == "less_than")
                for name in ("at_most", "less_than")
                if name in limits
            ),
        )

    def reached(self, value: float | None, share: float = 1.0) -> bool:
        """Say whether a value reaches a share of its own thresholds; None never does.

        A ceiling is relaxed the other way: at 50% of ``at_most: 10`` a value of 20 still reaches.
        """
        if value is None:
            return False
        for floor, is_strict in self.floors:
            wanted = floor * share
            if value < wanted or (is_strict and value == wanted):
                return False
        for ceiling, is_strict in self.ceilings:
            allowed = ceiling / share
            if value > allowed or (is_strict and value == allowed):
                return False
        return True
