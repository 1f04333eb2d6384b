"""Where nothing is published for now: suspended and resumed by rules and by people.

What a rule suspends takes effect in the transaction that records it as sent, so its record and its
effect cannot come apart. Each suspension is its own row: lifting one leaves the others, and nothing
is published until none is left that covers it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, func, or_, select, update

from engine.changes import RESTORE
from engine.errors import StoreError
from engine.store.acting_tables import suspensions
from engine.store.chain import OutcomeEntry, append_outcomes, canonical_json, lock_chain
from engine.store.column_types import storable, write_instant
from engine.store.mentions import read_body
from engine.store.rows import as_json, paged
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.store.database import Database

PUBLISHING = "publishing"
_SCOPES = ("brand", "source")


class _Did(StrEnum):
    """What a person did about publishing."""

    SUSPENDED = "suspended"
    RESUMED = "resumed"


class SuspensionStore:
    """Suspensions as people and rules make them and publishers read them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def is_suspended(self, *, brand: str | None, source: str | None) -> str | None:
        """Return the id of a suspension that covers a publication; None where none does."""
        found = {"all", *(f"brand:{one}" for one in [brand] if one)}
        found |= {f"source:{one}" for one in [source] if one}
        columns = suspensions.c
        query = (
            select(columns.id)
            .where(columns.scope.in_(sorted(found)), columns.lifted_at.is_(None))
            .order_by(columns.seq)
            .limit(1)
        )
        async with self._database.read() as connection:
            name: str | None = (await connection.execute(query)).scalar_one_or_none()
        return name

    @unbroken
    async def suspend(self, scope: str, *, by: str, reason: str, at: datetime) -> str:
        """Suspend publishing as a person's act and return the suspension's id.

        Raises:
            StoreError: The scope is none, or nobody or no reason is named.
        """
        _check(scope, by, reason)
        async with self._database.write() as connection:
            await lock_chain(connection)
            name = await _add(connection, scope, action_id="", by=by, reason=reason, at=at)
            entry = _act(name, scope, _Did.SUSPENDED, by=by, reason=reason)
            await append_outcomes(connection, [entry], at=at)
        return name

    @unbroken
    async def resume(self, named: str, *, by: str, reason: str, at: datetime) -> list[str]:
        """Lift a suspension by its id, or all of a scope, as a person's act; return their ids.

        Raises:
            StoreError: None such holds, or nobody or no reason is named.
        """
        _check("all", by, reason)
        columns = suspensions.c
        async with self._database.write() as connection:
            await lock_chain(connection)
            which = or_(columns.id == storable(named), columns.scope == storable(named))
            lifted = await _lift(connection, which, by=by, at=at)
            if not lifted:
                message = f"no suspension {named!r} holds; see `tocsin publishing list`"
                raise StoreError(message)
            entries = [
                _act(row.id, row.scope, _Did.RESUMED, by=by, reason=reason) for row in lifted
            ]
            await append_outcomes(connection, entries, at=at)
        return [row.id for row in lifted]

    @unbroken
    async def recent(
        self, *, limit: int = 50, before_seq: int | None = None, only_open: bool = False
    ) -> list[dict[str, Any]]:
        """Return suspensions, newest first."""
        query = paged(select(suspensions), suspensions, before=before_seq).limit(limit)
        if only_open:
            query = query.where(suspensions.c.lifted_at.is_(None))
        async with self._database.read() as connection:
            return [as_json(row) for row in await connection.execute(query)]


class Sent(Protocol):
    """One action that has just been sent."""

    @property
    def row(self) -> Row[Any]:
        """Its row of ``actions``, joined with its rule and its mention as the outbox reads it."""
        ...


async def record_publishing(
    connection: AsyncConnection, sent: Sequence[Sent], *, at: datetime
) -> None:
    """Let publishing actions that have just been sent take effect, in the caller's transaction.

    Recorded twice, one changes nothing more.

    Args:
        sent: Of any kind, in the order they were settled.
    """
    for one in sent:
        if one.row.kind == PUBLISHING:
            await _take_effect(connection, one.row, at=at)


async def _take_effect(connection: AsyncConnection, row: Row[Any], *, at: datetime) -> None:
    order, by = row.params.get("do"), f"rule {row.policy}/{row.rule}"
    if order == RESTORE:
        await _undo(connection, row, at=at)
    elif order == "suspend":
        scope = scope_of(row.params.get("scope"), read_body(row.body))
        known = select(suspensions.c.seq).where(suspensions.c.action_id == row.id)
        if (await connection.execute(known)).first() is not None:
            return
        reason = str(row.params.get("playbook", ""))
        await _add(connection, scope, action_id=row.id, by=by, reason=reason, at=at)
    else:
        scope = scope_of(row.params.get("scope"), read_body(row.body))
        # What a person suspended is for a person to lift.
        which = (suspensions.c.scope == scope) & (suspensions.c.action_id != "")
        await _lift(connection, which, by=row.id, at=at)


def scope_of(kind: Any, mention: Mention) -> str:
    """Return what an action suspends: ``all``, ``brand:NAME`` or ``source:NAME``."""
    values = {"brand": mention.brand, "source": mention.source}
    return f"{kind}:{values[kind]}" if values.get(kind) else "all"


async def _undo(connection: AsyncConnection, row: Row[Any], *, at: datetime) -> None:
    """Lift exactly what an action suspended, or suspend again exactly what it lifted."""
    columns, undone = suspensions.c, str(row.params.get("undoes") or "")
    if not undone:
        return
    await _lift(connection, columns.action_id == storable(undone), by=row.id, at=at)
    again = update(suspensions).where(columns.lifted_by == storable(undone))
    await connection.execute(again.values(lifted_at=None, lifted_by=None))


async def _add(  # noqa: PLR0913 - one a column
    connection: AsyncConnection,
    scope: str,
    *,
    action_id: str,
    by: str,
    reason: str,
    at: datetime,
) -> str:
    number = (await connection.execute(select(func.count()).select_from(suspensions))).scalar_one()
    parts = [scope, action_id, by, write_instant(at), number]
    hashed = hashlib.sha256(canonical_json(parts).encode("ascii")).hexdigest()
    name = f"sus-{hashed[:10]}"
    row = {
        "id": name,
        "scope": scope,
        "action_id": action_id,
        "by": by,
        "reason": reason,
        "at": at,
    }
    await connection.execute(suspensions.insert(), row)
    return name


async def _lift(
    connection: AsyncConnection, which: ColumnElement[bool], *, by: str, at: datetime
) -> list[Row[Any]]:
    is_open = which & suspensions.c.lifted_at.is_(None)
    query = select(suspensions).where(is_open).order_by(suspensions.c.seq).with_for_update()
    found = list(await connection.execute(query))
    if found:
        lifted = {"lifted_at": at, "lifted_by": by}
        await connection.execute(update(suspensions).where(is_open).values(**lifted))
    return found


def _check(scope: str, by: str, reason: str) -> None:
    kind, colon, value = scope.partition(":")
    if not (scope == "all" or (kind in _SCOPES and colon and value.strip())):
        message = f"{scope!r} is no scope: write all, brand:NAME or source:NAME"
        raise StoreError(message)
    if not by.strip() or not reason.strip():
        message = "a suspension needs somebody and a reason: others ask for it later"
        raise StoreError(message)


def _act(name: str, scope: str, did: _Did, *, by: str, reason: str) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=name,
        mention="",
        policy="",
        rule="",
        action=PUBLISHING,
        state=did,
        detail=f"by {by}",
        kind="suspension",
        payload={"by": by, "why": reason, "scope": scope},
    )
