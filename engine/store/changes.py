"""The ledger of changes in the database: `engine.changes.ChangeLedger`, and what people ask of it.

Whoever calls `begin` or `release` has read the object just before and lets nobody else change it
meanwhile; the ledger itself keeps each call whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from engine.change_layers import judge_layers, take_out
from engine.changes import OPEN_CHANGES, Change, ChangeState, Released
from engine.errors import StoreError
from engine.store.acting_tables import changes
from engine.store.column_types import storable
from engine.store.database import in_chunks
from engine.store.tables import actions, decisions
from engine.store.unbroken import unbroken
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

_OPEN = sorted(state.value for state in OPEN_CHANGES)
_PASSING = "on_resolve"


class ChangeStore:
    """`engine.changes.ChangeLedger` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def begin(self, change: Change) -> Change:
        """Store what was found before a change is made, and return the change as stored.

        What lies there already is judged by the value found first: see `engine.change_layers`.
        """
        async with self._database.write() as connection:
            layers = await _layers(connection, change)
            _, settled = judge_layers(layers, change.before)
            await _keep(connection, settled, at=change.at, by="")
            own = await _one(connection, change)
            if own is not None and own.state is not ChangeState.REFUSED:
                return own
            if own is not None:
                # It lies uppermost when it is made, not where its first try would have lain.
                await connection.execute(delete(changes).where(_is(change)))
            await connection.execute(changes.insert(), _row(change))
            return change

    @unbroken
    async def settle(self, change: Change, state: ChangeState, *, at: datetime, by: str) -> None:
        """Note how a change ended; one that is no longer open stays as it is."""
        values: dict[str, Any] = {"state": state.value}
        if state is ChangeState.RESTORED:
            values |= {"restored_at": at, "restored_by": by}
        is_open = changes.c.state.in_(_OPEN)
        async with self._database.write() as connection:
            await connection.execute(update(changes).where(_is(change), is_open).values(**values))

    @unbroken
    async def release(self, change: Change, *, found: str, at: datetime, by: str) -> Released:
        """Say what putting a change back takes, and store that it is under way.

        Raises:
            StoreError: The change was never begun.
        """
        async with self._database.write() as connection:
            layers = await _layers(connection, change)
            standing, settled = judge_layers(layers, found)
            await _keep(connection, settled, at=at, by=by)
            own = await _one(connection, change)
            if own is None:
                message = f"action {change.action_id} never began to change {change.object}"
                raise StoreError(message)
            if not own.is_open:
                return Released(own)
            released, above = take_out(standing, own)
            await _keep(connection, [released], at=at, by=by)
            if above is not None:
                inherits = update(changes).where(_is(above)).values(before=above.before)
                await connection.execute(inherits)
            return Released(released, "" if above is None else above.action_id)

    @unbroken
    async def of(self, action_id: str) -> list[Change]:
        """Return an action's changes in the order they were begun."""
        return await self._read(changes.c.action_id == storable(action_id))

    @unbroken
    async def open_on(self, account: str) -> list[Change]:
        """Return an account's open changes, the oldest first."""
        return await self._read(changes.c.account == account, changes.c.state.in_(_OPEN))

    @unbroken
    async def since(self, account: str, start: datetime) -> list[Change]:
        """Return what was changed on an account at or after an instant, put back or not."""
        found = await self._read(changes.c.account == account, changes.c.at >= start)
        never = ChangeState.REFUSED
        return [one for one in found if one.changes_something and one.state is not never]

    @unbroken
    async def held(self) -> list[dict[str, Any]]:
        """Return the open changes of what is not as people had it, the oldest first.

        Each has ``action account object name field before after state restore at policy rule``.
        """
        columns = changes.c
        query = (
            select(changes, decisions.c.policy, decisions.c.rule)
            .outerjoin(actions, actions.c.id == columns.action_id)
            .outerjoin(decisions, decisions.c.id == actions.c.decision_id)
            .where(columns.state.in_(_OPEN))
            .order_by(columns.seq)
        )
        async with self._database.read() as connection:
            rows = list(await connection.execute(query))
        ends: dict[tuple[str, str, str], tuple[str, str]] = {}
        for row in rows:
            place = (row.account, row.object, row.field)
            ends[place] = (ends.get(place, (row.before, ""))[0], row.after)
        return [
            _shown(row) for row in rows if len(set(ends[row.account, row.object, row.field])) > 1
        ]

    async def _read(self, *conditions: ColumnElement[bool]) -> list[Change]:
        query = select(changes).where(*conditions).order_by(changes.c.seq)
        async with self._database.read() as connection:
            return [_change(row) for row in await connection.execute(query)]


async def changed_by(connection: AsyncConnection, action_ids: Sequence[str]) -> set[str]:
    """Return those of some actions of which a change is open, within the caller's transaction."""
    found: set[str] = set()
    for chunk in in_chunks(sorted(set(action_ids))):
        query = select(changes.c.action_id).where(
            changes.c.action_id.in_(chunk), changes.c.state.in_(_OPEN)
        )
        found.update((await connection.execute(query)).scalars())
    return found


async def _layers(connection: AsyncConnection, change: Change) -> list[Change]:
    columns = changes.c
    query = (
        select(changes)
        .where(
            columns.account == change.account,
            columns.object == change.object,
            columns.field == change.field,
            columns.state.in_(_OPEN),
        )
        .order_by(columns.seq)
        .with_for_update()
    )
    return [_change(row) for row in await connection.execute(query)]


async def _one(connection: AsyncConnection, change: Change) -> Change | None:
    row = (await connection.execute(select(changes).where(_is(change)))).one_or_none()
    return None if row is None else _change(row)


async def _keep(
    connection: AsyncConnection, settled: Sequence[Change], *, at: datetime, by: str
) -> None:
    for one in settled:
        values: dict[str, Any] = {"state": one.state.value}
        if one.state is ChangeState.RESTORED:
            values |= {"restored_at": at, "restored_by": by}
        await connection.execute(update(changes).where(_is(one)).values(**values))


def _is(change: Change) -> ColumnElement[bool]:
    columns = changes.c
    found: ColumnElement[bool] = (
        (columns.action_id == storable(change.action_id))
        & (columns.account == change.account)
        & (columns.object == change.object)
        & (columns.field == change.field)
    )
    return found


def _row(change: Change) -> dict[str, Any]:
    return {
        "action_id": change.action_id,
        "account": change.account,
        "object": change.object,
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "name": change.name,
        "restore": _PASSING if change.is_passing else "never",
        "state": change.state.value,
        "at": change.at,
    }


def _change(row: Row[Any]) -> Change:
    return Change(
        action_id=row.action_id,
        account=row.account,
        object=row.object,
        field=row.field,
        before=row.before,
        after=row.after,
        at=row.at,
        name=row.name,
        is_passing=row.restore == _PASSING,
        state=ChangeState(row.state),
    )


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "action": row.action_id,
        "account": row.account,
        "object": row.object,
        "name": row.name,
        "field": row.field,
        "before": row.before,
        "after": row.after,
        "state": row.state,
        "restore": row.restore,
        "at": format_instant(row.at),
        "policy": row.policy,
        "rule": row.rule,
    }
