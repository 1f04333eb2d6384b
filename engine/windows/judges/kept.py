"""States by key with their alarms and their changes: what the smaller judges share."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from engine.decision import Firing, Phase
from engine.errors import MentionError
from engine.windows.instants import instant
from engine.windows.judges.alarm import Alarms
from engine.windows.judges.contract import Transition, View, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.mention import Mention
    from engine.policy import Facts, Rule
    from engine.windows.keys import Keys


class KeyState(Protocol):
    """What one key's state has in common, whichever judge keeps it.

    Attributes:
        shown: The key's values.
        opened: When it began to fire; None while it does not.
        wake: When time has to come back to it.
        filed: Under which instant it is filed.
    """

    shown: tuple[Any, ...]
    opened: int | None
    wake: int | None
    filed: int | None

    @property
    def last(self) -> Mention | None:
        """The latest mention that counted."""
        ...

    @property
    def peak(self) -> float:
        """The most that was measured since it opened."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON, without its key."""
        ...


S = TypeVar("S", bound=KeyState)


class KeyedJudge(ABC, Generic[S]):
    """A judge whose keys each have one small state.

    Attributes:
        rule: What it judges.
        sees_all: False: the mentions that do not count are nothing to it.
    """

    sees_all = False
    may_fire = True

    def __init__(self, rule: Rule, keys: Keys) -> None:
        self.rule = rule
        self._keys = keys
        self._states: dict[tuple[Any, ...], S] = {}
        self._alarms: Alarms[S] = Alarms()
        self._changed: dict[tuple[Any, ...], None] = {}

    def next_due(self) -> int | None:
        """Return when time alone may change something; None for never."""
        return self._alarms.next_due()

    def advance(self, until: int) -> list[Transition]:
        """Let time come to an instant, inclusive; in order of time."""
        found: list[Transition] = []
        while (key := self._alarms.due(until, self._states)) is not None:
            found += self._wake(key, self._states[key])
        return in_order(found)

    @abstractmethod
    def _wake(self, key: tuple[Any, ...], state: S) -> list[Transition]:
        """Judge a key at the instant it was to be woken."""

    def _keep(self, key: tuple[Any, ...], state: S) -> None:
        """Store a key's state and file its alarm."""
        self._states[key] = state
        self._changed[key] = None
        self._alarms.set(key, state)

    def _forget(self, key: tuple[Any, ...]) -> None:
        del self._states[key]
        self._changed[key] = None

    def _transition(
        self, state: S, mention: Mention, phase: Phase, *, at: int, opened: int
    ) -> Transition:
        firing = Firing(
            key=self._named(state),
            phase=phase,
            opened_at=instant(opened),
            resolved_at=instant(at) if phase is Phase.RESOLVED else None,
            peak=state.peak,
        )
        return Transition(self.rule, firing, instant(at), mention)

    def _named(self, state: S) -> dict[str, Any]:
        return self._keys.named(state.shown)

    def firing(self) -> Iterator[Firing]:
        """Yield what fires, in the order of keys first seen."""
        for state in self._states.values():
            if state.opened is not None:
                yield self._firing(state, state.opened)

    def firing_of(self, facts: Facts) -> list[Firing]:
        """Return what fires for the keys of a mention."""
        states = [self._states.get(key) for key, _ in self._keys.of(facts)] if self._states else []
        return [
            self._firing(state, state.opened)
            for state in states
            if state is not None and state.opened is not None
        ]

    def latest(self, key: Mapping[str, Any]) -> tuple[Firing, Mention] | None:
        """Return what fires for a key, with the latest mention that counted; None for nothing."""
        state = self._states.get(self._keys.identity(tuple(key.values())))
        if state is None or state.opened is None or state.last is None:
            return None
        return self._firing(state, state.opened), state.last

    def _firing(self, state: S, opened: int) -> Firing:
        return Firing(self._named(state), Phase.ENTERED, instant(opened), peak=state.peak)

    def view(self, facts: Facts) -> list[View]:
        """Return how the keys of a mention stand."""
        found = []
        for key, shown in self._keys.of(facts):
            state = self._states.get(key)
            opened = None if state is None else state.opened
            firing = None if state is None or opened is None else self._firing(state, opened)
            found.append(View(self._keys.named(shown), (), firing))
        return found

    def states(self) -> Iterator[str]:
        """Yield the keys there are, as JSON text."""
        for key in self._states:
            yield json.dumps(key, ensure_ascii=False)

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return the states that changed since last asked, by key as JSON."""
        found: dict[str, Mapping[str, Any] | None] = {}
        for key in self._changed:
            state = self._states.get(key)
            found[json.dumps(key, ensure_ascii=False)] = (
                None if state is None else self._snapshot(state)
            )
        self._changed = {}
        return found

    def _snapshot(self, state: S) -> dict[str, Any]:
        piece = {"shown": list(state.shown), **state.snapshot()}
        return piece if state.opened is None else piece | {"key": self._named(state)}

    def resume(self, key: str, piece: Mapping[str, Any]) -> None:
        """Take up a key's state.

        Raises:
            ValueError: It is no such state.
        """
        try:
            state = self._restored(tuple(piece["shown"]), piece)
            identity = tuple(json.loads(key))
        except (KeyError, TypeError, MentionError) as error:
            message = f"this is no state of rule {self.rule.id!r}: {error!r}"
            raise ValueError(message) from error
        self._states[identity] = state
        self._alarms.set(identity, state)

    @abstractmethod
    def _restored(self, shown: tuple[Any, ...], piece: Mapping[str, Any]) -> S:
        """Return the state that `KeyState.snapshot` described."""
