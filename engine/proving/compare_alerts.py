"""How two policy sets differ in the incidents they open over one stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.proving.alerts import Alerts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.decision import Decision
    from engine.proving.alerts import Alert

    Differences = Iterator[tuple[str, dict[str, Any]]]

_SIDES = ("added", "removed")  # what one of the new side alone is, and one of the old
_WHERE = ("policy", "rule", "key")


@dataclass(slots=True)
class _Pair:
    """An alert of either side, or of both where they overlap in time."""

    alerts: list[Alert | None]

    @property
    def is_over(self) -> bool:
        return all(one is None or one.resolved_at is not None for one in self.alerts)


class AlertPairs:
    """Pairs the alerts of two sides as they come; remembers only those that fire on either.

    Two of one rule and key belong together where they overlap in time; each is paired once, with
    the first of the other side that fires when it opens.
    """

    def __init__(self) -> None:
        self._sides = (Alerts(), Alerts())
        self._pairs: dict[tuple[str, str, str], list[_Pair]] = {}

    def take(self, new: Sequence[Decision], old: Sequence[Decision]) -> Differences:
        """Yield each difference that is certain by now, as JSON, after the name of its list."""
        decisions = [(one, 0) for one in new] + [(one, 1) for one in old]
        for decision, side in sorted(decisions, key=lambda one: (one[0].at, _opens(one[0]))):
            for alert in self._sides[side].take(decision):
                if alert.resolved_at is None:
                    self._open(alert, side)
                else:
                    yield from self._resolve(alert, side)

    def rest(self) -> Differences:
        """Yield the differences among those that still fire."""
        for pairs in self._pairs.values():
            for pair in pairs:
                yield from _difference(pair)
        self._pairs = {}

    def _open(self, alert: Alert, side: int) -> None:
        pairs = self._pairs.setdefault(alert.state, [])
        for pair in pairs:
            other = pair.alerts[1 - side]
            if pair.alerts[side] is None and other is not None and other.resolved_at is None:
                pair.alerts[side] = alert
                return
        pairs.append(_Pair([alert, None] if side == 0 else [None, alert]))

    def _resolve(self, alert: Alert, side: int) -> Differences:
        pairs = self._pairs.get(alert.state, [])
        for pair in pairs:
            mine = pair.alerts[side]
            if mine is None or mine.opened_at != alert.opened_at:
                continue
            pair.alerts[side] = alert
            if pair.is_over:
                pairs.remove(pair)
                yield from _difference(pair)
            break
        if not pairs:
            self._pairs.pop(alert.state, None)


def _opens(decision: Decision) -> bool:
    """Say whether something opens: at one instant what resolves has ended before."""
    return any(one.firing and one.firing.phase is Phase.ENTERED for one in decision.matches)


def _difference(pair: _Pair) -> Differences:
    new, old = pair.alerts
    if new is not None and old is not None:
        after, before = new.effect(), old.effect()
        if after != before:
            found = new.as_json()
            yield (
                "changed",
                {**{name: found[name] for name in _WHERE}, "before": before, "after": after},
            )
        return
    for name, alert in zip(_SIDES, (new, old), strict=True):
        if alert is not None:
            yield name, alert.as_json()
