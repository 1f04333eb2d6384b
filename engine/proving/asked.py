"""What rules over time ask, and how far they came towards it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.over_time import Window
from engine.proving.alerts import number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.policy import Rule

    Peaks = Mapping[tuple[str, str], tuple[float, datetime]]


def asked(name: str, wanted: Mapping[str, float]) -> str:
    """Return a measure with its limits as one text: ``count at_least 30``."""
    return " ".join([name, *(f"{limit} {number(value):g}" for limit, value in wanted.items())])


def having_text(rule: Rule) -> str:
    """Return what a rule over time asks beside which mentions count, as one short text."""
    what = rule.over_time
    if not isinstance(what, Window):
        return "" if what is None else type(what).__name__.lower()
    parts = [
        asked(f"{one.kind} {one.subject}" if one.subject else one.kind, one.limits)
        for one in what.having.measures()
    ]
    return f"having {', '.join(parts)}"


def how_far(rule: Rule, found: Peaks) -> tuple[str, datetime] | None:
    """Return how far the first measure of a window ever came, in words, and when."""
    what, peak = rule.over_time, found.get((rule.policy, rule.id))
    if peak is None or not isinstance(what, Window):
        return None
    first = next(what.having.measures())
    value = f"{number(peak[0]):g}"
    wanted = next(
        (first.limits[name] for name in ("at_least", "more_than") if name in first.limits), None
    )
    if wanted is None:
        return f"{first.kind} came to {value}", peak[1]
    return f"{first.kind} reached {value} of {number(wanted):g}", peak[1]
