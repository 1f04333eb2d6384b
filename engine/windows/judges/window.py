"""Judges one windowed rule: a sliding window of event time for each key.

Time is cut into buckets of a step, a sixtieth of the window and a second at least. At an instant
the window holds the bucket of that instant and those before it that make up `over`, so it is exact
to a step. A key is judged at each of its mentions, and at each step at which time alone can change
the answer: when a bucket leaves, when `for` has passed, when it has stayed low long enough.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.decision import Firing, Phase
from engine.windows.emergence import step_of
from engine.windows.having import HavingTree
from engine.windows.instants import SECOND, instant, length, micros
from engine.windows.judges.alarm import Alarms
from engine.windows.judges.contract import (
    AT_REST,
    Measured,
    Transition,
    View,
    in_order,
    present,
)
from engine.windows.judges.window_key import WindowKey
from engine.windows.keys import Keys
from engine.windows.life import Delays
from engine.windows.meters import Seen
from engine.windows.watermark import IDLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.mention import Mention
    from engine.policy import Facts, Rule
    from engine.policy.over_time import Window
    from engine.windows.life import Happened
    from engine.windows.meters import Meter
    from engine.windows.watermark import Watermark

_FORGET = 28 * 86_400 * SECOND  # a key with a past that was not seen for so long is forgotten


class WindowJudge:
    """See `engine.windows.judges.contract.Judge`.

    Args:
        meters: One a measure of the window's `having`, in its order.
        watermark: How far time has come, as all judges share it.

    Attributes:
        peak: The highest that the first measure ever was for any key, and when.
    """

    def __init__(
        self, rule: Rule, window: Window, meters: Sequence[Meter], watermark: Watermark
    ) -> None:
        self.rule = rule
        self._watermark = watermark
        self._meters = tuple(meters)
        self._measures = tuple(window.having.measures())
        self._having = HavingTree(window.having, self._meters, window.below)
        self._delays = Delays.of(window)
        self._step = step_of(window.over)
        self._buckets = -(-length(window.over) // self._step)
        self._keys = Keys.by(window.by)
        self._states: dict[tuple[Any, ...], WindowKey] = {}
        self._alarms: Alarms[WindowKey] = Alarms()
        self._changed: dict[tuple[Any, ...], None] = {}
        self._open = 0  # keys that fire
        self.may_fire = False
        self.peak = (0.0, 0)
        self.sees_all = any(meter.sees_all for meter in self._meters)
        self._keeps_past = any(meter.keeps_past for meter in self._meters)
        self._is_quick = self._having.only_counts_up

    # --- mentions and time ----------------------------------------------------------------------

    def take(self, facts: Facts, at: int, *, counts: bool) -> list[Transition]:
        """Let a mention into the window of each of its keys; see `Judge.take`."""
        found = AT_REST
        bucket, come_to = at // self._step, self._come_to(at)
        seen = Seen(facts, at, bucket, counts)
        for key, shown in self._keys.of(facts):
            state = self._states.get(key)
            now = max(at, come_to, at if state is None else state.at)
            if state is not None and state.wake is not None and state.wake <= now:
                found = [*found, *self._catch_up(key, state, now)]
                state = self._states.get(key)
            if state is None:
                if not counts and not self.sees_all:
                    continue
                made = [meter.make() for meter in self._meters]
                state = self._states[key] = WindowKey(shown, made, now)
            self._feed(state, seen, now)
            if self._is_quick and self._is_at_rest(state, now):
                self._changed[key] = None
                continue
            last = state.last
            if last is None or (counts and facts.mention.published_at >= last.published_at):
                state.last = facts.mention
            found = [*found, *self._judge(key, state, now)]
        return found

    def _feed(self, state: WindowKey, seen: Seen, now: int) -> None:
        """Slide a key's window to now and let a mention in, where it is still of the window."""
        floor = now // self._step - self._buckets
        is_inside = seen.bucket > floor
        if self._keeps_past:
            self._slide(state, now)
        for meter, one in zip(self._meters, state.states, strict=True):
            one.drop_before(floor + 1)
            if is_inside and (seen.counts or meter.sees_all):
                meter.feed(one, seen)
        state.seen = max(state.seen, seen.at)

    def _is_at_rest(self, state: WindowKey, now: int) -> bool:
        """Say whether the mention leaves the key as quiet as it was.

        Then nothing has to be judged or filed: the key comes up again when what it held before has
        left, and a mention that counts looks again anyway.
        """
        life = state.life
        if state.filed is None or life.since is not None or life.opened is not None:
            return False
        values = [m.value(one) for m, one in zip(self._meters, state.states, strict=True)]
        if self._having.holds(values):
            return False
        state.at = now
        first = values[0]
        if first is not None and first > self.peak[0]:
            self.peak = (first, now)
        return True

    def _come_to(self, at: int) -> int:
        """Return how far time has come; the mention at hand may lie before it, or ahead of it."""
        return at if self._watermark.at is None else self._watermark.at

    def _catch_up(self, key: tuple[Any, ...], state: WindowKey, now: int) -> list[Transition]:
        """Judge a key at every instant that falls due until now; it may be forgotten on the way."""
        found: list[Transition] = []
        while state.wake is not None and state.wake <= now:
            found += self._wake(key, state, state.wake)
        return found

    def _wake(self, key: tuple[Any, ...], state: WindowKey, at: int) -> list[Transition]:
        """Judge a key at an instant it was filed under, unless it needs to be looked at later."""
        if self._is_quick and state.life.is_idle:
            leaves = self._all_gone(state)
            if leaves is not None and leaves > at:
                self._wake_at(key, state, leaves)
                self._changed[key] = None
                return []
        return self._judge(key, state, at)

    def _all_gone(self, state: WindowKey) -> int | None:
        """Return when the last of what a key's window holds leaves; None where it holds nothing."""
        held = [one.newest() for one in state.states]
        newest = max((one for one in held if one is not None), default=None)
        return None if newest is None else (newest + self._buckets) * self._step

    def next_due(self) -> int | None:
        """Return when time alone may change something."""
        return self._alarms.next_due()

    def advance(self, until: int) -> list[Transition]:
        """Judge every key that is due until an instant, inclusive."""
        found: list[Transition] = []
        while (key := self._alarms.due(until, self._states)) is not None:
            state = self._states[key]
            if state.wake is not None:
                found += self._wake(key, state, state.wake)
        return in_order(found)

    def _slide(self, state: WindowKey, at: int) -> None:
        oldest = at // self._step - self._buckets + 1
        frozen = state.life.opened is not None
        for meter, one in zip(self._meters, state.states, strict=True):
            meter.advance(one, at, frozen=frozen)
            one.drop_before(oldest)
        state.at = at

    def _judge(self, key: tuple[Any, ...], state: WindowKey, at: int) -> list[Transition]:
        """Judge a key at an instant, and say when it has to be judged next."""
        self._slide(state, at)
        values = [m.value(one) for m, one in zip(self._meters, state.states, strict=True)]
        life = state.life
        is_low = life.opened is not None and self._having.is_low(values)
        happened = life.judge(at, self._delays, holds=self._having.holds(values), is_low=is_low)
        first = values[0] or 0.0
        if first > self.peak[0]:
            self.peak = (first, at)
        if life.opened is not None:
            life.peak = max(life.peak, first)
        for one in happened:
            self._open += 1 if one.phase is Phase.ENTERED else -1
            self.may_fire = self._open > 0
        found = [self._transition(state, one, values) for one in happened]
        self._file(key, state, at)
        if life.is_idle and self._having.only_counts_up:
            state.last = None  # what enters next counts first
        self._changed[key] = None
        return found

    def _transition(
        self, state: WindowKey, happened: Happened, values: Sequence[float | None]
    ) -> Transition:
        is_over = happened.phase is Phase.RESOLVED
        firing = Firing(
            key=self._keys.named(state.shown),
            phase=happened.phase,
            opened_at=instant(happened.opened),
            resolved_at=instant(happened.at) if is_over else None,
            peak=state.life.peak,
            measured=dict(zip(self._having.names, values, strict=True)),
        )
        return Transition(self.rule, firing, instant(happened.at), present(state.last))

    def _file(self, key: tuple[Any, ...], state: WindowKey, at: int) -> None:
        """Say when the key has to be looked at next; forget one of which nothing is left.

        Time must not go back for a key, so it is remembered until time has come to where it was
        judged; a mention lies ahead of time by as much as no source is idle, at most.
        """
        held = [one.newest() for one in state.states]
        newest = max((one for one in held if one is not None), default=None)
        keeps = self._keeps_past and at < state.seen + _FORGET
        if newest is None and state.life.is_idle and not keeps:
            if at <= self._come_to(at):
                del self._states[key]
                state.wake = None
            else:
                self._wake_at(key, state, at + IDLE)
            return
        due = [meter.next_due(one) for meter, one in zip(self._meters, state.states, strict=True)]
        due.append(state.life.next_due(self._delays))
        if newest is not None:
            may_change = not state.life.is_idle or self._having.may_rise(state.states)
            old = [one.oldest() for one in state.states] if may_change else [newest]
            leaves = min(one for one in old if one is not None)
            due.append((leaves + self._buckets) * self._step)
        if self._keeps_past:
            due.append(state.seen + _FORGET)
        self._wake_at(
            key, state, min((one for one in due if one is not None and one > at), default=None)
        )

    def _wake_at(self, key: tuple[Any, ...], state: WindowKey, at: int | None) -> None:
        state.wake = at
        self._alarms.set(key, state)

    # --- looking and keeping --------------------------------------------------------------------

    def firing(self) -> Iterator[Firing]:
        """Yield what fires, in the order of keys first seen."""
        for state in self._states.values():
            found = self._firing(state)
            if found is not None:
                yield found

    def firing_of(self, facts: Facts) -> list[Firing]:
        """Return what fires for the keys of a mention."""
        states = [self._states.get(key) for key, _ in self._keys.of(facts)]
        found = [self._firing(state) for state in states if state is not None]
        return [one for one in found if one is not None]

    def latest(self, key: Mapping[str, Any]) -> tuple[Firing, Mention] | None:
        """Return what fires for a key, with the latest mention that counted; None for nothing."""
        state = self._states.get(self._keys.identity(tuple(key.values())))
        firing = None if state is None else self._firing(state)
        return None if state is None or firing is None else (firing, present(state.last))

    def _firing(self, state: WindowKey) -> Firing | None:
        if state.life.opened is None:
            return None
        return Firing(
            key=self._keys.named(state.shown),
            phase=Phase.ENTERED,
            opened_at=instant(state.life.opened),
            peak=state.life.peak,
        )

    def view(self, facts: Facts) -> list[View]:
        """Return how the keys of a mention stand at its instant."""
        found = []
        at = micros(facts.mention.published_at)
        for key, shown in self._keys.of(facts):
            state = self._states.get(key)
            made = self._standing(state, at)
            measured = tuple(
                Measured(
                    meter.name,
                    value := meter.value(one),
                    measure.limits,
                    None if value is None else meter.limits.reached(value),
                )
                for meter, measure, one in zip(self._meters, self._measures, made, strict=True)
            )
            firing = None if state is None else self._firing(state)
            found.append(View(self._keys.named(shown), measured, firing))
        return found

    def _standing(self, state: WindowKey | None, at: int) -> list[Any]:
        """Return copies of a key's states, with what has left the window by then gone."""
        if state is None:
            return [meter.make() for meter in self._meters]
        copies = [
            m.resume(one.snapshot()) for m, one in zip(self._meters, state.states, strict=True)
        ]
        now = max(at, state.at, self._come_to(at))
        for one in copies:
            one.drop_before(now // self._step - self._buckets + 1)
        return copies

    def states(self) -> Iterator[str]:
        """Yield the keys there are, as JSON text."""
        for key in self._states:
            yield json.dumps(key, ensure_ascii=False)

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the states that changed since last asked, by key as JSON."""
        found: dict[str, Mapping[str, Any] | None] = {}
        for key in self._changed:
            state = self._states.get(key)
            name = json.dumps(key, ensure_ascii=False)
            found[name] = None if state is None else self._piece(state)
        self._changed = {}
        return found

    def _piece(self, state: WindowKey) -> dict[str, Any]:
        """Return a key's state; one that fires with its key by name, should its rule be gone."""
        piece = state.snapshot()
        if state.life.opened is not None:
            piece["key"] = self._keys.named(state.shown)
        return piece

    def resume(self, _key: str, piece: Mapping[str, Any]) -> None:
        """Take up a key's state.

        Raises:
            ValueError: It is no such state.
        """
        state = WindowKey.restored(piece, self._meters)
        identity = self._keys.identity(state.shown)
        self._states[identity] = state
        self._open += state.life.opened is not None
        self.may_fire = self._open > 0
        self._alarms.set(identity, state)
