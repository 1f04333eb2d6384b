"""The durable log between intake and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.errors import MentionError, StoreError
from engine.ports import LogEntry
from engine.store.decisions import record_decided
from engine.store.forgotten import erasures
from engine.store.mentions import append_batch, read_body
from engine.store.tables import decide_cursor, mentions, source_cursors, window_snapshots
from engine.store.traces import ERASED
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from engine.approving import ApprovalTerms
    from engine.news import News
    from engine.ports import Decided, SourceBatch, Stored
    from engine.store.database import Database
    from engine.store.decisions import Heard

_CURSOR = select(decide_cursor.c.seq).scalar_subquery()
# Of what was erased before it was decided there is nothing left to decide by.
_UNDECIDED = (mentions.c.seq > _CURSOR, mentions.c.text_hash != ERASED)


class SqlMentionLog:
    """`engine.ports.MentionLog` on a database.

    Args:
        terms: Say which actions are too delicate to be sent without a person.
        own_handles: Ours, read at every batch.
        heard: Told of the mentions that are recorded as decided, in the same transaction.
    """

    def __init__(
        self,
        database: Database,
        terms: ApprovalTerms,
        own_handles: Callable[[], Collection[str]] = tuple,
        *,
        heard: Heard | None = None,
    ) -> None:
        self._database = database
        self._terms = terms
        self._own_handles = own_handles
        self._heard = heard

    @unbroken
    async def append(self, batch: SourceBatch, *, observed_at: datetime) -> Stored:
        """Store a batch's mentions, dead letters and cursor in one transaction, idempotently.

        The same identity with the same text is a duplicate; with another text, or an id that
        belongs to another identity, it is a dead letter, as is a mention that cannot be stored.
        A mention that says nothing of its arrival arrived at ``observed_at``. What a mention says
        to us of not being written to, and what became of others upstream, is stored with it.
        """
        return await append_batch(
            self._database, batch, observed_at=observed_at, own_handles=self._own_handles()
        )

    @unbroken
    async def cursor(self, source: str) -> Mapping[str, Any] | None:
        """Return a source's stored cursor, None before its first batch."""
        query = select(source_cursors.c.cursor).where(source_cursors.c.source == source)
        async with self._database.read() as connection:
            found: Mapping[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    @unbroken
    async def undecided(self, *, limit: int) -> list[LogEntry]:
        """Return the next mentions that were not decided yet, in log order."""
        columns = mentions.c
        query = select(columns.seq, columns.body).where(*_UNDECIDED)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(columns.seq).limit(limit))).all()
        return [_entry(row.seq, row.body) for row in rows]

    @unbroken
    async def backlog(self) -> int:
        """Return how many stored mentions are not decided yet."""
        query = select(func.count()).select_from(mentions).where(*_UNDECIDED)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    @unbroken
    async def load_state(self) -> dict[str, Mapping[str, Any]]:
        """Return every stored piece of window state by key."""
        query = select(window_snapshots.c.key, window_snapshots.c.state)
        async with self._database.read() as connection:
            return {row.key: row.state for row in await connection.execute(query)}

    @unbroken
    async def erasures(self) -> int:
        """Return how often something was erased from the state: ask before loading it."""
        async with self._database.read() as connection:
            return await erasures(connection)

    @unbroken
    async def record(
        self,
        decided: Sequence[Decided],
        *,
        state: Mapping[str, Mapping[str, Any] | None],
        at: datetime,
        news: News | None = None,
    ) -> None:
        """Store classifications, decisions, actions, changed state and the cursor at once.

        Raises:
            StateErasedError: Something was erased from the state since it was loaded.
            StoreError: The mentions are not the next ones after the cursor; nothing was written.
        """
        await record_decided(
            self._database,
            decided,
            state=state,
            terms=self._terms,
            at=at,
            news=news,
            heard=self._heard,
        )


def _entry(seq: int, body: Any) -> LogEntry:
    try:
        return LogEntry(seq, read_body(body))
    except MentionError as error:
        message = f"mention {seq} of the log was changed from outside and cannot be read: {error}"
        raise StoreError(message) from error
