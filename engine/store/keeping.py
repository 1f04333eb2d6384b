"""How long words are kept: what is too old, and what was deleted where it was written, goes.

Of a mention a shell is left, under its own id: when it was, what was decided, how it counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, not_, or_, select, tuple_, update

from engine.store import elsewhere
from engine.store.acting_tables import chores, upstream_changes
from engine.store.chain import append_outcomes
from engine.store.database import insert_into
from engine.store.erasing import Erased, Leave, Target, erase_mentions
from engine.store.forgetting import act, locked
from engine.store.forgotten import count_erasure
from engine.store.tables import decisions, mentions
from engine.store.traces import ERASED, Traces
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

_MOST = 2_000  # mentions erased in one transaction
_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Ages:
    """How old words may become; of all that fit a mention the shortest counts.

    Attributes:
        default: Of every mention, by `published_at`.
        sources: By a mention's source.
        rules: Of mentions that a rule matched, by ``policy/rule``.
    """

    default: timedelta
    sources: Mapping[str, timedelta] = field(default_factory=dict)
    rules: Mapping[str, timedelta] = field(default_factory=dict)

    def within(self, limits: Mapping[str, timedelta]) -> Ages:
        """Return the ages with further limits of sources: what platforms demand, say."""
        shortest = dict(self.sources)
        for source, limit in limits.items():
            shortest[source] = min(limit, shortest.get(source, _LONGEST))
        return Ages(self.default, shortest, self.rules)

    def is_over(self, now: datetime) -> ColumnElement[bool]:
        """Return what finds mentions that are older than they may be."""
        columns = mentions.c
        found = [columns.published_at < now - self.default]
        for source, age in self.sources.items():
            found.append(and_(columns.source == source, columns.published_at < now - age))
        for name, age in self.rules.items():
            policy, _, rule = name.rpartition("/")
            matched = select(decisions.c.mention_seq).where(
                decisions.c.policy == policy, decisions.c.rule == rule
            )
            found.append(and_(columns.seq.in_(matched), columns.published_at < now - age))
        return and_(columns.text_hash != ERASED, or_(*found))


class Keeping:
    """Erases words whose time is over, a transaction for so many mentions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def overdue(self, ages: Ages, *, now: datetime) -> int:
        """Return how many mentions are older than they may be."""
        async with self._database.read() as connection:
            query = select(mentions.c.seq).where(ages.is_over(now))
            return len((await connection.execute(query)).all())

    @unbroken
    async def deleted(self) -> int:
        """Return how many stored mentions were deleted where they were written, and not here."""
        async with self._database.read() as connection:
            query = select(mentions.c.seq).where(_is_deleted())
            return len((await connection.execute(query)).all())

    @unbroken
    async def erase_old(self, ages: Ages, *, now: datetime, most: int = _MOST) -> Erased:
        """Erase the words of the oldest mentions that are older than they may be."""
        leave = Leave("engine", "kept for as long as the settings say", now)
        async with self._database.write() as connection:
            return await self._erase(connection, ages.is_over(now), leave, most=most)

    @unbroken
    async def follow_deletions(self, *, now: datetime, most: int = _MOST) -> Erased:
        """Erase the words of mentions that were deleted where they were written."""
        leave = Leave("engine", "deleted where it was written", now)
        async with self._database.write() as connection:
            found = await self._erase(connection, _is_deleted(), leave, most=most)
            await _mark_followed(connection, now)
        return found

    async def _erase(
        self,
        connection: AsyncConnection,
        condition: ColumnElement[bool],
        leave: Leave,
        *,
        most: int,
    ) -> Erased:
        await locked(self._database, connection)
        query = select(mentions).where(condition).order_by(mentions.c.seq).limit(most)
        targets = [_target(row) for row in await connection.execute(query)]
        if not targets:
            return Erased()
        traces = Traces()
        found = await erase_mentions(connection, targets, traces, at=leave.at)
        await elsewhere.replace_quotes(connection, traces, found)
        await elsewhere.replace_states(connection, traces, found)
        await count_erasure(connection, at=leave.at)
        await append_outcomes(connection, [act("retention", found, leave)], at=leave.at)
        return found

    @unbroken
    async def compact(self, *, is_full: bool = False) -> bool:
        """Rewrite the database's pages; see `engine.store.database.Database.compact`."""
        return await self._database.compact(is_full=is_full)

    @unbroken
    async def done_at(self, chore: str) -> datetime | None:
        """Return when a piece of work that is due from time to time was last done."""
        query = select(chores.c.done_at).where(chores.c.name == chore)
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    @unbroken
    async def note_done(self, chore: str, at: datetime, detail: Mapping[str, Any]) -> None:
        """Note that it was done."""
        changed = {"done_at": at, "detail": dict(detail)}
        async with self._database.write() as connection:
            insert = insert_into(connection, chores).values(name=chore, **changed)
            await connection.execute(
                insert.on_conflict_do_update(index_elements=["name"], set_=changed)
            )


def _is_deleted() -> ColumnElement[bool]:
    columns, changed = mentions.c, upstream_changes.c
    gone = select(changed.source, changed.external_id).where(
        changed.change == "deleted", changed.followed_at.is_(None)
    )
    identity = tuple_(columns.source, columns.external_id)
    return and_(columns.text_hash != ERASED, identity.in_(gone))


async def _mark_followed(connection: AsyncConnection, now: datetime) -> None:
    """Mark the changes of which nothing is left to follow.

    One of a mention that is not stored waits: the mention may arrive after its deletion.
    """
    columns, changed = mentions.c, upstream_changes.c
    identity = tuple_(changed.source, changed.external_id)
    stored = select(columns.source, columns.external_id).where(columns.text_hash == ERASED)
    erased = identity.in_(stored)
    is_over = or_(and_(changed.change == "deleted", erased), not_(changed.change == "deleted"))
    query = update(upstream_changes).where(changed.followed_at.is_(None), is_over)
    await connection.execute(query.values(followed_at=now))


def _target(row: Row[Any]) -> Target:
    return Target(row.seq, row.id, row.source, row.external_id, row.body, row.id, row.external_id)
