"""Judges a rule that fires when a key brings nothing for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.mention_json import read_mention, write_mention
from engine.windows.instants import DAY, length, micros
from engine.windows.judges.kept import KeyedJudge
from engine.windows.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.mention import Mention
    from engine.policy import Facts, Rule
    from engine.policy.over_time import Absent
    from engine.windows.judges.contract import Transition

_KNOWN_FOR = 7 * DAY


class _Silent:
    """One key: its latest mention, and when it fell silent for too long."""

    __slots__ = ("filed", "last", "opened", "shown", "wake")
    peak = 1.0

    def __init__(self, shown: tuple[Any, ...], last: Mention) -> None:
        self.shown = shown
        self.last = last
        self.opened: int | None = None
        self.wake: int | None = None
        self.filed: int | None = None

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON, without its key."""
        return {"last": write_mention(self.last), "opened": self.opened}


class AbsentJudge(KeyedJudge[_Silent]):
    """Knows every key that it saw, and fires when `for` has passed since its latest mention.

    Args:
        forgets: Whether a key that was silent for seven days is forgotten, and what fires for it
            resolved: as live, not in a test or a backtest.
    """

    def __init__(self, rule: Rule, absent: Absent, *, forgets: bool) -> None:
        super().__init__(rule, Keys(absent.by))
        self._lasting = length(absent.lasting)
        self._known_for = max(_KNOWN_FOR, 2 * self._lasting) if forgets else None

    def take(self, facts: Facts, at: int, *, counts: bool) -> list[Transition]:
        """Let a mention break its key's silence; see `Judge.take`."""
        found: list[Transition] = []
        for key, shown in self._keys.of(facts) if counts else ():
            state = self._states.get(key)
            if state is None:
                state = _Silent(shown, facts.mention)
            while state.wake is not None and state.wake <= at and key in self._states:
                found += self._wake(key, state)
            # What lies before the silence does not break it.
            is_after = state.opened is None or at > micros(state.last.published_at)
            if not is_after:
                continue
            if state.opened is not None:
                when, opened, state.opened = max(at, state.opened), state.opened, None
                found.append(
                    self._transition(state, facts.mention, Phase.RESOLVED, at=when, opened=opened)
                )
            if facts.mention.published_at >= state.last.published_at:
                state.last = facts.mention
            state.wake = micros(state.last.published_at) + self._lasting
            self._keep(key, state)
        return found

    def _wake(self, key: tuple[Any, ...], state: _Silent) -> list[Transition]:
        at = state.wake or 0
        if state.opened is None:
            state.opened = at
            known = self._known_for
            state.wake = None if known is None else micros(state.last.published_at) + known
            self._keep(key, state)
            return [self._transition(state, state.last, Phase.ENTERED, at=at, opened=at)]
        opened, state.opened, state.wake = state.opened, None, None
        self._forget(key)
        return [self._transition(state, state.last, Phase.RESOLVED, at=at, opened=opened)]

    def _restored(self, shown: tuple[Any, ...], piece: Mapping[str, Any]) -> _Silent:
        state = _Silent(shown, read_mention(piece["last"]))
        state.opened = piece["opened"]
        last = micros(state.last.published_at)
        state.wake = last + self._lasting
        if state.opened is not None:
            state.wake = None if self._known_for is None else last + self._known_for
        return state
