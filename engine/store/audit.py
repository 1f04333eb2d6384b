"""The outcome log as its auditor sees it: its end, its checkpoints, its rows one after another."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Text, select, type_coerce

from engine.audit.checkpoints import Checkpoint, TrustedKeys, anchor_of
from engine.audit.walk import BEGINNING, Anchor
from engine.store.acting_tables import checkpoints
from engine.store.chain import last_outcome, one_snapshot, read_head, read_outcomes, walk
from engine.store.database import insert_new
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.audit.export import LogWriter
    from engine.audit.report import ChainHead, ChainReport
    from engine.store.database import Database


class LogAudit:
    """`engine.audit.auditor.CheckpointBook` on a database, and the log's whole check and export."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def head(self) -> ChainHead:
        """Return where the log ends by its own account."""
        async with self._database.read() as connection:
            return await read_head(connection)

    @unbroken
    async def latest(self) -> Checkpoint | None:
        """Return the checkpoint of the most rows; None before the first."""
        async with self._database.read() as connection:
            found = await _checkpoints(connection, limit=1)
        return found[0] if found else None

    @unbroken
    async def keep(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint; one of as many rows stays as it is."""
        async with self._database.write() as connection:
            await insert_new(connection, checkpoints, [_row(checkpoint)])

    @unbroken
    async def check(
        self,
        *,
        trusted: TrustedKeys,
        start: ChainHead = BEGINNING,
        anchors: Sequence[Anchor] = (),
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> ChainReport:
        """Check the log, the stored checkpoints too, and name the first row that does not fit.

        Args:
            trusted: Keys whose checkpoints are believed; where there are none, signatures are not
                looked at.
            start: Rows up to there were checked before.
            anchors: What was noted elsewhere.
            on_progress: Told now and then how many rows fit.
        """
        async with self._database.read() as connection:
            await one_snapshot(connection)
            stored = await _checkpoints(connection)
            signed = [anchor_of(one, trusted) for one in stored if one.rows >= start.rows]
            return await walk(
                connection, anchors=[*anchors, *signed], start=start, on_progress=on_progress
            )

    @unbroken
    async def export(self, writer: LogWriter) -> None:
        """Hand the whole log to a writer: its head, its checkpoints, then its rows as they stand.

        Rows beyond the head are written too: that they are there is for the reader to judge.
        """
        async with self._database.read() as connection:
            await one_snapshot(connection)
            head = await read_head(connection)
            writer.begin(head, await _checkpoints(connection))
            last = await last_outcome(connection)
            async for row in read_outcomes(connection):
                writer.row(row, last=last)


async def _checkpoints(
    connection: AsyncConnection, *, limit: int | None = None
) -> list[Checkpoint]:
    """Return checkpoints, of the most rows first."""
    columns = checkpoints.c
    at = type_coerce(columns.at, Text).label("at")
    query = select(columns.rows, columns.hash, at, columns.key, columns.signature)
    query = query.order_by(columns.rows.desc()).limit(limit)
    found = (await connection.execute(query)).all()
    return [
        Checkpoint(_number(rows), str(hashed), str(at), str(key), str(signature))
        for rows, hashed, at, key, signature in found
    ]


def _number(value: object) -> int:
    """Return a number of rows; 0, which no checkpoint has, where SQLite holds something else."""
    return value if type(value) is int else 0


def _row(checkpoint: Checkpoint) -> dict[str, object]:
    return checkpoint.as_json() | {"at": datetime.fromisoformat(checkpoint.at)}
