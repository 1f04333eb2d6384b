"""The send ledger in the database: one row an action that was, may have been or is being sent."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from engine.store.acting_tables import sends
from engine.store.column_types import storable
from engine.store.database import LOCK_TURN, in_chunks, insert_new
from engine.store.past import SEND_FIELDS, gist, read_past, read_send
from engine.store.rows import equal
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.sending import Past, Reach, Send
    from engine.store.database import Database


class SqlSendLedger:
    """`engine.sending.SendLedger` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let one action at a time be judged and reserved, over all processes of the database.

        Inside, the store may be read and written as usual. It is not entered twice by one caller.

        Raises:
            StoreUnavailableError: Another process kept its turn for longer than the busy timeout,
                or the server is out of reach.
        """
        # The lock of this process first: its waiters would else take every connection of the pool
        # while the one whose turn it is needs one more.
        async with self._one:
            if not self._database.is_postgresql:
                # A file has one engine, see engine.store.lease.
                async with self._database.one_view():
                    yield
                return
            held = _Held(self._database)
            try:
                await held.take()
                async with self._database.one_view():
                    yield
            finally:
                await held.let_go()

    def view(self) -> AbstractAsyncContextManager[None]:
        """Let what is read in the block be read at once, as it stands when the block begins."""
        return self._database.one_view()

    @unbroken
    async def reserve(self, send: Send) -> None:
        """Store a send about to be made; one reserved before stays as it was."""
        row = {name: getattr(send, name) for name in SEND_FIELDS} | {
            "fingerprint": list(send.fingerprint),
            "gist": gist(send),
        }
        async with self._database.write() as connection:
            await insert_new(connection, sends, [row])

    @unbroken
    async def holds(self, action_id: str) -> bool:
        """Say whether an action is reserved: whether it may have been sent."""
        query = select(sends.c.action_id).where(sends.c.action_id == storable(action_id))
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    @unbroken
    async def since(  # noqa: PLR0913 - one filter a field
        self,
        start: datetime,
        *,
        kind: str | None = None,
        account: str | None = None,
        author: str | None = None,
        thread: str | None = None,
        rule: str | None = None,
        mention: str | None = None,
    ) -> list[Send]:
        """Return sends at or after an instant that fit all the filters, oldest first.

        Args:
            rule: ``policy/rule``.
            mention: The id of the mention that was answered.
        """
        columns = sends.c
        policy, _, named = (rule or "").partition("/")
        wanted = equal(
            (columns.kind, kind),
            (columns.account, account),
            (columns.author, author),
            (columns.thread, thread),
            (columns.policy, policy if rule else None),
            (columns.rule, named if rule else None),
            (columns.mention, mention),
        )
        query = select(sends).where(columns.at >= start, *wanted)
        async with self._database.read() as connection:
            found = await connection.execute(query.order_by(columns.at, columns.action_id))
            return [read_send(row) for row in found]

    @unbroken
    async def count(
        self,
        start: datetime,
        *,
        kind: str | None = None,
        account: str | None = None,
        author: str | None = None,
        thread: str | None = None,
    ) -> int:
        """Return how many sends `since` would return, without reading them."""
        columns = sends.c
        wanted = equal(
            (columns.kind, kind),
            (columns.account, account),
            (columns.author, author),
            (columns.thread, thread),
        )
        query = select(func.count()).select_from(sends).where(columns.at >= start, *wanted)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    @unbroken
    async def past(self, send: Send, mention: Mention, *, reach: Reach) -> Past:
        """Return what bears on a send about to be made, at its own instant.

        Args:
            mention: The one it answers.
        """
        async with self._database.read() as connection:
            return await read_past(connection, send, mention, reach=reach)


async def give_back(connection: AsyncConnection, action_ids: Sequence[str]) -> None:
    """Forget sends known not to have happened, within the caller's transaction."""
    for chunk in in_chunks([storable(one) for one in action_ids]):
        await connection.execute(delete(sends).where(sends.c.action_id.in_(chunk)))


async def answered(connection: AsyncConnection, action_id: str, remote_id: str) -> None:
    """Note what the platform calls what was sent, within the caller's transaction."""
    changed = update(sends).where(sends.c.action_id == action_id)
    await connection.execute(changed.values(remote_id=remote_id))


class _Held:
    """The advisory lock of a turn, on a connection of its own for as long as the turn lasts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = AsyncExitStack()

    # Both whole or not at all: a lock that was taken for nobody would stop every sender.
    @unbroken
    async def take(self) -> None:
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self._database.write())
            await self._database.lock(connection, LOCK_TURN)
            self._stack = stack.pop_all()

    @unbroken
    async def let_go(self) -> None:
        await self._stack.aclose()
