"""Restores in the database: one whose original was never sent ends at once, and so does the latter.

A firing may resolve while the action it planned still waits: for a person, or for its turn. It must
not be sent any more, for nothing would put it back afterwards; and there is nothing to put back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine.changes import RESTORE
from engine.decision import ActionState, Mode
from engine.errors import StoreError
from engine.reasons import Reason
from engine.store.chain import OutcomeEntry, append_outcomes, lock_chain
from engine.store.changes import changed_by
from engine.store.column_types import storable
from engine.store.database import in_chunks
from engine.store.params_hash import params_hash
from engine.store.tables import actions, decisions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

_WAITING = frozenset({ActionState.PLANNED, ActionState.AWAITING_APPROVAL, ActionState.APPROVED})
_NEVER_SENT = frozenset({ActionState.CANCELLED, ActionState.SUPPRESSED, ActionState.FAILED})
_ROW = select(actions, decisions.c.policy, decisions.c.rule, decisions.c.mention).join(
    decisions, decisions.c.id == actions.c.decision_id
)


@dataclass(frozen=True, slots=True)
class _End:
    """How an action that waits is ended."""

    row: Row[Any]
    state: ActionState
    reason: Reason
    detail: str


class RestoreStore:
    """What gates and people ask of restores."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def states(self, action_ids: Sequence[str]) -> dict[str, ActionState]:
        """Return where some actions stand, by id; one that is not stored is left out."""
        found: dict[str, ActionState] = {}
        async with self._database.read() as connection:
            for chunk in in_chunks([storable(one) for one in action_ids]):
                query = select(actions.c.id, actions.c.state).where(actions.c.id.in_(chunk))
                rows = await connection.execute(query)
                found |= {row.id: ActionState(row.state) for row in rows}
        return found

    @unbroken
    async def changed(self, action_ids: Sequence[str]) -> set[str]:
        """Return those of some actions of which a change is open."""
        async with self._database.read() as connection:
            return await changed_by(connection, [storable(one) for one in action_ids])

    @unbroken
    async def order(self, action_id: str, *, by: str, reason: str, at: datetime) -> str:
        """Plan to put back what an action changed, as a person's act; return the restore's id.

        The engine carries it out as any other action. While one that was ordered before still
        waits, it is returned instead.

        Raises:
            StoreError: No such action is stored, it is a restore itself, or nobody or no reason is
                named.
        """
        if not by.strip() or not reason.strip():
            message = "putting ads back needs somebody who wants it, and why"
            raise StoreError(message)
        async with self._database.write() as connection:
            await lock_chain(connection)
            row = (
                await connection.execute(_ROW.where(actions.c.id == storable(action_id)))
            ).one_or_none()
            if row is None or row.params.get("do") == RESTORE:
                message = f"no action {action_id!r} that changed anything is stored"
                raise StoreError(message)
            orders = await _orders(connection, row)
            waiting = next((one.id for one in orders if _is_under_way(one)), None)
            if waiting is not None:
                return str(waiting)
            made = _ordered(row, len(orders), by=by, reason=reason, at=at)
            await connection.execute(actions.insert(), made)
            await append_outcomes(connection, [_act(row, made, by=by, reason=reason)], at=at)
            return str(made["id"])


async def end_unneeded(
    connection: AsyncConnection, planned: Sequence[Mapping[str, Any]], *, at: datetime
) -> None:
    """End the restores among newly stored actions whose originals were never sent, and the latter.

    An original that waits is cancelled: at once where it was never tried, and else its restore
    goes on, for some of it may have been done. One under way is waited for by the gate.

    Args:
        planned: Rows of ``actions`` as inserted.
    """
    undoes = {one["id"]: one["params"].get("undoes") for one in planned if _is_restore(one)}
    if not undoes:
        return
    rows = await _rows(connection, [*undoes, *(storable(str(one)) for one in undoes.values())])
    changed = await changed_by(connection, [storable(str(one)) for one in undoes.values()])
    ends: list[_End] = []
    for name, of in undoes.items():
        restore, original = rows[name], rows.get(storable(str(of)))
        if ActionState(restore.state) not in _WAITING:
            continue  # stored before, and ended since
        ends += _ends(restore, original, is_changed=storable(str(of)) in changed)
    for one in ends:
        moved = {"state": one.state.value, "reason": one.reason.value, "detail": one.detail}
        await connection.execute(
            update(actions).where(actions.c.id == one.row.id).values(**moved, updated_at=at)
        )
    await append_outcomes(connection, [_outcome(one) for one in ends], at=at)


def _ends(restore: Row[Any], original: Row[Any] | None, *, is_changed: bool) -> list[_End]:
    if original is None:
        return [_unneeded(restore, "the action it undoes is not stored any more")]
    before = ActionState(original.state)
    said = f"what it undoes is {before}"
    if before in _WAITING:
        detail = f"its incident resolved before it was sent: {restore.id}"
        late = _End(original, ActionState.CANCELLED, Reason.EXPIRED, detail)
        if original.attempts or is_changed:
            return [late]
        return [late, _unneeded(restore, f"what it undoes was still {before}")]
    if before in _NEVER_SENT and not is_changed:
        return [_unneeded(restore, said)]
    return []


def _unneeded(restore: Row[Any], detail: str) -> _End:
    return _End(restore, ActionState.SUPPRESSED, Reason.NOTHING_TO_RESTORE, detail)


def _is_restore(row: Mapping[str, Any]) -> bool:
    params = row["params"]
    waits = ActionState(row["state"]) in _WAITING
    return waits and params.get("do") == RESTORE and bool(params.get("undoes"))


async def _rows(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    found = {}
    for chunk in in_chunks(sorted(set(ids))):
        query = _ROW.where(actions.c.id.in_(chunk)).order_by(actions.c.id)
        for row in await connection.execute(query.with_for_update(of=actions)):
            found[row.id] = row
    return found


async def _orders(connection: AsyncConnection, row: Row[Any]) -> list[Row[Any]]:
    """Return the restores that people ordered of an action, the oldest first."""
    query = select(actions).where(actions.c.decision_id == row.decision_id)
    found = await connection.execute(query.order_by(actions.c.seq))
    return [
        one for one in found if one.params.get("undoes") == row.id and one.params.get("ordered_by")
    ]


def _is_under_way(row: Row[Any]) -> bool:
    return ActionState(row.state) in _WAITING | {ActionState.SENDING, ActionState.UNKNOWN}


def _ordered(row: Row[Any], number: int, *, by: str, reason: str, at: datetime) -> dict[str, Any]:
    written = f"{row.id}\x1frestore\x1f{number}"
    params = {
        **row.params,
        "do": RESTORE,
        "undoes": row.id,
        "was": row.params.get("do"),
        "ordered_by": by,
        "why": reason,
    }
    return {
        "id": hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest(),
        "decision_id": row.decision_id,
        "kind": row.kind,
        "idx": row.idx,
        "params": params,
        "mode": Mode.ENFORCE.value,
        "severity_rank": row.severity_rank,
        "state": ActionState.PLANNED.value,
        "reason": None,
        "detail": "",
        "not_before": None,
        "attempts": 0,
        "created_at": at,
        "updated_at": at,
        "receipt": {},
    }


def _act(row: Row[Any], made: Mapping[str, Any], *, by: str, reason: str) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=made["id"],
        mention=row.mention,
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=ActionState.PLANNED,
        detail=f"{by}: put back what {row.id} changed",
        kind="restore",
        payload={"by": by, "why": reason, "undoes": row.id},
    )


def _outcome(one: _End) -> OutcomeEntry:
    row = one.row
    return OutcomeEntry(
        action_id=row.id,
        mention=row.mention,
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=one.state,
        reason=one.reason,
        detail=one.detail,
        payload={
            "attempts": row.attempts,
            "decision": row.decision_id,
            "params_sha256": params_hash(row.params),
            "receipt": {},
        },
    )
