"""How cases are written for people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.units import format_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_WIDEST_STATE = 8


def case_line(row: Mapping[str, Any], now: datetime) -> str:
    """Return a case as a line: what it is, whose, and how long there is."""
    whose = " ".join(part for part in (row["queue"], row["person"]) if part) or "-"
    parts = [
        f"{row['id']}  {row['state']:<{_WIDEST_STATE}}  {row['severity']:<8}",
        f"{whose:<16}",
        f"{how_long(row, now):<22}",
        f"{row['mention']}  [{row['policy']}/{row['rule']}]",
    ]
    return "  ".join(parts)


def how_long(row: Mapping[str, Any], now: datetime) -> str:
    """Return what a case's clocks leave, in a few words."""
    if row["state"] == "resolved":
        return f"resolved {row['resolved_at']}"
    if row["due_at"] is None:
        return "paused" if row["state"] == "waiting" and row["clocks"] else "no time is set"
    left = parse_instant(row["due_at"]) - now
    if row["is_overdue"]:
        return f"OVERDUE for {_span(-left)}"
    return f"due in {_span(left)}"


def case_lines(found: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """Yield one case for a terminal: where it stands, its clocks, its mentions, what was done."""
    one = found["case"]
    yield case_line(one, now)
    yield f"opened {one['opened_at']}, answered {one['answered_at'] or 'not yet'}"
    yield ""
    yield "Clocks"
    for clock in one["clocks"]:
        yield f"  {_clock(clock)}"
    if not one["clocks"]:
        yield "  none: no time was promised"
    yield ""
    yield f"Mentions ({len(found['mentions'])})"
    yield from (f"  {mention}" for mention in found["mentions"])
    yield ""
    yield "Done"
    for act in found["acts"]:
        words = f'  "{act["note"]}"' if act["note"] else ""
        yield f"  {act['at']}  {act['act']:<14}  {act['by']}{words}"


def _clock(one: Mapping[str, Any]) -> str:
    used = _span(timedelta(seconds=one["used_seconds"]))
    hours = f" of {one['calendar']}" if one["calendar"] else ""
    end = f", due {one['due_at']}" if one["due_at"] and one["state"] != "stopped" else ""
    late = ", too late" if one["is_breached"] else ""
    return f"{one['name']}: {used} of {one['within']}{hours} used, {one['state']}{end}{late}"


def _span(span: timedelta) -> str:
    """Return a length of time in minutes, which is as exact as people plan."""
    minutes = int(span.total_seconds()) // 60
    return format_duration(timedelta(minutes=minutes)) if minutes else "0m"
