"""The outbox: actions move from state to state, each move durable and allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from engine.decision import ALLOWED_MOVES, FINAL_STATES, Action, ActionState, Mode
from engine.errors import StoreError
from engine.ports import OutboxItem
from engine.reasons import Reason
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.column_types import storable
from engine.store.database import in_chunks
from engine.store.mentions import read_body
from engine.store.params_hash import params_hash
from engine.store.tables import actions, attempts, decisions, mentions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.ports import Settled
    from engine.store.database import Database

_LOGGED = FINAL_STATES | {ActionState.UNKNOWN}
# The gravest first, then the oldest; the number settles what was planned at one instant.
_ORDER = (actions.c.severity_rank.desc(), actions.c.created_at, actions.c.seq)
_INSTANT = actions.c.not_before.type
_ITEM = (
    select(
        actions,
        decisions.c.policy,
        decisions.c.rule,
        mentions.c.id.label("mention_id"),
        mentions.c.body,
    )
    .join(decisions, decisions.c.id == actions.c.decision_id)
    .join(mentions, mentions.c.seq == decisions.c.mention_seq)
)


class SqlOutbox:
    """`engine.ports.Outbox` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def due(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Return due planned and approved actions without moving them, in the order of `claim`."""
        async with self._database.read() as connection:
            query = _ITEM.where(_is_due(now, kinds)).order_by(*_ORDER).limit(limit)
            return [_item(row) for row in await connection.execute(query)]

    @unbroken
    async def claim(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Move due planned and approved actions to `sending` and return them.

        Each gets an attempt and is claimed by one caller only; the gravest come first, then the
        oldest. The move is durable before this returns.
        """
        async with self._database.write() as connection:
            picked = (
                select(actions.c.seq)
                .where(_is_due(now, kinds))
                .order_by(*_ORDER)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            seqs = list((await connection.execute(picked)).scalars())
            items = [_item(row) for row in await _rows_by_seq(connection, seqs)]
            for chunk in in_chunks(seqs):
                await connection.execute(
                    update(actions)
                    .where(actions.c.seq.in_(chunk))
                    .values(
                        state=ActionState.SENDING.value,
                        attempts=actions.c.attempts + 1,
                        not_before=None,
                        updated_at=now,
                    )
                )
            begun = [_attempt(item.action.id, item.attempts + 1, now) for item in items]
            if begun:
                await connection.execute(attempts.insert(), begun)
        return [_sending(item) for item in items]

    @unbroken
    async def settle(self, settled: Sequence[Settled], *, at: datetime) -> None:
        """Move actions on as `ALLOWED_MOVES` has it, all of them or none.

        Final and unknown states are written to the outcome log. An action that already stands in
        the final or unknown state asked for is left as it is, without a second outcome.

        Raises:
            StoreError: An action is not known, or may not move so; nothing was written.
        """
        async with self._database.write() as connection:
            rows = await _locked_rows(connection, [storable(one.action_id) for one in settled])
            moves = _Moves(rows, at)
            for one in settled:
                moves.add(one)
            await moves.write(connection)

    @unbroken
    async def interrupted(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return the actions left `sending`, the gravest first, then the oldest.

        Args:
            now: Not looked at: a clock set back must hide no action.
        """
        del now
        async with self._database.read() as connection:
            is_sending = actions.c.state == ActionState.SENDING.value
            query = _ITEM.where(is_sending).order_by(*_ORDER).limit(limit)
            found = [_item(row) for row in await connection.execute(query)]
        # Their attempt has begun, and "before this one" does not count it.
        return [replace(item, attempts=item.attempts - 1) for item in found]

    @unbroken
    async def next_due(self) -> datetime | None:
        """Return when the earliest waiting action falls due; None when none waits.

        What is due already is due since it was planned or approved.
        """
        is_waiting = actions.c.state.in_((ActionState.PLANNED.value, ActionState.APPROVED.value))
        since = func.coalesce(actions.c.not_before, actions.c.updated_at, type_=_INSTANT)
        async with self._database.read() as connection:
            query = select(func.min(since, type_=_INSTANT)).where(is_waiting)
            found: datetime | None = (await connection.execute(query)).scalar_one()
        return found


def _is_due(now: datetime, kinds: Sequence[str]) -> ColumnElement[bool]:
    columns = actions.c
    is_ripe = or_(columns.not_before.is_(None), columns.not_before <= now)
    found = or_(
        and_(columns.state == ActionState.PLANNED.value, is_ripe),
        columns.state == ActionState.APPROVED.value,
    )
    return and_(found, columns.kind.in_(list(kinds))) if kinds else found


async def _rows_by_seq(connection: AsyncConnection, seqs: Sequence[int]) -> list[Row[Any]]:
    found = {}
    for chunk in in_chunks(seqs):
        for row in await connection.execute(_ITEM.where(actions.c.seq.in_(chunk))):
            found[row.seq] = row
    return [found[seq] for seq in seqs]


async def _locked_rows(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    found = {}
    # In one order for all, so that two who settle the same actions cannot wait for one another.
    for chunk in in_chunks(sorted(set(ids))):
        query: Select[Any] = (
            _ITEM.where(actions.c.id.in_(chunk)).order_by(actions.c.id).with_for_update(of=actions)
        )
        for row in await connection.execute(query):
            found[row.id] = row
    return found


class _Moves:
    """The moves of one call, checked one after another, then written table by table."""

    def __init__(self, rows: Mapping[str, Row[Any]], at: datetime) -> None:
        self._rows = rows
        self._at = at
        self._stands = {key: (ActionState(row.state), row.attempts) for key, row in rows.items()}
        self._begun: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []
        self._moved: list[dict[str, Any]] = []
        self._entries: list[OutcomeEntry] = []

    def add(self, one: Settled) -> None:
        """Take one move in, after those already taken in.

        Raises:
            StoreError: The action is not known, or may not move so.
        """
        key = storable(one.action_id)
        if key not in self._stands:
            message = f"action {one.action_id} is not in the store; it cannot be settled"
            raise StoreError(message)
        before, number = self._stands[key]
        if before is one.state and one.state in _LOGGED:
            return
        _check_move(one, before)
        if before is ActionState.SENDING:
            self._ended.append(_end_of_attempt(key, number, one, at=self._at))
        if one.state is ActionState.SENDING:
            number += 1
            self._begun.append(_attempt(key, number, self._at))
        self._stands[key] = one.state, number
        self._moved.append(_changed(key, number, one, at=self._at))
        if one.state in _LOGGED:
            self._entries.append(_outcome(self._rows[key], one, attempts=number))

    async def write(self, connection: AsyncConnection) -> None:
        """Write all of it, within the caller's transaction."""
        if self._begun:
            await connection.execute(attempts.insert(), self._begun)
        if self._ended:
            is_this = (attempts.c.action_id == bindparam("of_action")) & (
                attempts.c.number == bindparam("of_number")
            )
            await connection.execute(update(attempts).where(is_this), self._ended)
        if self._moved:
            is_it = actions.c.id == bindparam("of_action")
            await connection.execute(update(actions).where(is_it), self._moved)
        await append_outcomes(connection, self._entries, at=self._at)


def _check_move(one: Settled, before: ActionState) -> None:
    if one.state in ALLOWED_MOVES[before]:
        return
    allowed = ", ".join(sorted(ALLOWED_MOVES[before])) or "none: it is final"
    message = (
        f"action {one.action_id} cannot move from {before} to {one.state}; "
        f"allowed from {before}: {allowed}"
    )
    raise StoreError(message)


def _end_of_attempt(key: str, number: int, one: Settled, *, at: datetime) -> dict[str, Any]:
    return {
        "of_action": key,
        "of_number": number,
        "ended_at": at,
        "result": one.state.value,
        "detail": one.detail,
    }


def _changed(key: str, number: int, one: Settled, *, at: datetime) -> dict[str, Any]:
    return {
        "of_action": key,
        "state": one.state.value,
        "reason": one.reason.value if one.reason else None,
        "detail": one.detail,
        "not_before": one.not_before,
        "attempts": number,
        "updated_at": at,
        "receipt": dict(one.receipt),
    }


def _outcome(row: Row[Any], one: Settled, *, attempts: int) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=row.id,
        mention=row.mention_id,
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=one.state,
        reason=one.reason,
        detail=one.detail,
        payload={
            "attempts": attempts,
            "decision": row.decision_id,
            "params_sha256": params_hash(row.params),
            "receipt": dict(one.receipt),
        },
    )


def _attempt(action_id: str, number: int, at: datetime) -> dict[str, Any]:
    return {
        "action_id": action_id,
        "number": number,
        "started_at": at,
        "ended_at": None,
        "result": None,
        "detail": "",
    }


def _item(row: Row[Any]) -> OutboxItem:
    return OutboxItem(
        action=Action(
            id=row.id,
            kind=row.kind,
            index=row.idx,
            params=row.params,
            mode=Mode(row.mode),
            state=ActionState(row.state),
            reason=Reason(row.reason) if row.reason else None,
        ),
        policy=row.policy,
        rule=row.rule,
        mention=read_body(row.body),
        attempts=row.attempts,
        created_at=row.created_at,
    )


def _sending(item: OutboxItem) -> OutboxItem:
    return replace(item, action=replace(item.action, state=ActionState.SENDING))
