"""How the read side asks for rows and hands them on as JSON values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.store.database import in_chunks
from engine.store.tables import actions, attempts, classifications, decisions, held_back, mentions
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, FromClause, Row, Select, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    AnyRow = Row[*tuple[Any, ...]]

DECISIONS = select(decisions, mentions.c.brand).join(
    mentions, mentions.c.seq == decisions.c.mention_seq
)
ACTIONS = (
    select(
        actions,
        decisions.c.policy,
        decisions.c.rule,
        decisions.c.severity,
        decisions.c.mention,
    )
    .join(decisions, decisions.c.id == actions.c.decision_id)
    .join(mentions, mentions.c.seq == decisions.c.mention_seq)
)
# What a list of actions says of the mention each is about.
_ABOUT = ("text", "language", "source", "published_at", "url", "author")
# Numbers of ours that mean nothing outside.
_INSIDE = frozenset({"mention_seq", "severity_rank", "identity"})


def equal(*wanted: tuple[ColumnElement[Any], Any]) -> list[ColumnElement[bool]]:
    """Return a condition for each column that is given a value; None asks for nothing."""
    return [column == value for column, value in wanted if value is not None]


def paged(
    query: Select[Any], table: Table, *, before: int | None = None, after: int | None = None
) -> Select[Any]:
    """Order rows newest first, or oldest first after a number."""
    if before is not None:
        query = query.where(table.c.seq < before)
    if after is not None:
        return query.where(table.c.seq > after).order_by(table.c.seq)
    return query.order_by(table.c.seq.desc())


def count(table: FromClause, *conditions: ColumnElement[bool]) -> Any:
    """Return how many rows of a table meet the conditions, as a column."""
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


async def tally(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    """Return the counts of a query of (name, count), by its first column, most first."""
    name = query.selected_columns[0]
    grouped = query.group_by(name).order_by(func.count().desc(), name)
    return {row[0]: row[1] for row in await connection.execute(grouped)}


async def listed(connection: AsyncConnection, query: Select[Any]) -> list[dict[str, Any]]:
    """Return a query's rows as JSON objects."""
    return [as_json(row) for row in await connection.execute(query)]


def as_json(row: AnyRow) -> dict[str, Any]:
    """Return a row as a JSON object: instants as ISO 8601 text, our inner numbers left out."""
    return {
        str(name): format_instant(value) if isinstance(value, datetime) else value
        for name, value in row._mapping.items()  # noqa: SLF001 - a Row's documented face
        if name not in _INSIDE
    }


async def with_classifications(
    connection: AsyncConnection, rows: Sequence[AnyRow]
) -> list[dict[str, Any]]:
    """Return mentions as JSON with their number; stored answers stand for those of the input."""
    found: dict[int, dict[str, Any]] = {row.seq: {} for row in rows}
    for chunk in in_chunks(list(found)):
        query = select(classifications).where(classifications.c.mention_seq.in_(chunk))
        for row in await connection.execute(query.order_by(classifications.c.task)):
            answer = as_json(row)
            found[row.mention_seq][answer.pop("task")] = answer
    return [
        {**row.body, "seq": row.seq, "classifications": found[row.seq] or _given(row.body)}
        for row in rows
    ]


def with_mention(row: AnyRow) -> dict[str, Any]:
    """Return an action as JSON with what its mention says under ``about``."""
    found = as_json(row)
    body = found.pop("body")
    return {**found, "about": {name: body.get(name) for name in _ABOUT}}


def _given(body: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = body.get("classifications", {})
    return given


async def decisions_of(connection: AsyncConnection, mention_seq: int) -> list[dict[str, Any]]:
    """Return a mention's decisions in order, each with its actions and their attempts."""
    is_its = decisions.c.mention_seq == mention_seq
    found = await listed(connection, DECISIONS.where(is_its).order_by(decisions.c.seq))
    planned = await listed(connection, ACTIONS.where(is_its).order_by(actions.c.seq))
    tried = await _attempts(connection, [action["id"] for action in planned])
    for action in planned:
        action["attempts"] = [one for one in tried if one["action_id"] == action["id"]]
    return [
        {**one, "actions": [action for action in planned if action["decision_id"] == one["id"]]}
        for one in found
    ]


async def held_back_of(connection: AsyncConnection, mention_seq: int) -> list[dict[str, Any]]:
    """Return what was held back for a mention, in the order of the policies' rules."""
    query = select(held_back).where(held_back.c.mention_seq == mention_seq)
    return await listed(connection, query.order_by(held_back.c.policy, held_back.c.place))


async def _attempts(connection: AsyncConnection, action_ids: Iterable[str]) -> list[dict[str, Any]]:
    query = select(attempts).where(attempts.c.action_id.in_(list(action_ids)))
    return await listed(connection, query.order_by(attempts.c.action_id, attempts.c.number))
