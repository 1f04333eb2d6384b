"""Actions whose end is unknown, as people see and settle them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from engine.decision import ActionState
from engine.errors import DoubtError
from engine.ports import Settled
from engine.reasons import Reason
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.column_types import storable
from engine.store.effects import EFFECTS
from engine.store.moves import Moves
from engine.store.outbox import locked_rows
from engine.store.rows import as_json
from engine.store.tables import actions, decisions, mentions
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database
    from engine.store.effects import Recorder

_SHORTEST_PREFIX = 6
_SHOWN = (
    actions.c.id,
    actions.c.kind,
    actions.c.params,
    actions.c.detail,
    actions.c.attempts,
    actions.c.updated_at,
    actions.c.not_before.label("looked_for_at"),
    decisions.c.policy,
    decisions.c.rule,
    decisions.c.mention,
)


class Told(StrEnum):
    """What a person says became of an unknown action."""

    SENT = "sent"
    NOT_SENT = "not-sent"
    AGAIN = "again"


_STATES = {
    Told.SENT: ActionState.SENT,
    Told.NOT_SENT: ActionState.FAILED,
    Told.AGAIN: ActionState.PLANNED,
}


class Doubts:
    """Unknown actions: listed for people, settled by them."""

    def __init__(self, database: Database, effects: Sequence[Recorder] = EFFECTS) -> None:
        self._database = database
        self._effects = effects

    @unbroken
    async def list(self, *, limit: int = 50) -> list[dict[str, Any]]:
        """Return unknown actions, the longest unknown first.

        Each with ``looked_for_at``: when the engine itself looks again; None where only a person
        can tell.
        """
        query = (
            select(*_SHOWN)
            .join(decisions, decisions.c.id == actions.c.decision_id)
            .join(mentions, mentions.c.seq == decisions.c.mention_seq)
            .where(actions.c.state == ActionState.UNKNOWN.value)
            .order_by(actions.c.updated_at, actions.c.seq)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [as_json(row) for row in await connection.execute(query)]

    @unbroken
    async def count(self) -> int:
        """Return how many actions are unknown."""
        is_unknown = actions.c.state == ActionState.UNKNOWN.value
        query = select(func.count()).select_from(actions).where(is_unknown)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    @unbroken
    async def settle(self, named: str, told: Told, *, by: str, reason: str, at: datetime) -> str:
        """Say what became of an unknown action, and return its whole id.

        Args:
            named: Its id, or the first characters of it, at least six.

        Raises:
            DoubtError: There is none of that name, or more than one, or nobody or no reason is
                named.
        """
        for name, value in (("a person", by), ("a reason", reason)):
            if not value.strip():
                message = f"settling an action needs {name}: it stands in the log for good"
                raise DoubtError(message)
        async with self._database.write() as connection:
            found = await _unknown_id(connection, named)
            rows = await locked_rows(connection, [found])
            moves = Moves(rows, at, self._effects)
            end = Reason.RECEIVER_REFUSED if told is Told.NOT_SENT else None
            moves.add(Settled(found, _STATES[told], reason=end, detail=f"{told} says {by}"))
            await moves.write(connection)
            entry = _act(rows[found], told, by=by, reason=reason)
            await append_outcomes(connection, [entry], at=at)
        return found


async def _unknown_id(connection: AsyncConnection, named: str) -> str:
    columns = actions.c
    begins = columns.id.startswith(storable(named), autoescape=True)
    is_it = columns.id == storable(named)
    if len(named) >= _SHORTEST_PREFIX:
        is_it = or_(is_it, begins)
    query = select(columns.id, columns.state).where(is_it).order_by(columns.seq)
    rows = (await connection.execute(query)).all()
    unknown = [row.id for row in rows if row.state == ActionState.UNKNOWN.value]
    if len(unknown) == 1:
        found: str = unknown[0]
        return found
    if unknown:
        message = f"{named!r} begins {len(unknown)} unknown actions: write more of it"
    elif rows:
        message = f"the action {named} is not unknown: it is {rows[0].state}"
    else:
        message = f"no action {named!r} is stored; see `tocsin doubt list`"
    raise DoubtError(message)


def _act(row: Any, told: Told, *, by: str, reason: str) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=row.id,
        mention=row.mention_id,
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=_STATES[told],
        detail=f"{told} by {by}",
        kind="doubt",
        payload={"told": told.value, "by": by, "reason": reason},
    )
