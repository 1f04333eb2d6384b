"""Which incidents a firing may belong to, by their keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.incidents.incident import FiringRecord, Incident

# What marks an incident without a key: its policy stands in place of a value.
_NO_KEY = ""


def agree(one: Incident, firing: FiringRecord) -> bool:
    """Say whether a firing's key is compatible with an incident's.

    Every name that both have has an equal value (text without regard to case) and one name at least
    is in common; or neither has any and it is one policy.
    """
    shared = one.key.keys() & firing.key.keys()
    if not shared:
        return not one.key and not firing.key and one.policy == firing.policy
    return all(_folded(one.key[name]) == _folded(firing.key[name]) for name in shared)


class Grouping:
    """Incidents by the values of their keys: finding those near a firing looks at no others."""

    def __init__(self) -> None:
        self._marked: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, one: Incident) -> None:
        """Find an incident by its key from now on; one that is known may have grown."""
        for mark in _marks(one.key, one.policy):
            self._marked.setdefault(mark, {})[one.id] = None

    def remove(self, one: Incident) -> None:
        """Find it no more."""
        for mark in _marks(one.key, one.policy):
            marked = self._marked.get(mark, {})
            marked.pop(one.id, None)
            if not marked:
                self._marked.pop(mark, None)

    def near(self, firing: FiringRecord) -> set[str]:
        """Return the ids of all incidents that may agree with a firing."""
        marks = _marks(firing.key, firing.policy)
        return {one for mark in marks for one in self._marked.get(mark, ())}


def _marks(key: Mapping[str, Any], policy: str) -> Iterator[tuple[str, str]]:
    for name, value in key.items():
        yield name, json.dumps(_folded(value), sort_keys=True)
    if not key:
        yield _NO_KEY, policy


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
