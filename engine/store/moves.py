"""The moves of actions from state to state: checked, then written with all that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, update

from engine.decision import ALLOWED_MOVES, FINAL_STATES, ActionState
from engine.errors import StoreError
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.column_types import storable
from engine.store.effects import EFFECTS, Effect
from engine.store.params_hash import params_hash
from engine.store.sends import give_back
from engine.store.tables import actions, attempts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.ports import Settled
    from engine.store.effects import Recorder

LOGGED = FINAL_STATES | {ActionState.UNKNOWN}
# Where nothing was sent, if no attempt is in doubt.
NOT_SENT = frozenset(
    {
        ActionState.PLANNED,
        ActionState.AWAITING_APPROVAL,
        ActionState.FAILED,
        ActionState.SUPPRESSED,
        ActionState.CANCELLED,
    }
)


class Moves:
    """The moves of one call, checked one after another, then written table by table.

    Args:
        effects: Write what sent actions change inside the engine.
    """

    def __init__(
        self, rows: Mapping[str, Row[Any]], at: datetime, effects: Sequence[Recorder] = EFFECTS
    ) -> None:
        self._rows = rows
        self._at = at
        self._effects = effects
        self._stands = {key: (ActionState(row.state), row.attempts) for key, row in rows.items()}
        self._doubts = {key: bool(row.is_in_doubt) for key, row in rows.items()}
        self._begun: list[dict[str, Any]] = []
        self._untried: list[dict[str, Any]] = []
        self._given_back: list[str] = []
        self._sent: dict[str, Mapping[str, Any]] = {}
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
        if before is one.state and one.state in LOGGED:
            return
        _check_move(one, before)
        if one.is_untried and before is ActionState.SENDING:
            self._untried.append({"of_action": key, "of_number": number})
            number -= 1
        elif before is ActionState.SENDING:
            self._ended.append(_end_of_attempt(key, number, one, at=self._at))
        if one.state is ActionState.SENDING:
            number += 1
            self._begun.append(attempt_row(key, number, self._at))
        self._stands[key] = one.state, number
        # Out of `unknown` somebody, or a look, has told what happened: the doubt is settled.
        was = self._doubts[key] and before is not ActionState.UNKNOWN
        self._doubts[key] = was or one.is_in_doubt
        self._moved.append(
            _changed(key, number, one, at=self._at) | {"is_in_doubt": int(self._doubts[key])}
        )
        if one.state in NOT_SENT and not self._doubts[key]:
            self._given_back.append(key)
        if one.state is ActionState.SENT:
            self._sent[key] = one.receipt
        if one.state in LOGGED:
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
        if self._untried:
            is_this = (attempts.c.action_id == bindparam("of_action")) & (
                attempts.c.number == bindparam("of_number")
            )
            await connection.execute(delete(attempts).where(is_this), self._untried)
        if self._moved:
            is_it = actions.c.id == bindparam("of_action")
            await connection.execute(update(actions).where(is_it), self._moved)
        await give_back(connection, self._given_back)
        await self._take_effect(connection)
        await append_outcomes(connection, self._entries, at=self._at)

    async def _take_effect(self, connection: AsyncConnection) -> None:
        """Write what sent actions change inside the engine, with the moves or not at all."""
        sent = [Effect(self._rows[key], receipt) for key, receipt in self._sent.items()]
        for record in self._effects:
            await record(connection, sent, at=self._at)


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


def attempt_row(action_id: str, number: int, at: datetime) -> dict[str, Any]:
    """Return the row of an attempt that begins."""
    return {
        "action_id": action_id,
        "number": number,
        "started_at": at,
        "ended_at": None,
        "result": None,
        "detail": "",
    }
