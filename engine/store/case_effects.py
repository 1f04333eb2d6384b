"""What becomes of cases by what the engine sends and hears, in the transaction that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.cases import REOPENS_WITHIN, Case, CaseState, case_id, clocks_of
from engine.cases.life import answer, hear_customer
from engine.decision import Severity
from engine.store.acting_tables import answers, cases
from engine.store.case_rows import (
    Diary,
    add_mention,
    author_of,
    case_of,
    in_thread,
    joinable,
    known_authors,
    known_threads,
    mentions_of,
    note_answers,
    row_of,
    save,
    thread_of,
)
from engine.store.chain import lock_chain
from engine.store.column_types import storable
from engine.store.mentions import read_body
from engine.store.tables import mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.policy.shared_documents import Queue
    from engine.ports import Decided

_SEVERITIES = tuple(Severity)
_RANK = {one: rank for rank, one in enumerate(_SEVERITIES)}
EFFECTIVE = frozenset({"assign", "reply"})
_INSTANT = answers.c.at.type


async def record_sent(
    connection: AsyncConnection,
    rows: Sequence[Row[Any]],
    *,
    at: datetime,
    queues: Mapping[str, Queue],
) -> None:
    """Open cases for what was assigned, and let those go on whose mentions were answered.

    Args:
        rows: Actions settled as sent just now, each with its ``policy``, ``rule`` and ``body``.
        at: When they were settled; stands for when a reply was sent.
        queues: As they stand now: what a case that opens now is promised by.
    """
    found = [row for row in rows if row.kind in EFFECTIVE]
    if not found:
        return
    await lock_chain(connection)
    effects = _Effects(connection, at)
    for row in found:
        mention = read_body(row.body)
        if row.kind == "reply":
            await effects.answered(mention, at, ref=row.id)
        else:
            await effects.assigned(row, mention, queues)
    await effects.diary.write(connection)


async def record_heard(
    connection: AsyncConnection,
    decided: Sequence[Decided],
    *,
    at: datetime,
    is_ours: Callable[[Mention], bool],
) -> None:
    """Let cases go on as customers write again, or one of our own accounts answers by hand.

    Args:
        decided: Mentions that are decided just now, once each.
        is_ours: Says whether a mention was written by one of our own accounts.
    """
    heard = [one.mention for one in decided if _may_go_on(one.mention)]
    ours = {mention.id for mention in heard if is_ours(mention)}
    concerned = await _concerned(connection, [one for one in heard if one.id not in ours])
    if not ours and not concerned:
        return
    await lock_chain(connection)
    effects = _Effects(connection, at)
    for mention in heard:
        if mention.id in ours:
            await effects.answered_by_hand(mention)
        elif mention.id in concerned:
            await effects.written(mention)
    await effects.diary.write(connection)


def _may_go_on(mention: Mention) -> bool:
    return mention.in_reply_to is not None or mention.kind == "message"


async def _concerned(connection: AsyncConnection, heard: Sequence[Mention]) -> set[str]:
    """Return the ids of the mentions that some case may be about: few, asked for all at once."""
    threads = await known_threads(connection, {thread_of(one) for one in heard})
    letters = {one.id: author_of(one) for one in heard if one.kind == "message"}
    authors = await known_authors(connection, {one for one in letters.values() if one})
    return {one.id for one in heard if thread_of(one) in threads or letters.get(one.id) in authors}


class _Effects:
    """What becomes of cases in one transaction."""

    def __init__(self, connection: AsyncConnection, at: datetime) -> None:
        self._connection = connection
        self._at = at
        self.diary = Diary(at)

    async def assigned(self, row: Row[Any], mention: Mention, queues: Mapping[str, Queue]) -> None:
        """Open a case, or let one be joined; nothing where it was opened by this action before."""
        wanted = _wanted(row, mention, self._at)
        is_there = select(cases.c.id).where(cases.c.id == wanted.id)
        if (await self._connection.execute(is_there)).one_or_none() is not None:
            return
        since = wanted.opened_at - REOPENS_WITHIN
        known = await joinable(self._connection, mention, wanted, resolved_since=since)
        if known is not None:
            await self._join(known, wanted, mention)
            return
        sla = row.params.get("sla")
        clocks = clocks_of(queues.get(wanted.queue or ""), sla, wanted.opened_at)
        case = await self._with_answer(replace(wanted, clocks=clocks), mention)
        await self._connection.execute(cases.insert(), row_of(case, self._at))
        await add_mention(self._connection, case, mention, self._at)
        is_lost = sla is not None and sla not in {one.name for one in clocks}
        note = f"queue {wanted.queue} has no time {sla!r} any more" if is_lost else ""
        times = {one.name: one.within.total_seconds() for one in case.clocks}
        self.diary.note(case, "open", note=note, opened_by=case.action_id, times=times)

    async def _join(self, case: Case, wanted: Case, mention: Mention) -> None:
        if not await add_mention(self._connection, case, mention, self._at):
            return
        severity = max(case.severity, wanted.severity, key=_RANK.__getitem__)
        after = replace(case, severity=severity)
        if wanted.author is None or wanted.author == case.author:
            after = hear_customer(after, wanted.opened_at)
        after = await self._with_answer(after, mention)
        await save(self._connection, after, self._at)
        self.diary.note(after, "join", mention=mention.id, joined_by=wanted.action_id)

    async def _with_answer(self, case: Case, mention: Mention) -> Case:
        """Return a case as answered where its mention was before the case was there."""
        query = select(func.min(answers.c.at, type_=_INSTANT)).where(
            answers.c.mention == storable(mention.id)
        )
        found = (await self._connection.execute(query)).scalar_one()
        return case if found is None else answer(case, found)

    async def answered(self, mention: Mention, at: datetime, *, ref: str) -> None:
        """Let a mention be answered, and with it all that the cases of its thread are about."""
        found = await in_thread(self._connection, mention)
        named = await mentions_of(self._connection, [case.id for case in found])
        await note_answers(self._connection, [mention.id, *named], at, ref=ref)
        for case in found:
            after = answer(case, at)
            if after is not case:
                await save(self._connection, after, self._at)
                self.diary.note(after, "answer", mention=mention.id)

    async def answered_by_hand(self, ours: Mention) -> None:
        """Let what a mention of our own answers be answered, where it is stored."""
        if ours.in_reply_to is None:
            return
        columns = mentions.c
        is_it = (
            columns.source == storable(ours.source),
            columns.external_id == storable(ours.in_reply_to),
        )
        row = (await self._connection.execute(select(columns.body).where(*is_it))).one_or_none()
        if row is not None:
            await self.answered(read_body(row.body), ours.published_at, ref=ours.id)

    async def written(self, mention: Mention) -> None:
        """Let the cases of a thread go on whose customer wrote again."""
        author = author_of(mention)
        if author is None:
            return
        threads = await in_thread(self._connection, mention)
        found = [one for one in threads if one.author == author]
        if not found and mention.kind == "message":
            found = await _of_author(self._connection, author, mention.brand)
        for case in found:
            after = hear_customer(case, mention.published_at)
            if after is case and case.state is CaseState.RESOLVED:
                continue  # too long ago: whether it opens another one is for the rules to say
            is_new = await add_mention(self._connection, case, mention, self._at)
            if is_new and after is not case:
                await save(self._connection, after, self._at)
                self.diary.note(after, "customer wrote", mention=mention.id)


def _wanted(row: Row[Any], mention: Mention, at: datetime) -> Case:
    """Return the case that an ``assign`` would open, without its clocks."""
    queue, person = row.params.get("queue"), row.params.get("person")
    return Case(
        id=case_id(row.id),
        action_id=row.id,
        mention=mention.id,
        thread=thread_of(mention),
        brand=mention.brand,
        author=author_of(mention),
        policy=row.policy,
        rule=row.rule,
        severity=_SEVERITIES[row.severity_rank],
        target=f"queue:{queue}" if queue is not None else f"person:{person}",
        queue=queue,
        person=person,
        state=CaseState.OPEN,
        # A sender's clock may be fast: nobody is promised a time that has not begun.
        opened_at=min(row.created_at, at),
    )


async def _of_author(connection: AsyncConnection, author: str, brand: str | None) -> list[Case]:
    """Return the latest case of an author: a private message names no thread."""
    is_its = cases.c.brand.is_(None) if brand is None else cases.c.brand == brand
    query = select(cases).where(cases.c.author == author, is_its).order_by(cases.c.seq.desc())
    return [case_of(row) for row in await connection.execute(query.limit(1))]
