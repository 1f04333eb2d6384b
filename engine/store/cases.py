"""Cases in the database: opened by the engine, worked on by people, heeded by rules that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import func, select

from engine.cases import Answer, CaseState, act_on
from engine.cases.life import SETTLING
from engine.errors import CaseActError
from engine.store.acting_tables import answers, case_acts, cases
from engine.store.case_effects import record_heard, record_sent
from engine.store.case_rows import case_of, entry, find, mentions_of, note_act, note_answers, save
from engine.store.case_watch import fall_due
from engine.store.chain import append_outcomes, lock_chain
from engine.store.rows import as_json, equal, listed, paged
from engine.store.unbroken import unbroken
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.cases import Case, CaseAct, Clock
    from engine.cases.notice import SlaNotice
    from engine.mention import Mention
    from engine.policy.shared_documents import Queue
    from engine.ports import Decided
    from engine.store.database import Database

_MOST_NOTICES = 500


class HasRow(Protocol):
    """An action with its ``policy`` and ``rule``, and its mention's ``body``."""

    @property
    def row(self) -> Row[Any]:
        """The row of ``actions`` that they were read with."""
        ...


class CaseStore:
    """Cases as people see and change them, and as the engine opens and watches them.

    Attributes:
        queues: Returns the queues of the policies that decide now; whoever runs an engine sets it.
        is_ours: Says whether one of our own accounts wrote a mention; likewise.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.queues: Callable[[], Mapping[str, Queue]] = dict
        self.is_ours: Callable[[Mention], bool] = lambda _mention: False

    async def record_sent(
        self, connection: AsyncConnection, sent: Sequence[HasRow], *, at: datetime
    ) -> None:
        """Open cases for what was assigned, and note what was answered; see `record_sent`.

        Args:
            sent: Actions that were settled as sent just now.
        """
        rows = [one.row for one in sent]
        await record_sent(connection, rows, at=at, queues=self.queues())

    async def record_heard(
        self, connection: AsyncConnection, decided: Sequence[Decided], *, at: datetime
    ) -> None:
        """Let cases go on by what customers and our own accounts wrote; see `record_heard`."""
        await record_heard(connection, decided, at=at, is_ours=self.is_ours)

    @unbroken
    async def act(self, act: CaseAct) -> dict[str, Any]:
        """Do what a person asks, and return the case as JSON, as `show` has it.

        The act stands in the outcome log, with who did it and why.

        Raises:
            CaseActError: There is no such case, the act does not fit where it stands, or no queue
                is called so.
        """
        self._require_queue(act.queue)
        async with self._database.write() as connection:
            # First of all: answers are numbered in the order in which they become visible.
            await lock_chain(connection)
            before = await find(connection, act.case)
            after = act_on(before, act)
            await save(connection, after, act.at)
            number = await note_act(connection, after, act)
            if act.act in SETTLING:
                named = await mentions_of(connection, [after.id])
                await note_answers(connection, named, act.at, ref=f"{after.id}:{number}")
            logged = entry(after, act.act.value, by=act.by, reason=act.note, number=number)
            await append_outcomes(connection, [logged], at=act.at)
        return case_json(after, act.at)

    def _require_queue(self, named: str | None) -> None:
        """Refuse a queue that is misspelt, as far as it is known which there are."""
        known = self.queues()
        if named and known and named not in known:
            message = f"no queue is called {named!r}; there are {', '.join(sorted(known))}"
            raise CaseActError(message)

    @unbroken
    async def recent(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        now: datetime,
        limit: int = 50,
        before_seq: int | None = None,
        queue: str | None = None,
        person: str | None = None,
        state: str | None = None,
        brand: str | None = None,
        is_over: bool | None = None,
        is_overdue: bool = False,
    ) -> list[dict[str, Any]]:
        """Return cases, newest first.

        Args:
            now: By when clocks are told to be overdue.
            is_over: True for the resolved ones alone, False for the others.
            is_overdue: Only those whose time is over, and not resolved.
        """
        columns = cases.c
        conditions = equal(
            (columns.queue, queue),
            (columns.person, person),
            (columns.state, state),
            (columns.brand, brand),
        )
        is_resolved = columns.state == CaseState.RESOLVED.value
        if is_over is not None:
            conditions.append(is_resolved if is_over else ~is_resolved)
        if is_overdue:
            conditions += [~is_resolved, columns.due_at <= now]
        query = paged(select(cases).where(*conditions), cases, before=before_seq).limit(limit)
        async with self._database.read() as connection:
            return [
                {"seq": row.seq, **case_json(case_of(row), now)}
                for row in await connection.execute(query)
            ]

    @unbroken
    async def show(self, case: str, *, now: datetime) -> dict[str, Any]:
        """Return all that is known of one case.

        Args:
            case: Its id, or the beginning of it that no other has.
            now: By when its clocks are told.

        Returns:
            ``case``, ``mentions`` (the ids of those it is about, oldest first) and ``acts`` (what
            was done, by people and by the engine, in order).

        Raises:
            CaseActError: There is none, or several begin so.
        """
        async with self._database.read() as connection:
            found = await find(connection, case)
            query = select(case_acts).where(case_acts.c.case_id == found.id)
            return {
                "case": case_json(found, now),
                "mentions": await mentions_of(connection, [found.id]),
                "acts": await listed(connection, query.order_by(case_acts.c.seq)),
            }

    @unbroken
    async def due(self, now: datetime) -> list[SlaNotice]:
        """Return what fell due until now and was told to nobody yet; each is returned once, ever.

        At most so many cases a call that writers wait for no longer than a moment: call it again
        while it returns anything.
        """
        async with self._database.read() as connection:
            query = select(cases.c.id).where(cases.c.next_due <= now).limit(1)
            if (await connection.execute(query)).one_or_none() is None:
                return []
        async with self._database.write() as connection:
            return await fall_due(connection, now, limit=_MOST_NOTICES, queues=self.queues())

    @unbroken
    async def answers_after(self, seq: int) -> list[Answer]:
        """Return what was answered after a number, oldest first: what rules that wait must know."""
        query = select(answers).where(answers.c.seq > seq).order_by(answers.c.seq)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [Answer(row.mention, row.at, row.seq) for row in rows]

    @unbroken
    async def counts(self, now: datetime) -> list[dict[str, Any]]:
        """Return by queue how many cases are ``open`` (not resolved) and ``overdue`` of these.

        Cases that were given to a person without a queue stand under an empty name.
        """
        columns = cases.c
        is_open = columns.state != CaseState.RESOLVED.value
        queue = func.coalesce(columns.queue, "").label("queue")
        overdue = func.count().filter(columns.due_at <= now).label("overdue")
        query = select(queue, func.count().label("open"), overdue).where(is_open)
        async with self._database.read() as connection:
            rows = await connection.execute(query.group_by(queue).order_by(queue))
            return [as_json(row) for row in rows]


def case_json(case: Case, now: datetime) -> dict[str, Any]:
    """Return a case as people and programs read it; what its clocks say is as of an instant."""
    names = ("id", "mention", "brand", "policy", "rule", "queue", "person")
    instants = ("opened_at", "answered_at", "resolved_at", "due_at")
    is_over = case.state is CaseState.RESOLVED
    due = case.due_at
    return {
        **{name: getattr(case, name) for name in names},
        "severity": case.severity.value,
        "state": case.state.value,
        **{name: _instant(getattr(case, name)) for name in instants},
        "is_overdue": not is_over and due is not None and due <= now,
        "clocks": [_clock_json(one, now) for one in case.clocks],
    }


def _clock_json(one: Clock, now: datetime) -> dict[str, Any]:
    state = "stopped" if one.stopped_at is not None else "running"
    if one.paused_at is not None and one.stopped_at is None:
        state = "paused"
    return {
        "kind": one.kind.value,
        "name": one.name,
        "within": format_duration(one.within),
        "calendar": None if one.calendar is None else one.calendar.id,
        "state": state,
        "due_at": _instant(one.due),
        "used_seconds": one.used(now).total_seconds(),
        "is_breached": one.is_breached(now),
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
