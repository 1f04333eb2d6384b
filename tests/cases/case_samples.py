"""Builders for the tests of cases: Paris time, an office, a clock, a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendar import WorkingHours
from engine.cases import Case, CaseState, Clock, ClockKind, case_id
from engine.decision import Severity

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
OFFICE_DAY = ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 18 * 60))
OFFICE = WorkingHours("office", "Europe/Paris", (*[OFFICE_DAY] * 5, (), ()), country="FR")
NIGHT = WorkingHours("night", "Europe/Paris", ((((0, 6 * 60),),) * 7))


def paris(text):
    """Return an instant written in Paris time; ``fold=1`` after a ``+`` is the second of two."""
    written, _, second = text.partition("+")
    local = datetime.fromisoformat(written).replace(tzinfo=PARIS, fold=1 if second else 0)
    return local.astimezone(UTC)


def clock(within, started, *, calendar=OFFICE, kind=ClockKind.FIRST_RESPONSE, **fields):
    """Return a clock that started at an instant of Paris."""
    name = "first-reply" if kind is ClockKind.FIRST_RESPONSE else "resolution"
    return Clock(kind, name, within, calendar, paris(started), **fields)


def case(started="2026-03-02T10:00", **fields):
    """Return a case of queue ``care`` with a first response in 2 h and a resolution in 8 h."""
    both = (
        clock(2 * HOUR, started),
        clock(8 * HOUR, started, kind=ClockKind.RESOLUTION),
    )
    known = {
        "id": case_id("action-1"),
        "action_id": "action-1",
        "mention": "import:1",
        "thread": "import:1",
        "brand": "acme",
        "author": "import:77",
        "policy": "care",
        "rule": "angry",
        "severity": Severity.MINOR,
        "target": "queue:care",
        "queue": "care",
        "person": None,
        "state": CaseState.OPEN,
        "opened_at": paris(started),
        "clocks": both,
    }
    return Case(**{**known, **fields})
