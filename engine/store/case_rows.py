"""Cases as rows: written, read, found, and what is logged of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from engine.cases import Case, CaseState
from engine.cases.clock import read_clock, write_clock
from engine.decision import Severity
from engine.errors import CaseActError
from engine.sending import author_key, thread_key
from engine.store.acting_tables import answers, case_acts, case_mentions, cases
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.column_types import storable
from engine.store.database import in_chunks, insert_new
from engine.store.mentions import LONGEST_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.cases import CaseAct
    from engine.mention import Mention

ENGINE = "engine"
_SHORTEST = 4
_PLAIN = ("id", "action_id", "mention", "thread", "brand", "author", "policy", "rule", "target")
_MOVED = ("queue", "person", "opened_at", "answered_at", "resolved_at")


def row_of(case: Case, at: datetime) -> dict[str, Any]:
    """Return a case as its row."""
    return {
        **{name: getattr(case, name) for name in (*_PLAIN, *_MOVED)},
        "severity": case.severity.value,
        "state": case.state.value,
        "clocks": [write_clock(one) for one in case.clocks],
        "due_at": case.due_at,
        "next_due": case.next_mark_at,
        "updated_at": at,
    }


def case_of(row: Row[Any]) -> Case:
    """Return the case of a row."""
    return Case(
        **{name: getattr(row, name) for name in (*_PLAIN, *_MOVED)},
        severity=Severity(row.severity),
        state=CaseState(row.state),
        clocks=tuple(read_clock(one) for one in row.clocks),
    )


async def save(connection: AsyncConnection, case: Case, at: datetime) -> None:
    """Write a case that is stored already."""
    await connection.execute(update(cases).where(cases.c.id == case.id).values(**row_of(case, at)))


async def find(connection: AsyncConnection, named: str) -> Case:
    """Return a case by its id, or by the beginning of it that no other has.

    Raises:
        CaseActError: There is none, or several begin so.
    """
    short = named.removeprefix("case-")
    if len(short) < _SHORTEST:
        message = f"{named!r} is too short for a case; write at least {_SHORTEST} digits"
        raise CaseActError(message)
    begins = cases.c.id.startswith(storable(f"case-{short}"), autoescape=True)
    rows = (await connection.execute(select(cases).where(begins).limit(2))).all()
    exact = [row for row in rows if row.id == named] or rows
    if len(exact) != 1:
        message = f"no case {named!r} is stored; see `tocsin cases list`"
        if exact:
            message = f"several cases begin with {named!r}; write more of the id"
        raise CaseActError(message)
    return case_of(exact[0])


def author_of(mention: Mention) -> str | None:
    """Return who wrote a mention as rows name them; None where it does not say."""
    found = author_key(mention)
    return None if found is None else _cut(found)


def thread_of(mention: Mention) -> str:
    """Return a mention's thread as rows name it."""
    return _cut(thread_key(mention))


def name_of(mention: Mention) -> str:
    """Return by what the thread of an answer names the mention it answers."""
    return _cut(f"{mention.source}:{mention.external_id}")


def is_about(keys: Iterable[str]) -> ColumnElement[bool]:
    """Return whether a row of ``case_mentions`` is of a thread that one of the keys names."""
    wanted = sorted(set(keys))
    return or_(case_mentions.c.named.in_(wanted), case_mentions.c.thread.in_(wanted))


async def in_thread(connection: AsyncConnection, mention: Mention) -> list[Case]:
    """Return the cases that are about a mention, or about its thread, oldest first."""
    about = select(case_mentions.c.case_id).where(is_about((name_of(mention), thread_of(mention))))
    query = select(cases).where(cases.c.id.in_(about)).order_by(cases.c.seq)
    return [case_of(row) for row in await connection.execute(query)]


async def known_threads(connection: AsyncConnection, keys: Collection[str]) -> set[str]:
    """Return those of the threads that some case is about."""
    found: set[str] = set()
    for chunk in in_chunks(sorted(keys)):
        for column in (case_mentions.c.named, case_mentions.c.thread):
            found.update(
                (await connection.execute(select(column).where(column.in_(chunk)))).scalars()
            )
    return found


async def known_authors(connection: AsyncConnection, authors: Collection[str]) -> set[str | None]:
    """Return those of the authors that some case is of."""
    found: set[str | None] = set()
    for chunk in in_chunks(sorted(authors)):
        query = select(cases.c.author).where(cases.c.author.in_(chunk))
        found.update((await connection.execute(query)).scalars())
    return found


async def joinable(
    connection: AsyncConnection, mention: Mention, wanted: Case, *, resolved_since: datetime
) -> Case | None:
    """Return the case that an ``assign`` joins; None where it opens its own.

    One for the same target and brand: open and in the same thread or by the same author, else
    resolved lately and in the same thread. The newest of those that fit.

    Args:
        wanted: The case that would be opened.
    """
    threads = await in_thread(connection, mention)
    found = {one.id: one for one in threads if _is_for(one, wanted)}
    if wanted.author is not None:
        # By the author's index alone: a condition on more would look through a whole brand.
        query = select(cases).where(cases.c.author == wanted.author).order_by(cases.c.seq)
        its = [case_of(row) for row in await connection.execute(query)]
        found |= {one.id: one for one in its if _is_for(one, wanted) and not _is_over(one)}
    fits = [one for one in found.values() if not _is_over(one)]
    fits = fits or [one for one in found.values() if _ended(one) >= resolved_since]
    return max(fits, key=lambda one: (one.opened_at, one.id), default=None)


def _is_for(one: Case, wanted: Case) -> bool:
    """Say whether a case has the target and the brand of one that would be opened."""
    has_it = one.queue == wanted.queue and (wanted.queue is not None or one.person == wanted.person)
    return one.brand == wanted.brand and (one.target == wanted.target or has_it)


def _is_over(one: Case) -> bool:
    return one.state is CaseState.RESOLVED


def _ended(one: Case) -> datetime:
    return one.resolved_at or one.opened_at


async def add_mention(
    connection: AsyncConnection, case: Case, mention: Mention, at: datetime
) -> bool:
    """Let a case be about a mention, and say whether it was not before."""
    columns = case_mentions.c
    is_it = (columns.case_id == case.id, columns.mention == storable(mention.id))
    known = await connection.execute(select(columns.mention).where(*is_it))
    if known.one_or_none() is not None:
        return False
    row = {
        "case_id": case.id,
        "mention": mention.id,
        "named": name_of(mention),
        "thread": thread_of(mention),
        "at": at,
    }
    await connection.execute(case_mentions.insert(), row)
    return True


async def mentions_of(connection: AsyncConnection, found: Sequence[str]) -> list[str]:
    """Return the ids of the mentions that cases are about, by the cases' ids."""
    named: dict[str, None] = {}
    for chunk in in_chunks(found):
        query = select(case_mentions.c.mention).where(case_mentions.c.case_id.in_(chunk))
        query = query.order_by(case_mentions.c.at, case_mentions.c.mention)
        named |= dict.fromkeys((await connection.execute(query)).scalars())
    return list(named)


async def note_answers(
    connection: AsyncConnection, named: Iterable[str], at: datetime, *, ref: str
) -> None:
    """Store that mentions need no further answer; the same of one cause is stored once.

    Args:
        ref: What answered them: an action, a mention, an act.
    """
    rows = [{"key": _digest(ref, one), "mention": one, "at": at} for one in dict.fromkeys(named)]
    await insert_new(connection, answers, rows)


async def note_act(connection: AsyncConnection, case: Case, act: CaseAct) -> int:
    """Store what a person did to a case, and return the number of the act."""
    row = {
        "case_id": case.id,
        "act": act.act.value,
        "by": act.by,
        "at": act.at,
        "note": act.note,
    }
    stored = await connection.execute(case_acts.insert().returning(case_acts.c.seq), row)
    number: int = stored.scalar_one()
    return number


class Diary:
    """What the engine does to cases, kept until it is written at once."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._acts: list[dict[str, Any]] = []
        self._entries: list[OutcomeEntry] = []

    def note(
        self, case: Case, act: str, *, mention: str = "", note: str = "", **payload: Any
    ) -> None:
        """Note an act of the engine; for the outcome log see `entry`."""
        row = {"case_id": case.id, "act": act, "by": ENGINE, "at": self._at, "note": note}
        self._acts.append(row)
        self._entries.append(entry(case, act, mention=mention, **payload))

    async def write(self, connection: AsyncConnection) -> None:
        """Write all of it, in order, within the caller's transaction."""
        if self._acts:
            await connection.execute(case_acts.insert(), self._acts)
        await append_outcomes(connection, self._entries, at=self._at)


def entry(case: Case, act: str, *, mention: str = "", **payload: Any) -> OutcomeEntry:
    """Return what the outcome log says of an act.

    Args:
        mention: The id of the mention it is about, where that is not the case's first.
    """
    by = payload.get("by", ENGINE)
    return OutcomeEntry(
        action_id=case.id,
        mention=mention or case.mention,
        policy=case.policy,
        rule=case.rule,
        action=act,
        state=case.state,
        detail=f"by {by}",
        kind="case",
        payload={"by": by, "queue": case.queue, "person": case.person, **payload},
    )


def _cut(key: str) -> str:
    """Return a key that an index can hold: one that is too long gives way to its digest."""
    return key if len(storable(key).encode("utf-8")) <= LONGEST_KEY else _digest(key)


def _digest(*parts: str) -> str:
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
