"""What firings that are open have changed, so that it is put back when they resolve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.decision import Firing, Match

_KINDS = frozenset({"ads", "publishing"})


class Restorable:
    """The actions of open firings that may have to be undone."""

    def __init__(self) -> None:
        self._done: dict[str, list[tuple[int, str]]] = {}
        self._changed: dict[str, None] = {}

    def of(self, policy: str, rule: str, firing: Firing) -> list[tuple[int, str]]:
        """Return the place in the rule and the id of each action of a firing."""
        return self._done.get(_name(policy, rule, firing), [])

    def note(self, policy: str, match: Match, firing: Firing) -> None:
        """Remember what an entering match does; nothing of what is held back."""
        done = [
            (one.index, one.id)
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
            found[name] = None if done is None else {"done": [list(one) for one in done]}
        self._changed = {}
        return found

    def resume(self, name: str, piece: Mapping[str, Any]) -> None:
        """Take up what `changes` described."""
        self._done[name] = [(int(index), str(action)) for index, action in piece["done"]]


def firing_name(policy: str, rule: str, key: Mapping[str, Any], opened_at: datetime) -> str:
    """Return what tells a firing from all others, as JSON text."""
    parts = [policy, rule, dict(key), format_instant(opened_at)]
    return json.dumps(parts, ensure_ascii=False, sort_keys=True)


def _name(policy: str, rule: str, firing: Firing) -> str:
    return firing_name(policy, rule, firing.key, firing.opened_at)
