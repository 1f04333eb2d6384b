"""The halt switch in the database: thrown and lifted by people, read before every send."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from engine.errors import HaltError
from engine.halt import Halt, Scope
from engine.store.acting_tables import halts
from engine.store.chain import OutcomeEntry, append_outcomes, canonical_json, lock_chain
from engine.store.column_types import write_instant
from engine.store.rows import as_json, paged
from engine.store.tables import actions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database
    from engine.store.effects import Effect

_OF_PLAYBOOK = "a playbook says so"
# What people are shown of what is halted now.
HALTED = (
    select(halts.c.scope, halts.c.reason, halts.c.by, halts.c.at)
    .where(halts.c.lifted_at.is_(None))
    .order_by(halts.c.seq)
)


class HaltState(StrEnum):
    """Where a halt stands."""

    HALTED = "halted"
    LIFTED = "lifted"


class HaltStore:
    """Halts as people throw them and the dispatcher reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def halt(self, scope: Scope, *, reason: str, by: str, at: datetime) -> Halt:
        """Halt a scope; one that is halted already stays as it is, and is returned.

        Raises:
            HaltError: Nobody or no reason is named.
        """
        _check(reason=reason, by=by)
        async with self._database.write() as connection:
            await lock_chain(connection)
            holding = await _of_scope(connection, scope)
            if holding is not None:
                return holding
            return await _throw(connection, Halt("", scope, reason.strip(), by.strip(), at))

    @unbroken
    async def resume(self, scope: Scope, *, reason: str, by: str, at: datetime) -> Halt:
        """Lift the halt of exactly this scope.

        Raises:
            HaltError: The scope is not halted; what is halted stands in the message.
        """
        _check(reason=reason, by=by)
        async with self._database.write() as connection:
            await lock_chain(connection)
            holding = await _of_scope(connection, scope)
            if holding is None:
                found = ", ".join(str(one.scope) for one in await _holding(connection))
                message = f"{scope} is not halted; halted now: {found or 'nothing'}"
                raise HaltError(message)
            return await _lift(connection, holding, reason=reason, by=by, at=at)

    @unbroken
    async def holding(self) -> list[Halt]:
        """Return what is halted now, the latest last."""
        async with self._database.read() as connection:
            return await _holding(connection)

    @unbroken
    async def recent(
        self, *, limit: int = 50, before_seq: int | None = None
    ) -> list[dict[str, Any]]:
        """Return halts, newest first, lifted ones too."""
        query = paged(select(halts), halts, before=before_seq).limit(limit)
        async with self._database.read() as connection:
            return [as_json(row) for row in await connection.execute(query)]


async def record_halts(
    connection: AsyncConnection, sent: Sequence[Effect], *, at: datetime
) -> None:
    """Throw what a playbook's ``halt`` says, lift it at its stand-down: `engine.store.effects`."""
    for one in sent:
        if one.row.kind == "halt":
            await _take_effect(connection, one.row, at=at)


async def _take_effect(connection: AsyncConnection, row: Row[Any], *, at: datetime) -> None:
    """Throw or lift; what a person halted stays, and so does what another incident still wants."""
    scope, by = Scope.parse(str(row.params["scope"])), f"rule {row.policy}/{row.rule}"
    holding = await _of_scope(connection, scope)
    if row.params.get("do") != "restore":
        if holding is None:
            await _throw(connection, Halt("", scope, _OF_PLAYBOOK, by, at))
    elif (
        holding is not None
        and holding.reason == _OF_PLAYBOOK
        and not await _is_wanted(connection, holding, but=row.params.get("undoes"))
    ):
        await _lift(connection, holding, reason="its incident stood down", by=by, at=at)


async def _is_wanted(connection: AsyncConnection, halt: Halt, *, but: str | None) -> bool:
    """Say whether a playbook's halt since then has not been undone, other than one."""
    query = select(actions.c.id, actions.c.params).where(
        actions.c.kind == "halt", actions.c.state == "sent", actions.c.updated_at >= halt.at
    )
    rows = (await connection.execute(query)).all()
    undone = {row.params.get("undoes") for row in rows} | {but}
    return any(
        row.params.get("do") != "restore"
        and row.params.get("scope") == str(halt.scope)
        and row.id not in undone
        for row in rows
    )


def _check(**given: str) -> None:
    for name, value in given.items():
        if not value.strip():
            wanted = "who does it" if name == "by" else "a reason"
            message = f"a halt needs {wanted}: others ask for it at 3 in the morning"
            raise HaltError(message)


async def _of_scope(connection: AsyncConnection, scope: Scope) -> Halt | None:
    found = [one for one in await _holding(connection) if one.scope == scope]
    return found[0] if found else None


async def _holding(connection: AsyncConnection) -> list[Halt]:
    query = select(halts).where(halts.c.lifted_at.is_(None)).order_by(halts.c.seq)
    return [_halt(row) for row in await connection.execute(query)]


async def _throw(connection: AsyncConnection, halt: Halt) -> Halt:
    number = (await connection.execute(select(func.count()).select_from(halts))).scalar_one()
    parts = [str(halt.scope), write_instant(halt.at), halt.by, number]
    hashed = hashlib.sha256(canonical_json(parts).encode("ascii")).hexdigest()
    thrown = replace(halt, id=f"halt-{hashed[:10]}")
    row = {
        "id": thrown.id,
        "scope": str(thrown.scope),
        "reason": thrown.reason,
        "by": thrown.by,
        "at": thrown.at,
    }
    await connection.execute(halts.insert(), row)
    entry = _outcome(thrown, HaltState.HALTED, by=thrown.by, reason=thrown.reason)
    await append_outcomes(connection, [entry], at=thrown.at)
    return thrown


async def _lift(
    connection: AsyncConnection, holding: Halt, *, reason: str, by: str, at: datetime
) -> Halt:
    lifted = replace(holding, lifted_at=at, lifted_by=by)
    is_it = halts.c.id == holding.id
    changed = {"lifted_at": at, "lifted_by": by}
    await connection.execute(update(halts).where(is_it).values(**changed))
    entry = _outcome(lifted, HaltState.LIFTED, by=by, reason=reason)
    await append_outcomes(connection, [entry], at=at)
    return lifted


def _halt(row: Row[Any]) -> Halt:
    return Halt(
        row.id,
        Scope.parse(row.scope),
        row.reason,
        row.by,
        row.at,
        row.lifted_at,
        row.lifted_by,
    )


def _outcome(halt: Halt, state: HaltState, *, by: str, reason: str) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=halt.id,
        mention="",
        policy="",
        rule="",
        action="halt" if state is HaltState.HALTED else "resume",
        state=state,
        detail=f"{halt.scope} by {by}",
        kind="halt",
        payload={"scope": str(halt.scope), "by": by, "reason": reason},
    )
