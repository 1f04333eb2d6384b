"""How people judged the drafts of each rule: what tells whether a rule may be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, or_, select

from engine.decision import ActionState
from engine.reasons import Reason
from engine.store.acting_tables import verdicts
from engine.store.rows import listed
from engine.store.tables import actions, decisions
from engine.verdict import Judgement

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

# Ends that a draft came to without enough people having judged it.
_GIVEN_UP = (Reason.CONFLICT.value, Reason.EXPIRED.value, Reason.FORGOTTEN.value)


def has_verdict(*judgements: Judgement, is_rewrite: bool = False) -> ColumnElement[bool]:
    """Return a condition on actions: a person said one of these, or rewrote it."""
    columns = verdicts.c
    names = [one.value for one in judgements]
    said = columns.text.is_not(None) if is_rewrite else columns.judgement.in_(names)
    return exists(select(columns.seq).where(columns.action_id == actions.c.id, said))


def is_rejected() -> ColumnElement[bool]:
    """Return a condition on actions: a person rejected it."""
    return has_verdict(Judgement.REJECTED)


def is_approved() -> ColumnElement[bool]:
    """Return a condition on actions: as many people as it needed approved it.

    Whatever became of it then; what was given up after the first of two approvals was not.
    """
    columns = actions.c
    is_waiting = columns.state == ActionState.AWAITING_APPROVAL.value
    ended = (ActionState.CANCELLED.value, ActionState.SUPPRESSED.value)
    is_given_up = and_(columns.state.in_(ended), func.coalesce(columns.reason, "").in_(_GIVEN_UP))
    return and_(has_verdict(Judgement.APPROVED), ~is_rejected(), ~is_waiting, ~is_given_up)


def is_judged() -> ColumnElement[bool]:
    """Return a condition on actions: a draft that people judged, or that was given up."""
    columns = actions.c
    waited = columns.reason.in_((Reason.CONFLICT.value, Reason.EXPIRED.value))
    is_given_up = and_(columns.state == ActionState.CANCELLED.value, waited)
    return or_(is_rejected(), is_approved(), is_given_up)


async def tally_verdicts(
    connection: AsyncConnection, *, since: datetime | None = None
) -> list[dict[str, Any]]:
    """Return how people judged each rule's drafts, by policy, rule and kind.

    Args:
        since: Decided then or later, event time.

    Returns:
        ``policy rule kind``, ``approved`` (as the machine wrote them), ``edited`` (rewritten, then
        approved), ``rejected``, ``given_up`` (expired, or another draft was taken), ``waiting``,
        ``judged`` (the first three together) and ``precision``: the share of the judged that were
        approved, edited or not; None where none was judged.
    """
    named = (decisions.c.policy, decisions.c.rule, actions.c.kind)
    is_edited = has_verdict(is_rewrite=True)
    is_waiting = actions.c.state == ActionState.AWAITING_APPROVAL.value
    query = select(
        *named,
        _count(and_(is_approved(), ~is_edited)).label("approved"),
        _count(and_(is_approved(), is_edited)).label("edited"),
        _count(is_rejected()).label("rejected"),
        _count(and_(is_judged(), ~is_approved(), ~is_rejected())).label("given_up"),
        _count(is_waiting).label("waiting"),
    ).join(decisions, decisions.c.id == actions.c.decision_id)
    if since is not None:
        query = query.where(decisions.c.at >= since)
    query = query.where(or_(is_waiting, is_judged())).group_by(*named).order_by(*named)
    return [_with_precision(row) for row in await listed(connection, query)]


async def count_reviewed(connection: AsyncConnection) -> dict[tuple[str, str, str], int]:
    """Return how many drafts people approved or rejected, by policy, rule and kind of action.

    What was sent, given up or cancelled without a person's word is not among them.
    """
    named = (decisions.c.policy, decisions.c.rule, actions.c.kind)
    query = select(*named, func.count().label("count"))
    query = query.join(decisions, decisions.c.id == actions.c.decision_id)
    query = query.where(or_(is_approved(), is_rejected())).group_by(*named)
    return {(row[0], row[1], row[2]): row[3] for row in await connection.execute(query)}


def _count(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _with_precision(row: dict[str, Any]) -> dict[str, Any]:
    kept = row["approved"] + row["edited"]
    judged = kept + row["rejected"]
    precision = round(kept / judged, 4) if judged else None
    return {**row, "judged": judged, "precision": precision}
