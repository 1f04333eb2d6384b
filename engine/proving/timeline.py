"""What rules over time did in a test, as the lines that a failed expectation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.proving.alerts import number
from engine.proving.asked import how_far
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from engine.policy import Rule
    from engine.proving.alerts import Alert
    from engine.proving.played import Played

_MOST_SHOWN = 5


def timeline(rules: Iterable[Rule], played: Played) -> list[str]:
    """Return when each of some rules over time fired, or how near to that it came."""
    alerts = played.alerts()
    lines = []
    for rule in rules:
        name = f"{rule.policy}/{rule.id}"
        mine = [one for one in alerts if (one.policy, one.rule) == (rule.policy, rule.id)]
        lines += [f"  {_span(one, played)}" for one in mine[:_MOST_SHOWN]]
        if len(mine) > _MOST_SHOWN:
            lines.append(f"  {name}: {len(mine) - _MOST_SHOWN} more")
        if not mine:
            lines.append(f"  {name}: never fired{_nearest(rule, played)}")
    return ["timeline:", *lines] if lines else []


def _span(alert: Alert, played: Played) -> str:
    opened = _since(alert.opened_at, played)
    end = "the end" if alert.resolved_at is None else _since(alert.resolved_at, played)
    return f"{alert.title}: fired from {opened} to {end}, peak {number(alert.peak):g}"


def _nearest(rule: Rule, played: Played) -> str:
    found = how_far(rule, played.peaks)
    return "" if found is None else f"; {found[0]} at {_since(found[1], played)}"


def _since(at: datetime, played: Played) -> str:
    return format_duration(at - played.test.clock)
