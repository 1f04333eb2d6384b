"""All that is held about a person, for one who asks what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine.store.acting_tables import cases, opt_outs, sends
from engine.store.chain import append_outcomes, lock_chain
from engine.store.database import in_chunks
from engine.store.erasing import Erased
from engine.store.forgetting import act, find_person
from engine.store.rows import decisions_of, held_back_of, listed, with_classifications
from engine.store.tables import mentions, outcomes
from engine.store.traces import Traces, like_forms
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database
    from engine.store.erasing import Leave
    from engine.store.forgetting import Named
    from engine.store.traces import Person


class HeldStore:
    """Tells what is held about people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def about(self, named: Named, *, leave: Leave) -> dict[str, Any]:
        """Return all that is held about a person, as JSON; that it was asked for is logged.

        Returns:
            ``accounts`` (each ``source``, ``id`` or ``handle``) and ``names``; ``mentions``, oldest
            arrival first, each with its ``classifications``, ``decisions`` (with their actions and
            attempts) and ``held_back``; ``outcomes`` of the log; ``opt_outs``, ``sends`` and
            ``cases``; ``named_by_others``: ids of mentions by others that name the person.
        """
        async with self._database.write() as connection:
            await lock_chain(connection)
            person, rows = await find_person(connection, named)
            found = await _about(connection, person, rows)
            entry = act("export", Erased(mentions=len(rows)), leave)
            await append_outcomes(connection, [entry], at=leave.at)
        return found


async def _about(
    connection: AsyncConnection, person: Person, rows: Sequence[Row[Any]]
) -> dict[str, Any]:
    told = await with_classifications(connection, rows)
    for row, one in zip(rows, told, strict=True):
        one["decisions"] = await decisions_of(connection, row.seq)
        one["held_back"] = await held_back_of(connection, row.seq)
    ids = [row.id for row in rows]
    keys = [f"{source}:{one}" for source, one in sorted(person.ids | _handles(rows))]
    handles = sorted({handle for _, handle in person.handles})
    accounts = [{"source": source, "id": one} for source, one in sorted(person.ids)]
    accounts += [{"source": source, "handle": one} for source, one in sorted(person.handles)]
    return {
        "accounts": accounts,
        "names": sorted(person.names),
        "mentions": told,
        "outcomes": await _rows(connection, outcomes, outcomes.c.mention, wanted=ids),
        "opt_outs": [
            *await _rows(connection, opt_outs, opt_outs.c.author, wanted=keys),
            *await _rows(connection, opt_outs, opt_outs.c.handle, wanted=handles),
        ],
        "sends": await _rows(connection, sends, sends.c.author, wanted=keys),
        "cases": await _rows(connection, cases, cases.c.author, wanted=keys),
        "named_by_others": await _naming(connection, person, {row.seq for row in rows}),
    }


def _handles(rows: Sequence[Row[Any]]) -> frozenset[tuple[str, str]]:
    """Return handles as authors' keys have them: as they were written."""
    return frozenset((row.source, row.author_handle) for row in rows if row.author_handle)


async def _rows(
    connection: AsyncConnection, table: Table, column: Column[Any], *, wanted: Sequence[str]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for chunk in in_chunks(wanted):
        query = select(table).where(column.in_(chunk)).order_by(*table.primary_key.columns)
        found += await listed(connection, query)
    return found


async def _naming(connection: AsyncConnection, person: Person, own: set[int]) -> list[str]:
    traces = Traces()
    traces.look_for(person)
    columns = mentions.c
    forms = like_forms(person.words())
    if not forms:
        return []
    is_like = or_(*(columns.folded_text.icontains(form, autoescape=True) for form in forms))
    query = select(columns.seq, columns.id, columns.body).where(is_like).order_by(columns.seq)
    return [
        row.id
        for row in await connection.execute(query)
        if row.seq not in own and traces.names(row.body["text"])
    ]
