"""What firings that are open have changed, so that it is put back when they resolve.

An action is kept as it was planned, so that putting it back does not hang on the rule staying as it
was: one that its author takes out of the rule meanwhile is put back all the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, Mode
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.decision import Firing, Match

_KINDS = frozenset({"ads", "publishing"})


@dataclass(frozen=True, slots=True)
class Done:
    """An action of a firing, as it was planned.

    Attributes:
        index: Its place in the rule as it was then.
        id: What its restore names as what it undoes.
    """

    index: int
    id: str
    kind: str
    params: Mapping[str, Any]
    mode: Mode


class Restorable:
    """The actions of open firings that may have to be undone."""

    def __init__(self) -> None:
        self._done: dict[str, list[Done]] = {}
        self._changed: dict[str, None] = {}

    def of(self, policy: str, rule: str, firing: Firing) -> list[Done]:
        """Return each action of a firing that changed something, in the rule's order."""
        return self._done.get(_name(policy, rule, firing), [])

    def note(self, policy: str, match: Match, firing: Firing) -> None:
        """Remember what an entering match does; nothing of what is held back."""
        done = [
            Done(one.index, one.id, one.kind, one.params, one.mode)
            for one in match.actions
            if one.kind in _KINDS and one.state is not ActionState.SUPPRESSED
        ]
        if done:
            name = _name(policy, match.rule, firing)
            self._done[name] = done
            self._changed[name] = None

    def forget(self, policy: str, rule: str, firing: Firing) -> None:
        """Forget a firing that has resolved."""
        name = _name(policy, rule, firing)
        if self._done.pop(name, None) is not None:
            self._changed[name] = None

    def changes(self) -> dict[str, Mapping[str, Any] | None]:
        """Return what changed since last asked, by firing; None stands for one to delete."""
        found: dict[str, Mapping[str, Any] | None] = {}
        for name in self._changed:
            done = self._done.get(name)
            found[name] = None if done is None else {"done": [_write(one) for one in done]}
        self._changed = {}
        return found

    def resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up what `changes` described."""
        self._done[name] = [_read(one) for one in piece["done"]]


def _write(one: Done) -> list[Any]:
    return [one.index, one.id, one.kind, dict(one.params), one.mode.value]


def _read(piece: Sequence[Any]) -> Done:
    index, name, kind, params, mode = piece
    return Done(int(index), str(name), str(kind), params, Mode(mode))


def firing_name(policy: str, rule: str, key: Mapping[str, Any], opened_at: datetime) -> str:
    """Return what tells a firing from all others, as JSON text."""
    parts = [policy, rule, dict(key), format_instant(opened_at)]
    return json.dumps(parts, ensure_ascii=False, sort_keys=True)


def _name(policy: str, rule: str, firing: Firing) -> str:
    return firing_name(policy, rule, firing.key, firing.opened_at)
