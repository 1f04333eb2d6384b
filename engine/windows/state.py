"""The mutable state of one runner, in pieces small enough to store with every batch.

It changes only by `take`, `advance` and `apply`; it reads no clock.
"""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.units import format_instant, parse_instant
from engine.windows.instants import instant, micros
from engine.windows.over_time import OverTime
from engine.windows.restorable import Restorable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from engine.decision import Decision, Firing, Match
    from engine.policy import Facts, PolicySet, Rule
    from engine.windows.over_time import Judged

_WATERMARK = "watermark"
_COOLDOWN = "cooldown:"
_RULE = "rule:"
_RESTORE = "restore:"


class WindowState:
    """All that rules remember, and how far event time has come.

    Args:
        forgets: Whether an `absent` rule forgets keys after seven days, as it does live.

    Attributes:
        over_time: The rules over time.
    """

    def __init__(self, *, forgets: bool = False) -> None:
        self.over_time = OverTime(forgets=forgets)
        self._restorable = Restorable()
        self._cooling: dict[tuple[str, str, str], datetime] = {}
        # Every end ever set, the earliest first; one that a later end replaced is passed over.
        self._ends: list[tuple[datetime, tuple[str, str, str]]] = []
        self._changed: dict[tuple[str, str, str], None] = {}
        self._stored: Mapping[str, Any] = self.over_time.watermark.snapshot()

    @classmethod
    def restore(
        cls, pieces: Mapping[str, Mapping[str, Any]], *, forgets: bool = False
    ) -> WindowState:
        """Return the state that `changes` described, piece by piece, until now.

        What rules over time remember is read once `use` says which there are.

        Raises:
            ValueError: A piece is not one that `changes` returned.
        """
        state = cls(forgets=forgets)
        of_rules = {}
        for name, piece in pieces.items():
            if name == _WATERMARK:
                state.over_time.watermark.resume(piece)
                state._stored = state.over_time.watermark.snapshot()
            elif name.startswith(_RULE):
                of_rules[name.removeprefix(_RULE)] = piece
            elif name.startswith(_RESTORE):
                state._restorable.resume(name.removeprefix(_RESTORE), piece)
            elif name.startswith(_COOLDOWN):
                policy, rule, key = json.loads(name.removeprefix(_COOLDOWN))
                state._cool((policy, rule, key), parse_instant(piece["until"]))
            else:
                message = f"{name!r} is no piece of the window state"
                raise ValueError(message)
        state.over_time.resume(of_rules)
        return state

    @property
    def watermark(self) -> datetime | None:
        """No mention earlier than this is waited for; None before the first."""
        at = self.over_time.watermark.at
        return None if at is None else instant(at)

    def use(self, policies: PolicySet) -> None:
        """Judge by these policies; a rule over time that judges as before keeps its state."""
        self.over_time.use(policies)

    def take(self, facts: Facts) -> Judged:
        """Let a mention move time, and count for the rules over time."""
        judged = self.over_time.take(facts)
        self._end_cooldowns()
        return judged

    def assigned(self, facts: Facts, queues: Collection[str]) -> None:
        """Let a mention wait in the queues that rules gave it to, for `unanswered` rules."""
        self.over_time.assigned(facts, queues)

    def firing(self, policy: str, rule: str) -> Iterator[Firing]:
        """Yield what a rule over time fires for now."""
        return self.over_time.firing(policy, rule)

    def restorable(self, rule: Rule, firing: Firing) -> list[tuple[int, str]]:
        """Return the place and the id of each action of a firing that may be put back."""
        return self._restorable.of(rule.policy, rule.id, firing)

    def is_cooling(self, policy: str, rule: str, key: str, now: datetime) -> bool:
        """Say whether the rule acted for this key too lately to act again at ``now``."""
        until = self._cooling.get((policy, rule, key))
        return until is not None and now < until

    def apply(self, decision: Decision) -> None:
        """Start the cooldowns that the decision begins, and remember what it will have to undo.

        A cooldown's end that is already later stays.
        """
        for match in decision.matches:
            if match.firing is not None:
                self._note(decision.policy, match, match.firing)
            if match.cooldown is None:
                continue
            where = (decision.policy, match.rule, match.cooldown.key)
            before = self._cooling.get(where)
            if before is None or match.cooldown.until > before:
                self._cool(where, match.cooldown.until)
                self._changed[where] = None

    def _note(self, policy: str, match: Match, firing: Firing) -> None:
        if firing.phase is Phase.ENTERED:
            self._restorable.note(policy, match, firing)
        elif firing.phase is Phase.RESOLVED:
            self._restorable.forget(policy, match.rule, firing)

    def advance(self, until: datetime) -> Judged:
        """Let event time reach an instant, inclusive, although nothing arrived."""
        judged = self.over_time.advance(until)
        self._end_cooldowns()
        return judged

    def by_clock(self, now: datetime) -> datetime | None:
        """Return how far event time has come by a clock while nothing arrives; None: unknown."""
        at = self.over_time.watermark.by_clock(micros(now))
        return None if at is None else instant(at)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change what a rule over time says; None for never."""
        return self.over_time.next_due

    def _end_cooldowns(self) -> None:
        watermark = self.watermark
        while watermark is not None and self._ends and self._ends[0][0] <= watermark:
            until, where = heapq.heappop(self._ends)
            if self._cooling.get(where) == until:
                del self._cooling[where]
                self._changed[where] = None

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the pieces that changed since the last call; None stands for one to delete."""
        found: dict[str, Mapping[str, Any] | None] = {}
        watermark = self.over_time.watermark.snapshot()
        if watermark != self._stored:
            self._stored = found[_WATERMARK] = watermark
        for where in self._changed:
            until = self._cooling.get(where)
            name = _COOLDOWN + json.dumps(where, ensure_ascii=False)
            found[name] = None if until is None else {"until": format_instant(until)}
        self._changed = {}
        found |= {_RULE + name: piece for name, piece in self.over_time.changes().items()}
        found |= {_RESTORE + name: piece for name, piece in self._restorable.changes().items()}
        return found

    def _cool(self, where: tuple[str, str, str], until: datetime) -> None:
        self._cooling[where] = until
        heapq.heappush(self._ends, (until, where))
