"""Which keys time has to come back to, and when."""

from __future__ import annotations

import heapq
from typing import Any, Generic, Protocol, TypeVar


class Sleeper(Protocol):
    """A state with the instant it is to be woken, and the one it is filed under."""

    wake: int | None
    filed: int | None


_S = TypeVar("_S", bound=Sleeper)


class Alarms(Generic[_S]):
    """Keys by the instant they are to be woken; a later instant is filed only when it comes up."""

    __slots__ = ("_filed", "_heap")

    def __init__(self) -> None:
        # Equal instants come up as they were filed: whoever wakes several sorts what comes of it.
        self._heap: list[tuple[int, int, Any]] = []
        self._filed = 0

    def set(self, key: Any, state: _S) -> None:
        """File a key under its state's `wake`, if it is not filed under that or before."""
        wake = state.wake
        if wake is not None and (state.filed is None or wake < state.filed):
            state.filed = wake
            self._filed += 1
            heapq.heappush(self._heap, (wake, self._filed, key))

    def next_due(self) -> int | None:
        """Return the earliest instant on file; None where there is none."""
        return self._heap[0][0] if self._heap else None

    def due(self, until: int, states: dict[Any, _S]) -> Any:
        """Return the next key to be woken until an instant, inclusive; None where there is none."""
        while self._heap and self._heap[0][0] <= until:
            at, _, key = heapq.heappop(self._heap)
            state = states.get(key)
            if state is None or state.filed != at:
                continue
            state.filed = None
            if state.wake is None:
                continue
            if state.wake > at:
                self.set(key, state)
                continue
            return key
        return None
