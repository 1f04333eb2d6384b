"""The mutable state of one runner, in pieces small enough to store with every batch."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.decision import Decision

_WATERMARK = "watermark"
_COOLDOWN = "cooldown:"


class WindowState:
    """Which rules are cooling down for which keys, and how far event time has come.

    Attributes:
        watermark: No mention earlier than this is expected; None before the first.
    """

    def __init__(self) -> None:
        self.watermark: datetime | None = None
        self._cooling: dict[tuple[str, str, str], datetime] = {}
        # Every end ever set, the earliest first; one that a later end replaced is passed over.
        self._ends: list[tuple[datetime, tuple[str, str, str]]] = []
        self._changed: dict[tuple[str, str, str], None] = {}
        self._has_moved = False

    @classmethod
    def restore(cls, pieces: Mapping[str, Mapping[str, Any]]) -> WindowState:
        """Return the state that `changes` described, piece by piece, until now.

        Raises:
            ValueError: A piece is not one that `changes` returned.
        """
        state = cls()
        for name, piece in pieces.items():
            if name == _WATERMARK:
                state.watermark = parse_instant(piece["at"])
            elif name.startswith(_COOLDOWN):
                policy, rule, key = json.loads(name.removeprefix(_COOLDOWN))
                state._cool((policy, rule, key), parse_instant(piece["until"]))
            else:
                message = f"{name!r} is no piece of the window state"
                raise ValueError(message)
        return state

    def is_cooling(self, policy: str, rule: str, key: str, now: datetime) -> bool:
        """Say whether the rule acted for this key too lately to act again at ``now``."""
        until = self._cooling.get((policy, rule, key))
        return until is not None and now < until

    def apply(self, decision: Decision) -> None:
        """Start the cooldowns that the decision begins; an end that is already later stays."""
        for match in decision.matches:
            if match.cooldown is None:
                continue
            where = (decision.policy, match.rule, match.cooldown.key)
            before = self._cooling.get(where)
            if before is None or match.cooldown.until > before:
                self._cool(where, match.cooldown.until)
                self._changed[where] = None

    def advance(self, watermark: datetime) -> None:
        """Let event time reach ``watermark`` and forget what has ended; it never goes back."""
        if self.watermark is not None and watermark <= self.watermark:
            return
        self.watermark = watermark
        self._has_moved = True
        while self._ends and self._ends[0][0] <= watermark:
            until, where = heapq.heappop(self._ends)
            if self._cooling.get(where) == until:
                del self._cooling[where]
                self._changed[where] = None

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the pieces that changed since the last call; None stands for one to delete."""
        found: dict[str, Mapping[str, Any] | None] = {}
        if self._has_moved and self.watermark is not None:
            found[_WATERMARK] = {"at": format_instant(self.watermark)}
        for where in self._changed:
            until = self._cooling.get(where)
            name = _COOLDOWN + json.dumps(where, ensure_ascii=False)
            found[name] = None if until is None else {"until": format_instant(until)}
        self._changed = {}
        self._has_moved = False
        return found

    def _cool(self, where: tuple[str, str, str], until: datetime) -> None:
        self._cooling[where] = until
        heapq.heappush(self._ends, (until, where))
