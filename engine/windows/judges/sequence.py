"""Judges a rule that fires when mentions follow one another: its steps, in order, within a time."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.mention_json import read_mention, write_mention
from engine.windows.instants import length
from engine.windows.judges.contract import present
from engine.windows.judges.kept import KeyedJudge
from engine.windows.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.mention import Mention
    from engine.policy import Facts, Rule
    from engine.policy.over_time import Sequence
    from engine.windows.judges.contract import Transition

_MOST_HELD = 512
Met = tuple[int, int, int]  # when, number of arrival, the steps it meets as a set of bits


class _Course:
    """One key: the mentions that meet a step and may still be part of a completion."""

    __slots__ = ("arrivals", "completed", "filed", "last", "met", "opened", "peak", "shown", "wake")

    def __init__(self, shown: tuple[Any, ...]) -> None:
        self.shown = shown
        self.met: list[Met] = []
        self.arrivals = 0
        self.opened: int | None = None
        self.completed: int | None = None
        self.peak = 0.0
        self.last: Mention | None = None
        self.wake: int | None = None
        self.filed: int | None = None

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON, without its key."""
        return {
            "met": [list(one) for one in self.met],
            "arrivals": self.arrivals,
            "opened": self.opened,
            "completed": self.completed,
            "peak": self.peak,
            "last": None if self.last is None else write_mention(self.last),
        }


class SequenceJudge(KeyedJudge[_Course]):
    """Fires when the last step is met, and while `within` has not passed since a completion.

    A mention is one step at most, and after a completion all begins anew. What arrives late is put
    in its place. Of each key the latest 512 mentions that meet a step are held.
    """

    def __init__(self, rule: Rule, sequence: Sequence) -> None:
        super().__init__(rule, Keys.by(sequence.by))
        self._steps = sequence.steps
        self._within = length(sequence.within)

    def take(self, facts: Facts, at: int, *, counts: bool) -> list[Transition]:
        """Let a mention be a step; see `Judge.take`."""
        met = 0
        for place, step in enumerate(self._steps if counts else ()):
            if step.evaluate(facts) is True:
                met |= 1 << place
        if not met:
            return []
        found: list[Transition] = []
        for key, shown in self._keys.of(facts):
            state = self._states.get(key) or _Course(shown)
            while state.wake is not None and state.wake <= at and key in self._states:
                found += self._wake(key, state)
            found += self._add(key, state, facts.mention, (at, state.arrivals, met))
        return found

    def _add(
        self, key: tuple[Any, ...], state: _Course, mention: Mention, met: Met
    ) -> list[Transition]:
        insort(state.met, met)
        state.arrivals += 1
        oldest = state.met[-1][0] - self._within
        state.met = [one for one in state.met if one[0] >= oldest][-_MOST_HELD:]
        found: list[Transition] = []
        completed = self._completed(state.met)
        if completed is not None:
            state.met = []
            state.last = mention
            state.completed = max(completed, state.completed or completed)
            state.peak += 1
            if state.opened is None:
                state.opened, state.peak = completed, 1.0
                found = [
                    self._transition(state, mention, Phase.ENTERED, at=completed, opened=completed)
                ]
        state.wake = self._ends(state)
        self._keep(key, state)
        return found

    def _ends(self, state: _Course) -> int | None:
        """Return when it resolves, or else when its latest step can complete nothing any more."""
        if state.opened is not None and state.completed is not None:
            return state.completed + self._within
        return state.met[-1][0] + self._within + 1 if state.met else None

    def _completed(self, met: list[Met]) -> int | None:
        """Return when the steps were all met, by the greediest way; None where they were not.

        Of all ways to have met the first steps, the one that began latest can wait longest.
        """
        begun: list[int | None] = [None] * len(self._steps)
        for at, _, steps in met:
            for place in range(len(self._steps) - 1, -1, -1):
                if not steps >> place & 1:
                    continue
                before = at if place == 0 else begun[place - 1]
                if before is None or at - before > self._within:
                    continue
                if place == len(self._steps) - 1:
                    return at
                known = begun[place]
                begun[place] = before if known is None else max(known, before)
        return None

    def _wake(self, key: tuple[Any, ...], state: _Course) -> list[Transition]:
        at = state.wake or 0
        found: list[Transition] = []
        if state.opened is not None:
            opened, state.opened = state.opened, None
            last = present(state.last)
            found = [self._transition(state, last, Phase.RESOLVED, at=at, opened=opened)]
            state.completed = None
        state.met = [one for one in state.met if one[0] + self._within >= at]
        state.wake = self._ends(state)
        if state.met:
            self._keep(key, state)
        else:
            self._forget(key)
        return found

    def _restored(self, shown: tuple[Any, ...], piece: Mapping[str, Any]) -> _Course:
        state = _Course(shown)
        state.met = [(int(at), int(number), int(steps)) for at, number, steps in piece["met"]]
        state.arrivals, state.peak = int(piece["arrivals"]), float(piece["peak"])
        state.opened, state.completed = piece["opened"], piece["completed"]
        state.last = None if piece["last"] is None else read_mention(piece["last"])
        state.wake = self._ends(state)
        return state
