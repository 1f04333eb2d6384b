"""What became of mentions where they were written, and which of them we still have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from engine.mention_json import read_mention
from engine.sending import DELETED, UpstreamChange
from engine.store.acting_tables import upstream_changes
from engine.store.column_types import storable
from engine.store.database import in_chunks, insert_into
from engine.store.tables import mentions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.store.database import Database


class Upstream:
    """Edits and deletions as platforms tell of them, and mentions by their id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def note(self, changes: Sequence[UpstreamChange]) -> None:
        """Store changes; the first edit and the first deletion of a mention stand."""
        async with self._database.write() as connection:
            await note_changes(connection, changes)

    @unbroken
    async def of(self, mention: Mention) -> UpstreamChange | None:
        """Return what became of a mention; None where nothing was heard."""
        columns = upstream_changes.c
        query = select(upstream_changes).where(
            columns.source == mention.source, columns.external_id == mention.external_id
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return UpstreamChange(row.source, row.external_id, row.change, row.at)

    @unbroken
    async def mentions(self, ids: Sequence[str]) -> dict[str, Mention]:
        """Return mentions by id; those that are not stored are left out."""
        found: dict[str, Mention] = {}
        wanted = {storable(one): one for one in ids}
        async with self._database.read() as connection:
            for chunk in in_chunks(list(wanted)):
                query = select(mentions.c.id, mentions.c.body).where(mentions.c.id.in_(chunk))
                for row in await connection.execute(query):
                    found[wanted[row.id]] = read_mention(row.body)
        return found


async def note_changes(connection: AsyncConnection, changes: Sequence[UpstreamChange]) -> None:
    """Store changes within the caller's transaction; see `Upstream.note`."""
    columns = upstream_changes.c
    for one in changes:
        row = {
            "source": one.source,
            "external_id": one.external_id,
            "change": one.change,
            "at": one.at,
        }
        insert = insert_into(connection, upstream_changes).values(**row)
        await connection.execute(insert.on_conflict_do_nothing())
        if one.change == DELETED:
            # To be followed anew: what was done about an edit is not enough.
            worse = update(upstream_changes).where(
                columns.source == one.source,
                columns.external_id == one.external_id,
                columns.change != DELETED,
            )
            await connection.execute(worse.values(change=DELETED, at=one.at, followed_at=None))
