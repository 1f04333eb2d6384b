"""Builders for the tests of cases: Paris time, an office, a clock, a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.calendar import WorkingHours
from engine.cases import Case, CaseState, Clock, ClockKind, case_id
from engine.decision import Severity
from engine.store.outbox import _ITEM
from engine.store.tables import actions

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


@dataclass
class Sent:
    """What the outbox hands on of an action it has settled as sent."""

    row: Any


async def record_sent(store, ids, *, at):
    """Record what becomes of actions settled as sent, in a transaction as the outbox does."""
    async with store._database.write() as connection:
        query = _ITEM.where(actions.c.id.in_(ids)).order_by(actions.c.seq)
        sent = [Sent(row) for row in await connection.execute(query)]
        await store.cases.record_sent(connection, sent, at=at)
