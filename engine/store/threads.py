"""Which notices are about one incident: what was sent first, the others may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine.decision import ActionState
from engine.incidents.incident import firing_id, read_firing
from engine.store.tables import actions, decisions, incidents
from engine.store.unbroken import unbroken
from engine.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database
    from engine.store.rows import AnyRow

# As many as can stand open, or have stood, while one more notice waits to be sent.
_MOST_INCIDENTS = 200
_MOST_NOTICES = 2000
_NOTICES = (
    select(
        actions.c.params,
        actions.c.receipt,
        decisions.c.policy,
        decisions.c.rule,
        decisions.c.firing,
        decisions.c.at,
    )
    .join(decisions, decisions.c.id == actions.c.decision_id)
    .where(actions.c.kind == "notify")
)


class ThreadStore:
    """The store's `engine.receiving.Threads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def first_notice(self, action_id: str, *, channel: str) -> Mapping[str, Any] | None:
        """Return the receipt of what was first sent through a channel about the same incident.

        About one incident are the notices of its rules' firings and those of its playbook. Where
        the rule opens no incident, each of its firings stands for itself.
        """
        async with self._database.read() as connection:
            query = _NOTICES.where(actions.c.id == action_id)
            own = (await connection.execute(query)).one_or_none()
            if own is None or own.firing is None:
                return None
            about, since = await _about(connection, own)
            query = (
                _NOTICES.where(actions.c.state == ActionState.SENT.value, decisions.c.at >= since)
                .order_by(actions.c.updated_at, actions.c.seq)
                .limit(_MOST_NOTICES)
            )
            for row in await connection.execute(query):
                if row.params.get("channel") == channel and _subject(row) in about:
                    receipt: Mapping[str, Any] = row.receipt
                    return receipt
        return None


async def _about(connection: AsyncConnection, own: AnyRow) -> tuple[frozenset[str], datetime]:
    """Return what stands for the incident a notice is about, and since when it lasts.

    Either the incident's own id, which its playbook names, or the ids of its firings.
    """
    subject = _subject(own)
    since = parse_instant(own.firing["opened_at"])
    lasts = or_(incidents.c.resolved_at.is_(None), incidents.c.resolved_at >= since)
    query = select(incidents.c.id, incidents.c.opened_at, incidents.c.body)
    query = query.where(incidents.c.opened_at <= own.at, lasts)
    query = query.order_by(incidents.c.seq.desc()).limit(_MOST_INCIDENTS)
    for row in await connection.execute(query):
        firings = [read_firing(one) for one in row.body["firings"]]
        about = frozenset({row.id, *(one.id for one in firings)})
        if subject in about:
            return about, min((row.opened_at, *(one.opened_at for one in firings)))
    return frozenset({subject}), since


def _subject(row: AnyRow) -> str:
    """Return the id of the incident or firing that a notice is about; empty for a mention alone."""
    named = row.params.get("incident")
    if isinstance(named, str):
        return named
    if row.firing is None:
        return ""
    opened_at = parse_instant(row.firing["opened_at"])
    return firing_id(row.policy, row.rule, row.firing["key"], opened_at=opened_at)
