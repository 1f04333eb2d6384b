"""What the store holds beside an incident: the mentions its cause names, the actions it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from engine.store.database import in_chunks
from engine.store.rows import ACTIONS, listed
from engine.store.tables import actions, decisions, mentions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.incidents import Incident

_NAMED = ("most_reached", "most_typical", "first")
_ABOUT = ("id", "text", "language", "source", "published_at", "url", "author", "metrics")
_MOST_ACTIONS = 200


async def mentions_of(
    connection: AsyncConnection, cause: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """Return the stored mentions that a cause names, by id; what was erased is not among them."""
    if cause is None:
        return {}
    named = sorted({one for sample in _NAMED for one in cause[sample]})
    found: dict[str, dict[str, Any]] = {}
    for chunk in in_chunks(named):
        query = select(mentions.c.id, mentions.c.body).where(mentions.c.id.in_(chunk))
        for row in await connection.execute(query.order_by(mentions.c.id)):
            found[row.id] = {name: row.body.get(name) for name in _ABOUT}
    return found


async def actions_of(connection: AsyncConnection, one: Incident) -> list[dict[str, Any]]:
    """Return the actions that its rules planned while it lasted, oldest first, at most 200.

    Those of its brand, where it has one: a rule may fire for another brand at the same time.
    """
    rules = sorted({(firing.policy, firing.rule) for firing in one.firings})
    is_its = or_(
        *(and_(decisions.c.policy == policy, decisions.c.rule == rule) for policy, rule in rules)
    )
    since = min((firing.opened_at for firing in one.firings), default=one.opened_at)
    query = ACTIONS.where(is_its, decisions.c.at >= since)
    if one.resolved_at is not None:
        query = query.where(decisions.c.at <= max(one.resolved_at, one.opened_at))
    if one.brand is not None:
        query = query.where(mentions.c.brand == one.brand)
    return await listed(connection, query.order_by(actions.c.seq).limit(_MOST_ACTIONS))
