"""Reads working hours: spans such as ``09:00-12:30`` by day or range of days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.calendar import joined
from engine.policy.report import suggest
from engine.policy.shape import kind_of, text_of

if TYPE_CHECKING:
    from engine.calendar import WeekHours
    from engine.located_yaml import Node
    from engine.policy.report import Report
    from engine.problem import Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_HOUR, _DAY = 60, 24 * 60  # minutes
_HELP = "write spans such as ['09:00-12:30', '13:30-18:00'], quoted"


def read_hours(
    node: Node, report: Report, *, span: Span, may_pass_midnight: bool = False
) -> WeekHours:
    """Return hours by weekday from Monday, in minutes; what is wrong with them is reported.

    Args:
        span: Where to point when the node itself has no place: its key.
        may_pass_midnight: Whether ``22:00-06:00`` ends on the next day, as a shift may.
    """
    taken: dict[str, list[tuple[int, int, int]]] = {day: [] for day in DAYS}
    if node.is_mapping and node.value and not node.is_faulty:
        for key, inner in node.items():
            where = node.keys[key]
            spans = _read_spans(inner, report, span=where, may_pass_midnight=may_pass_midnight)
            for day in _days(key, report, span=where):
                _check_overlap(day, taken[day], spans, report, span=where)
                taken[day] += [(start, end, where.line) for start, end in spans]
    elif not node.is_faulty:
        where = span if node.value is None else node.span
        help_text = "write {mon-fri: ['09:00-18:00']}"
        message = f"hours are spans by day, not {kind_of(node)}"
        report.error("R106", where, message, help_text=help_text)
    return _by_weekday([[(start, end) for start, end, _ in taken[day]] for day in DAYS])


def _by_weekday(written: list[list[tuple[int, int]]]) -> WeekHours:
    """Return each day's spans; what passes midnight goes on on the next day."""
    days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for at, spans in enumerate(written):
        for start, end in spans:
            days[at].append((start, min(end, _DAY)))
            if end > _DAY:
                days[(at + 1) % len(DAYS)].append((0, end - _DAY))
    return tuple(joined(spans) for spans in days)


def _check_overlap(
    day: str,
    taken: list[tuple[int, int, int]],
    spans: list[tuple[int, int]],
    report: Report,
    *,
    span: Span,
) -> None:
    """Report a day that two keys give the same time; what two keys give it apart adds up."""
    for start, end in spans:
        for other, until, line in taken:
            if start < min(until, _DAY) and other < min(end, _DAY):
                message = f"'{day}' has the same hours twice; the first stand at line {line}"
                help_text = "let the hours of a day not overlap, or name the day once"
                report.error("R108", span, message, help_text=help_text)
                return


def _days(written: str, report: Report, *, span: Span) -> tuple[str, ...]:
    first, _, last = written.strip().lower().partition("-")
    last = last or first
    for one in (first, last):
        if one not in DAYS:
            help_text = suggest(one[:3], DAYS, what="Days, alone or as mon-fri")
            report.error("R108", span, f"'{written[:40]}' names no day", help_text=help_text)
            return ()
    start, end = DAYS.index(first), DAYS.index(last)
    if end < start:
        return (*DAYS[start:], *DAYS[: end + 1])
    return DAYS[start : end + 1]


def _read_spans(
    node: Node, report: Report, *, span: Span, may_pass_midnight: bool
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for one in node.value if node.is_list else (node,):
        if one.is_faulty:
            continue
        minutes = None if one.is_mapping or one.is_list else _minutes(text_of(one))
        where = span if one.value is None else one.span
        if minutes is None:
            message = f"a span of hours is wanted here, not {kind_of(one)}"
            report.error("R108", where, message, help_text=_HELP)
        elif minutes[0] > minutes[1] and may_pass_midnight:
            found.append((minutes[0], minutes[1] + _DAY))
        elif minutes[0] >= minutes[1]:
            help_text = "a span ends on its own day: part it at 24:00"
            message = f"'{text_of(one)}' ends before it begins"
            report.error("R108", where, message, help_text=help_text)
        elif any(minutes[0] < end and start < minutes[1] for start, end in found):
            report.error("R108", where, f"'{text_of(one)}' overlaps another span of the day")
        else:
            found.append(minutes)
    return found


def _minutes(text: str) -> tuple[int, int] | None:
    """Return a span as minutes of the day, or None where it is none."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * _HOUR + minute, to_hour * _HOUR + to_minute
    is_sound = max(minute, to_minute) < _HOUR and start < _DAY and end <= _DAY
    return (start, end) if is_sound else None
