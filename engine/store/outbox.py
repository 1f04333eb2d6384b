"""The outbox: actions move from state to state, each move durable and allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from engine.decision import Action, ActionState, Mode, Severity
from engine.ports import OutboxItem
from engine.reasons import Reason
from engine.store.column_types import storable
from engine.store.database import in_chunks
from engine.store.effects import EFFECTS
from engine.store.mentions import read_body
from engine.store.moves import Moves, attempt_row
from engine.store.tables import actions, attempts, decisions, mentions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.ports import Settled
    from engine.store.database import Database
    from engine.store.effects import Recorder

# The gravest first, then the oldest; the number settles what was planned at one instant.
_ORDER = (actions.c.severity_rank.desc(), actions.c.created_at, actions.c.seq)
_INSTANT = actions.c.not_before.type
_BEGUN = (
    select(attempts.c.started_at)
    .where(attempts.c.action_id == actions.c.id)
    .order_by(attempts.c.number)
    .limit(1)
    .correlate(actions)
)
_LATEST = (
    select(attempts.c.started_at)
    .where(attempts.c.action_id == actions.c.id)
    .order_by(attempts.c.number.desc())
    .limit(1)
    .correlate(actions)
)
_ITEM = (
    select(
        actions,
        _BEGUN.scalar_subquery().label("first_attempt_at"),
        _LATEST.scalar_subquery().label("last_attempt_at"),
        decisions.c.severity,
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

    def __init__(self, database: Database, effects: Sequence[Recorder] = EFFECTS) -> None:
        self._database = database
        self._effects = effects

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
            items = [_begun(_item(row), now) for row in await _rows_by_seq(connection, seqs)]
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
            begun = [attempt_row(item.action.id, item.attempts + 1, now) for item in items]
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
            rows = await locked_rows(connection, [storable(one.action_id) for one in settled])
            moves = Moves(rows, at, self._effects)
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
    async def to_look_up(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return unknown actions that it is time to look back for, the longest unknown first."""
        is_time = and_(actions.c.state == ActionState.UNKNOWN.value, actions.c.not_before <= now)
        async with self._database.read() as connection:
            query = _ITEM.where(is_time).order_by(actions.c.not_before, actions.c.seq).limit(limit)
            found = [_item(row) for row in await connection.execute(query)]
        return [replace(item, attempts=item.attempts - 1) for item in found]

    @unbroken
    async def postpone(self, action_id: str, *, until: datetime | None, detail: str) -> None:
        """Look back for an unknown action at another time; None leaves it to a person."""
        is_unknown = actions.c.state == ActionState.UNKNOWN.value
        is_it = and_(actions.c.id == storable(action_id), is_unknown)
        async with self._database.write() as connection:
            changed = {"not_before": until, "detail": detail}
            await connection.execute(update(actions).where(is_it).values(**changed))

    @unbroken
    async def next_due(self) -> datetime | None:
        """Return when the earliest action falls due, or is looked back for; None when none is.

        What is due already is due since it was planned or approved.
        """
        is_waiting = actions.c.state.in_((ActionState.PLANNED.value, ActionState.APPROVED.value))
        is_unknown = actions.c.state == ActionState.UNKNOWN.value
        is_looked_for = and_(is_unknown, actions.c.not_before.is_not(None))
        since = func.coalesce(actions.c.not_before, actions.c.updated_at, type_=_INSTANT)
        async with self._database.read() as connection:
            query = select(func.min(since, type_=_INSTANT)).where(or_(is_waiting, is_looked_for))
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


async def locked_rows(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the rows of actions by id, locked until the transaction ends."""
    found = {}
    # In one order for all, so that two who settle the same actions cannot wait for one another.
    for chunk in in_chunks(sorted(set(ids))):
        query: Select[Any] = (
            _ITEM.where(actions.c.id.in_(chunk)).order_by(actions.c.id).with_for_update(of=actions)
        )
        for row in await connection.execute(query):
            found[row.id] = row
    return found


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
        risk=row.risk or 0.0,
        first_attempt_at=row.first_attempt_at,
        last_attempt_at=row.last_attempt_at,
        is_in_doubt=bool(row.is_in_doubt),
        severity=Severity(row.severity),
    )


def _begun(item: OutboxItem, now: datetime) -> OutboxItem:
    return replace(item, first_attempt_at=item.first_attempt_at or now, last_attempt_at=now)


def _sending(item: OutboxItem) -> OutboxItem:
    return replace(item, action=replace(item.action, state=ActionState.SENDING))
