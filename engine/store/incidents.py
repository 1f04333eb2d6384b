"""Incidents in the database: what the engine tells of them, and what people do to them.

A person's act is stored with the incident as it then stands, so that it shows at once; the engine
reads it from ``operator_acts``, follows it, and writes the incident anew. Where the engine writes
an incident without having read the latest acts, they are put on top of what it writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from engine.errors import IncidentActError
from engine.incidents.incident import ENGINE, Did, read_incident, write_incident
from engine.incidents.life import Act, OperatorAct, act_on, follow
from engine.store.chain import OutcomeEntry, append_outcomes, lock_chain
from engine.store.database import in_chunks, insert_into
from engine.store.incident_rows import actions_of, mentions_of
from engine.store.rows import equal, listed, paged
from engine.store.tables import incidents, operator_acts
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.incidents import Incident, IncidentChange
    from engine.store.database import Database

# What the engine does by itself and the outcome log tells of.
_LOGGED = frozenset({Did.OPENED, Did.REOPENED, Did.ROSE, Did.NOTIFIED, Did.RESOLVED})
_LISTED = tuple(column for column in incidents.c if column.name not in ("body", "cause"))
_SHORTEST = 4


async def record_incidents(
    connection: AsyncConnection,
    changes: Sequence[IncidentChange],
    *,
    causes: Mapping[str, Mapping[str, Any]] | None = None,
    followed: int = 0,
    at: datetime,
) -> None:
    """Store what became of incidents, within the caller's transaction.

    Args:
        changes: In the order they happened.
        causes: New views of causes, by incident: `Incidents.take_causes`.
        followed: Number of the latest act that the engine has followed: `Incidents.acts`.
        at: The runner's clock; stands in the outcome log.
    """
    latest = {change.incident.id: change.incident for change in changes}
    if latest:
        # Until the end of the transaction nobody acts on what is about to be written over.
        await lock_chain(connection)
        ahead = await _acts_on(connection, list(latest), after=followed)
        for act in ahead:
            latest[act.incident] = follow(latest[act.incident], act)
        await _upsert(connection, list(latest.values()), at)
    for incident, view in (causes or {}).items():
        is_it = incidents.c.id == incident
        await connection.execute(update(incidents).where(is_it).values(cause=dict(view)))
    await append_outcomes(connection, _entries(changes), at=at)


async def acts_after(connection: AsyncConnection, seq: int) -> list[OperatorAct]:
    """Return the acts of people after a number, oldest first."""
    query = select(operator_acts).where(operator_acts.c.seq > seq).order_by(operator_acts.c.seq)
    return [_act(row) for row in await connection.execute(query)]


class IncidentStore:
    """Incidents as people see and change them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def acts_after(self, seq: int) -> list[OperatorAct]:
        """Return the acts of people after a number, oldest first: what a runner is to follow."""
        async with self._database.read() as connection:
            return await acts_after(connection, seq)

    @unbroken
    async def recent(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        state: str | None = None,
        brand: str | None = None,
        severity: str | None = None,
        is_over: bool | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Return incidents without their timelines, newest first.

        Args:
            is_over: True for the resolved ones alone, False for the others.
            since: Opened then or later, event time.
        """
        columns = incidents.c
        conditions = equal(
            (columns.state, state), (columns.brand, brand), (columns.severity, severity)
        )
        if is_over is not None:
            resolved = columns.state == "resolved"
            conditions.append(resolved if is_over else ~resolved)
        if since is not None:
            conditions.append(columns.opened_at >= since)
        query = paged(select(*_LISTED).where(*conditions), incidents, before=before_seq)
        async with self._database.read() as connection:
            return await listed(connection, query.limit(limit))

    @unbroken
    async def show(self, incident: str) -> dict[str, Any]:
        """Return all that is known of one incident.

        Args:
            incident: Its id, or the beginning of it that no other has.

        Returns:
            ``incident`` (timeline and firings too), ``cause`` (None before anything was counted),
            ``mentions`` (those that the cause names, by id), ``actions`` (that its rules planned
            while it lasted) and ``acts`` (what people did).

        Raises:
            IncidentActError: There is none, or several begin so.
        """
        async with self._database.read() as connection:
            row = await _find(connection, incident)
            whole: dict[str, Any] = row["body"]
            query = select(operator_acts).where(operator_acts.c.incident == whole["id"])
            return {
                "incident": whole,
                "cause": row["cause"],
                "mentions": await mentions_of(connection, row["cause"]),
                "actions": await actions_of(connection, read_incident(whole)),
                "acts": await listed(connection, query.order_by(operator_acts.c.seq)),
            }

    @unbroken
    async def act(self, act: OperatorAct) -> dict[str, Any]:
        """Do what a person asks, and return the incident as JSON; the engine follows.

        The act stands in the outcome log with its note, which can be erased there.

        Raises:
            IncidentActError: There is no such incident, or the act does not fit where it stands.
        """
        async with self._database.write() as connection:
            # First of all: acts are numbered in the order in which they become visible.
            await lock_chain(connection)
            row = await _find(connection, act.incident)
            before = read_incident(row["body"])
            after = act_on(before, act)
            number = await self._store(connection, after.id, act)
            await _upsert(connection, [after], act.at)
            await append_outcomes(connection, [_human(after, act, number)], at=act.at)
        return write_incident(after)

    @staticmethod
    async def _store(connection: AsyncConnection, incident: str, act: OperatorAct) -> int:
        row = {
            "incident": incident,
            "act": act.act.value,
            "by": act.by,
            "at": act.at,
            "note": act.note,
        }
        stored = await connection.execute(
            operator_acts.insert().returning(operator_acts.c.seq), row
        )
        number: int = stored.scalar_one()
        return number

    @unbroken
    async def counts(self) -> dict[str, int]:
        """Return how many incidents stand in each state."""
        query = select(incidents.c.state, func.count()).group_by(incidents.c.state)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(incidents.c.state))
            return {row[0]: row[1] for row in rows}


async def _acts_on(
    connection: AsyncConnection, named: Sequence[str], *, after: int
) -> list[OperatorAct]:
    found: list[OperatorAct] = []
    for chunk in in_chunks(named):
        columns = operator_acts.c
        query = select(operator_acts).where(columns.incident.in_(chunk), columns.seq > after)
        found += [_act(row) for row in await connection.execute(query)]
    return sorted(found, key=lambda act: act.seq)


def _act(row: Any) -> OperatorAct:
    return OperatorAct(row.incident, Act(row.act), row.by, row.at, row.note, row.seq)


async def _find(connection: AsyncConnection, incident: str) -> dict[str, Any]:
    columns = incidents.c
    is_it = columns.id.startswith(_beginning(incident), autoescape=True)
    query = select(columns.id, columns.body, columns.cause).where(is_it).limit(2)
    rows = (await connection.execute(query)).all()
    exact = [row for row in rows if row.id == incident] or rows
    if len(exact) != 1:
        message = f"no incident {incident!r} is stored; see `tocsin incidents list`"
        if exact:
            message = f"several incidents begin with {incident!r}; write more of the id"
        raise IncidentActError(message)
    return {"body": exact[0].body, "cause": exact[0].cause}


def _beginning(incident: str) -> str:
    """Return what an id begins with; people leave out what all have."""
    short = incident.removeprefix("inc-")
    if len(short) < _SHORTEST:
        message = f"{incident!r} is too short for an incident; write at least {_SHORTEST} digits"
        raise IncidentActError(message)
    return f"inc-{short}"


async def _upsert(connection: AsyncConnection, found: Sequence[Incident], at: datetime) -> None:
    insert = insert_into(connection, incidents)
    fixed = ("seq", "id", "cause", "policy", "rule", "opened_at")
    changed = {
        column.name: insert.excluded[column.name]
        for column in incidents.c
        if column.name not in fixed
    }
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["id"], set_=changed),
        [_row(one, at) for one in found],
    )


def _row(one: Incident, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state.value,
        "severity": one.severity.value,
        "title": one.title,
        "policy": one.policy,
        "rule": one.rule,
        "brand": one.brand,
        "key": dict(one.key),
        "playbook": one.playbook,
        "opened_at": one.opened_at,
        "acknowledged_at": one.acknowledged_at,
        "resolved_at": one.resolved_at,
        "updated_at": at,
        "body": write_incident(one),
    }


def _entries(changes: Sequence[IncidentChange]) -> list[OutcomeEntry]:
    return [
        _outcome(change.incident, entry.what.value, entry.detail)
        for change in changes
        for entry in change.entries
        if entry.what in _LOGGED and entry.who == ENGINE
    ]


def _outcome(one: Incident, what: str, detail: str, **payload: Any) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=one.id,
        mention="",
        policy=one.policy,
        rule=one.rule,
        action=what,
        state=one.state,
        detail=detail,
        kind="incident",
        payload={"severity": one.severity.value, **payload},
    )


def _human(one: Incident, act: OperatorAct, number: int) -> OutcomeEntry:
    return _outcome(one, act.act.value, f"by {act.by}", by=act.by, reason=act.note, act=number)
