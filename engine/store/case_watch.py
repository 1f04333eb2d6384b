"""What falls due of cases: told once, in the transaction that remembers it was told."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.cases import Mark
from engine.cases.notice import SlaNotice
from engine.decision import ActionState
from engine.store.acting_tables import cases
from engine.store.case_rows import Diary, case_of, save
from engine.store.chain import lock_chain
from engine.store.database import insert_new
from engine.store.tables import actions
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.cases import Case
    from engine.policy.shared_documents import Queue


async def fall_due(
    connection: AsyncConnection, now: datetime, *, limit: int, queues: Mapping[str, Queue]
) -> list[SlaNotice]:
    """Return what fell due and was not told, and remember that it is told now.

    Each is written to the outcome log; where the case's queue names a channel to notify, the notice
    is planned as an action as well, which the dispatcher sends like any other.

    Args:
        limit: Cases looked at, at most, those due first before the others.
        queues: As they stand now.
    """
    await lock_chain(connection)
    columns = cases.c
    query = select(cases).where(columns.next_due <= now).order_by(columns.next_due, columns.seq)
    found: list[SlaNotice] = []
    diary = Diary(now)
    for row in (await connection.execute(query.limit(limit))).all():
        case, notices = _told(case_of(row), now)
        await save(connection, case, now)
        for notice in notices:
            at = format_instant(notice.at)
            told = {"note": notice.text, "clock": notice.clock.name, "fell_due_at": at}
            diary.note(notice.case, notice.mark.value, **told)
            queue = queues.get(case.queue or "")
            if queue is not None and queue.notify is not None:
                await _plan_notice(connection, notice, now, channel=queue.notify)
        found += notices
    await diary.write(connection)
    return found


def _told(case: Case, now: datetime) -> tuple[Case, list[SlaNotice]]:
    clocks, marks = [], []
    for clock in case.clocks:
        after, mark = clock.tell(now)
        clocks.append(after)
        at = clock.due if mark is Mark.BREACHED else clock.warns_at
        if mark is not None and at is not None:
            marks.append((at, after, mark))
    told = replace(case, clocks=tuple(clocks))
    marks.sort(key=lambda one: one[0])
    return told, [SlaNotice(told, clock, mark, at) for at, clock, mark in marks]


async def _plan_notice(
    connection: AsyncConnection, notice: SlaNotice, now: datetime, *, channel: str
) -> None:
    """Plan a notice beside the ``assign`` that opened the case; none where that was erased."""
    columns = actions.c
    query = select(columns.decision_id, columns.mode, columns.severity_rank)
    opened = (
        await connection.execute(query.where(columns.id == notice.case.action_id))
    ).one_or_none()
    if opened is None:
        return
    params = {
        "channel": channel,
        "text": notice.text,
        "title": f"{notice.clock.name} {notice.mark.value}",
        "severity": notice.case.severity.value,
        "case": notice.case.id,
    }
    await insert_new(connection, actions, [_action(notice, opened, params, now)])


def _action(
    notice: SlaNotice, opened: Any, params: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    parts = (notice.case.id, notice.clock.kind, notice.clock.name, notice.mark)
    return {
        "id": hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest(),
        "decision_id": opened.decision_id,
        "kind": "notify",
        # Beyond the places of a rule's own actions, so that it counts as the rule does.
        "idx": 1_000 + list(Mark).index(notice.mark),
        "params": dict(params),
        "mode": opened.mode,
        "severity_rank": opened.severity_rank,
        "state": ActionState.PLANNED.value,
        "reason": None,
        "detail": "",
        "not_before": None,
        "attempts": 0,
        "created_at": now,
        "updated_at": now,
        "receipt": {},
    }
