"""Drafts as the database holds them: found by their id, locked, moved, told of as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from engine.approving import approvals_needed, person_key, standing
from engine.decision import ALLOWED_MOVES, ActionState, Mode, Severity
from engine.errors import StoreError, VerdictError
from engine.store.acting_tables import verdicts
from engine.store.chain import OutcomeEntry, lock_chain
from engine.store.database import in_chunks
from engine.store.params_hash import params_hash
from engine.store.rows import with_mention
from engine.store.tables import actions, decisions, mentions
from engine.units import format_instant
from engine.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.approving import ApprovalTerms
    from engine.reasons import Reason

AWAITING = ActionState.AWAITING_APPROVAL
SHORTEST_ID = 6
# An action that came to nothing leaves its mention free for another reply.
_CAME_TO_NOTHING = (
    ActionState.AWAITING_APPROVAL.value,
    ActionState.FAILED.value,
    ActionState.CANCELLED.value,
    ActionState.SUPPRESSED.value,
)
DRAFTS = (
    select(
        actions,
        decisions.c.mention_seq,
        decisions.c.mention,
        decisions.c.policy,
        decisions.c.rule,
        decisions.c.severity,
        mentions.c.brand,
        mentions.c.body,
    )
    .join(decisions, decisions.c.id == actions.c.decision_id)
    .join(mentions, mentions.c.seq == decisions.c.mention_seq)
)


async def find_draft(connection: AsyncConnection, named: str) -> Row[Any]:
    """Return an action by its id, or by the beginning of it that no other has.

    Raises:
        VerdictError: ``unknown``, ``ambiguous``, or ``invalid`` where too little is written.
    """
    row = (await connection.execute(DRAFTS.where(actions.c.id == named))).one_or_none()
    if row is not None:
        return row
    if len(named) < SHORTEST_ID:
        code, wanted = "invalid", f"write at least {SHORTEST_ID} digits of its id"
        raise VerdictError(code, f"{named!r} is too short for a draft; {wanted}")
    begins = actions.c.id.startswith(named, autoescape=True)
    ids = select(actions.c.id).where(begins).order_by(actions.c.id).limit(5)
    found = list((await connection.execute(ids)).scalars())
    if not found:
        code, hint = "unknown", "see `tocsin queue list`"
        raise VerdictError(code, f"no draft {named!r} is stored; {hint}")
    if len(found) > 1:
        code, shown = "ambiguous", ", ".join(one[:16] for one in found)
        raise VerdictError(code, f"several drafts begin with {named!r}: {shown}")
    return await find_draft(connection, found[0])


async def lock_draft(connection: AsyncConnection, named: str) -> Row[Any]:
    """Return a draft that nobody else moves until the transaction ends, nor its rivals; see above.

    Actions first, in the order of their ids, then the log: so does whoever settles them, and no two
    wait for one another.
    """
    row = await find_draft(connection, named)
    is_rival = and_(
        actions.c.decision_id.in_(
            select(decisions.c.id).where(decisions.c.mention_seq == row.mention_seq)
        ),
        actions.c.kind == "reply",
        actions.c.state == AWAITING.value,
    )
    locked = select(actions.c.id).where(or_(actions.c.id == row.id, is_rival))
    await connection.execute(locked.order_by(actions.c.id).with_for_update())
    await lock_chain(connection)
    return await find_draft(connection, row.id)


async def verdicts_of(
    connection: AsyncConnection, action_ids: Sequence[str]
) -> dict[str, list[Verdict]]:
    """Return what was said of each action, oldest first; an empty list where nothing was."""
    found: dict[str, list[Verdict]] = {action_id: [] for action_id in action_ids}
    for chunk in in_chunks(list(found)):
        query = select(verdicts).where(verdicts.c.action_id.in_(chunk)).order_by(verdicts.c.seq)
        for row in await connection.execute(query):
            judgement = Judgement(row.judgement)
            one = Verdict(row.action_id, judgement, row.by, row.at, row.reason, row.text)
            found[row.action_id].append(one)
    return found


def needed_for(row: Row[Any], terms: ApprovalTerms, *, risk: float | None = None) -> int:
    """Return how many people have to approve a draft: one at least, whatever its mode."""
    found = approvals_needed(
        row.kind,
        row.params,
        [Mode(row.mode)],
        risk=(row.risk or 0.0) if risk is None else risk,
        four_eyes_above=terms.four_eyes_above,
    )
    return max(found, 1)


async def move(  # noqa: PLR0913 - what changes in the row
    connection: AsyncConnection,
    row: Row[Any],
    state: ActionState,
    *,
    reason: Reason | None = None,
    detail: str = "",
    at: datetime,
) -> None:
    """Move an action as `ALLOWED_MOVES` has it, within the caller's transaction.

    Raises:
        StoreError: It may not move so, or another has moved it meanwhile.
    """
    before = ActionState(row.state)
    changed = {
        "state": state.value,
        "reason": None if reason is None else reason.value,
        "detail": detail,
        "updated_at": at,
    }
    is_it = (actions.c.id == row.id) & (actions.c.state == before.value)
    done = None
    if state in ALLOWED_MOVES[before]:
        done = await connection.execute(update(actions).where(is_it).values(**changed))
    if done is None or done.rowcount != 1:
        message = f"action {row.id} cannot move from {before} to {state}"
        raise StoreError(message)


def cancelled(row: Row[Any], reason: Reason, detail: str = "") -> OutcomeEntry:
    """Return the outcome of a draft that will not be sent."""
    return OutcomeEntry(
        action_id=row.id,
        mention=row.mention,
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=ActionState.CANCELLED,
        reason=reason,
        detail=detail,
        payload={
            "attempts": row.attempts,
            "decision": row.decision_id,
            "params_sha256": params_hash(row.params),
            "receipt": {},
        },
    )


async def rivals(connection: AsyncConnection, row: Row[Any]) -> list[Row[Any]]:
    """Return the other replies to a draft's mention that wait for a person, oldest first."""
    query = _replies_beside(row).where(actions.c.state == AWAITING.value)
    return list((await connection.execute(query.order_by(actions.c.seq))).all())


async def reply_taken(connection: AsyncConnection, row: Row[Any]) -> Row[Any] | None:
    """Return another reply to the same mention that is on its way or was sent; None for none."""
    query = _replies_beside(row).where(actions.c.state.not_in(_CAME_TO_NOTHING))
    return (await connection.execute(query.order_by(actions.c.seq).limit(1))).one_or_none()


def _replies_beside(row: Row[Any]) -> Any:
    return DRAFTS.where(
        decisions.c.mention_seq == row.mention_seq,
        actions.c.kind == "reply",
        actions.c.id != row.id,
    )


def draft_json(
    row: Row[Any], given: Sequence[Verdict], terms: ApprovalTerms, *, now: datetime
) -> dict[str, Any]:
    """Return a draft as the queue shows it.

    Returns:
        The action's own fields, ``about`` its mention, ``needed``, ``approvals`` (names),
        ``edited_by``, ``waiting_since``, ``due`` and ``is_late`` (both None once it is judged).
    """
    found = with_mention(row)
    stands = standing(given)
    names: dict[str, str] = {}
    for one in given:
        names.setdefault(person_key(one.by), one.by)
    is_waiting = row.state == AWAITING.value
    due = terms.due(Severity(row.severity), since=row.updated_at) if is_waiting else None
    return {
        **found,
        "needed": needed_for(row, terms),
        "approvals": [names[one] for one in stands.approvers],
        "edited_by": None if stands.author is None else names[stands.author],
        "waiting_since": format_instant(row.updated_at) if is_waiting else None,
        "due": None if due is None else format_instant(due),
        "is_late": None if due is None else now > due,
    }


def verdict_json(one: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON."""
    return {
        "judgement": one.judgement.value,
        "by": one.by,
        "at": format_instant(one.at),
        "reason": one.reason,
        "text": one.text,
    }
