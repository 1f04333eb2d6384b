"""How far event time has come, source by source, and what arrives too late for a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.windows.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

LATENESS = 120 * SECOND
IDLE = 300 * SECOND


class Watermark:
    """No mention earlier than this is waited for.

    Each source has come as far as its latest mention. Time has come as far as the slowest source
    that is not idle; one is idle when it lies more than `IDLE` behind the furthest, and then holds
    nobody up. It depends on nothing but the mentions and their order, so a replay has the same.

    Args:
        lateness: Microseconds by which a mention may lie behind its source and still count.

    Attributes:
        at: Microseconds since the epoch; None before the first mention. Never goes back.
        furthest: The latest mention of all; None before the first.
    """

    __slots__ = ("_arrived", "_lateness", "_reached", "at", "furthest")

    def __init__(self, lateness: int = LATENESS) -> None:
        self._lateness = lateness
        self._reached: dict[str, int] = {}
        self.furthest: int | None = None
        self._arrived: int | None = None
        self.at: int | None = None

    def is_late(self, source: str, at: int) -> bool:
        """Say whether a mention lies too far behind the latest of its source."""
        reached = self._reached.get(source)
        return reached is not None and at < reached - self._lateness

    def meet(self, source: str, at: int, *, arrived: int | None = None) -> None:
        """Let a source's mention move time.

        Args:
            arrived: When it arrived by the runner's clock; None where that is not known.
        """
        if self.furthest is None or at > self.furthest:
            self.furthest, self._arrived = at, arrived
        reached = self._reached.get(source)
        if reached is not None and at <= reached:
            return
        self._reached[source] = at
        slowest = min(self._reached.values())
        furthest = max(self._reached.values())
        if slowest < furthest - IDLE:
            slowest = min(one for one in self._reached.values() if one >= furthest - IDLE)
        self.move_to(slowest)

    def by_clock(self, now: int) -> int | None:
        """Return how far time has come by the runner's clock while nothing arrives.

        It goes on from the latest mention as the clock goes on from its arrival, less the lateness
        allowed: so a stream that is replayed years later is not taken to be years late.
        """
        if self.furthest is None or self._arrived is None:
            return None
        return self.furthest + max(0, now - self._arrived) - self._lateness

    def move_to(self, at: int) -> None:
        """Let time come to ``at`` although nothing arrived; it never goes back."""
        if self.at is None or at > self.at:
            self.at = at

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "at": self.at,
            "reached": dict(sorted(self._reached.items())),
            "furthest": self.furthest,
            "arrived": self._arrived,
        }

    def resume(self, piece: Mapping[str, Any]) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: The piece is no snapshot of a watermark.
        """
        try:
            at = piece["at"]
            self._reached = {str(name): int(one) for name, one in piece["reached"].items()}
            self.furthest, self._arrived = piece["furthest"], piece["arrived"]
            self.at = None if at is None else int(at)
        except (KeyError, TypeError, AttributeError) as error:
            message = f"this is no snapshot of a watermark: {error!r}"
            raise ValueError(message) from error
