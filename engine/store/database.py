"""Connections: one writer at a time, readers beside it, on either database."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from engine.errors import ConfigError, StoreUnusableError
from engine.store.failures import explained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import timedelta

    from sqlalchemy import Connection, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

# The view that the reads of a task share, and whose it is.
_VIEW: ContextVar[tuple[Database, AsyncConnection] | None] = ContextVar("view", default=None)

# Numbers of our own for PostgreSQL's advisory locks: "tocs" in ASCII, then what is locked.
LOCK_APPEND = 0x746F637300000001
LOCK_MIGRATE = 0x746F637300000002
# 3 is the lease's.
LOCK_TURN = 0x746F637300000004

# Under this name a database's connections carry where the log's salts come from.
RANDOMNESS = "tocsin_randomness"

_READERS = 4
# Rows named in one statement: SQLite before 3.32 takes 999 variables.
_CHUNK = 400


class Database:
    """The connections to one database.

    On SQLite there is one writing connection, its transactions begun IMMEDIATE and lined up by a
    lock, so that writers of this process never find each other's lock; readers see the last commit.
    On PostgreSQL writers are kept apart by row and advisory locks.

    Args:
        url: ``sqlite:///path/file.db`` (a relative path), ``sqlite:////path/file.db`` or
            ``postgresql://user@host/name``.
        busy_timeout: How long a statement waits for a lock of someone else.
        randomness: Gives so many random bytes; a test's own makes its log the same each time.

    Raises:
        ConfigError: The URL is none of these.
    """

    def __init__(
        self,
        url: str,
        *,
        busy_timeout: timedelta,
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> None:
        parsed = parse_url(url)
        self.shown_url = parsed.render_as_string(hide_password=True)
        self.is_postgresql = parsed.get_backend_name() == "postgresql"
        self.path = None if self.is_postgresql else Path(str(parsed.database))
        self._wait_ms = max(1, round(busy_timeout.total_seconds() * 1000))
        self._writing = asyncio.Lock()
        self._file: tuple[int, int] | None = None
        if self.is_postgresql:
            self.writer = self.reader = create_async_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=_READERS + 1,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10},
            )
        else:
            self.writer = self._sqlite_engine(parsed, writes=True)
            self.reader = self._sqlite_engine(parsed, writes=False)
        self.writer.sync_engine.update_execution_options(**{RANDOMNESS: randomness})

    def make_folder(self) -> None:
        """Create the folder of a SQLite file.

        Raises:
            StoreUnusableError: It cannot be created.
        """
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder of {self.shown_url} cannot be created: {error}"
            raise StoreUnusableError(message) from error

    def _check_file(self) -> None:
        """Refuse to write into a file nobody can find any more: SQLite itself would go on.

        Raises:
            StoreUnusableError: The file was removed or replaced since the first write.
        """
        if self.path is None:
            return
        try:
            stat = self.path.stat()
            found = (stat.st_dev, stat.st_ino)
        except FileNotFoundError:
            found = None
        if self._file is None:
            self._file = found
        elif found != self._file:
            message = (
                f"the file of the database {self.shown_url} was removed or replaced while it was "
                "in use: put it back, then start again; nothing of this call was kept"
            )
            raise StoreUnusableError(message)

    async def try_file(self) -> None:
        """Open the SQLite file once, by hand, and close it again; nothing is read or written.

        Where opening fails, the asynchronous driver's thread ends only after its failure was told
        of, and prints a traceback if the event loop is closed by then.

        Raises:
            StoreUnusableError: The file cannot be opened.
        """
        if self.path is None:
            return
        with explained(self.shown_url):
            await asyncio.to_thread(self._open_once)

    def _open_once(self) -> None:
        query = urlencode(dict(make_url(self.shown_url).query))
        address = f"file:{quote(str(Path(str(self.path)).absolute()))}?{query}"
        sqlite3.connect(address, uri=True).close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may write; it is committed when the block ends without error.

        Raises:
            StoreUnavailableError: Locked, full or out of reach. A connection lost in the very act
                of committing leaves open whether the transaction took effect; every operation of
                the store may be repeated for that reason.
            StoreUnusableError: The database can never take it.
            StoreError: Anything else the database refused.
        """
        if self.is_postgresql:
            async with self._transaction(self.writer) as connection:
                yield connection
            return
        async with self._writing:
            self._check_file()
            async with self._transaction(self.writer) as connection:
                yield connection
                self._check_file()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads; raises like `write`.

        Inside `one_view` it is that of the view.
        """
        view = _VIEW.get()
        if view is not None and view[0] is self:
            with explained(self.shown_url):
                yield view[1]
            return
        async with self._transaction(self.reader) as connection:
            yield connection

    @asynccontextmanager
    async def one_view(self) -> AsyncIterator[None]:
        """Let all reads of the block, one after another, share a transaction and see one state.

        A transaction costs more than most of what is read in it. What is written meanwhile, in the
        block too, is not seen.
        """
        async with self._transaction(self.reader) as connection:
            token = _VIEW.set((self, connection))
            try:
                yield
            finally:
                _VIEW.reset(token)

    async def close(self) -> None:
        """Close every connection."""
        with explained(self.shown_url):
            await self.reader.dispose()
            await self.writer.dispose()

    async def compact(self, *, is_full: bool = False) -> bool:
        """Rewrite the database so that no page holds what was erased; outside any transaction.

        On SQLite the whole file is written anew and its journal emptied. On PostgreSQL dead rows
        are freed for use, or, in full, every table is written anew while nobody may use it.

        Returns:
            Whether it was done; False where another connection was in the way: try again later.
        """
        if self.path is None:
            with explained(self.shown_url):
                engine = self.writer.execution_options(isolation_level="AUTOCOMMIT")
                async with engine.connect() as connection:
                    await connection.exec_driver_sql("VACUUM FULL" if is_full else "VACUUM")
            return True
        async with self._writing:
            return await asyncio.to_thread(self._compact_file)

    def _compact_file(self) -> bool:
        connection = sqlite3.connect(
            str(self.path), timeout=self._wait_ms / 1000, isolation_level=None
        )
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return False
            raise
        finally:
            connection.close()
        return not busy

    async def lock(self, connection: AsyncConnection, number: int) -> None:
        """Keep other writers of the same kind out until the transaction ends."""
        if self.is_postgresql:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with explained(self.shown_url):
            async with engine.begin() as connection:
                if self.is_postgresql:
                    await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {self._wait_ms}")
                yield connection

    def _sqlite_engine(self, url: URL, *, writes: bool) -> AsyncEngine:
        engine = create_async_engine(
            _sqlite_url(url),
            pool_size=1 if writes else _READERS,
            max_overflow=0,
            # The driver begins no transaction of its own accord: the event below does.
            connect_args={"isolation_level": None, "timeout": self._wait_ms / 1000},
        )

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA journal_mode = WAL" if writes else "PRAGMA query_only = ON")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

        return engine


def insert_into(
    connection: AsyncConnection, table: Table
) -> sqlite.dml.Insert | postgresql.dml.Insert:
    """Return an INSERT that knows ON CONFLICT, which each database spells through its own class."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert the rows that are not there yet, by the table's unique keys."""
    if rows:
        await connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)


def in_chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces that one statement can name."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def parse_url(url: str) -> URL:
    """Read a database's address; raises ConfigError where it names none that is supported."""
    wanted = "write sqlite:///path/file.db or postgresql://user@host/name"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        message = f"{url.partition(':')[0]!r} is not a database URL; {wanted}"
        raise ConfigError(message) from error
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql")
    if parsed.drivername not in ("sqlite", "sqlite+aiosqlite"):
        message = f"the database {parsed.drivername!r} is not supported; {wanted}"
        raise ConfigError(message)
    if parsed.host or parsed.database in (None, "", ":memory:"):
        message = f"{url!r} names no file, and the store needs one; {wanted}"
        raise ConfigError(message)
    if "\0" in parsed.database:
        message = f"{url!r} names a file with a NUL in its name, which no system has; {wanted}"
        raise ConfigError(message)
    return parsed.set(drivername="sqlite")


def _sqlite_url(url: URL) -> URL:
    url = url.set(drivername="sqlite+aiosqlite")
    if not url.query:
        return url
    # Options such as `mode=ro` are SQLite's own: they work in the URI form of the file name alone.
    path = quote(str(Path(str(url.database)).absolute()))
    return url.set(database=f"file:{path}", query={**url.query, "uri": "true"})
