"""One engine a database: whoever starts second is told, before it touches anything.

The lease ends with its process, however that ends: it is a lock of the operating system beside a
SQLite file, and a session's advisory lock on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from engine.errors import StoreUnavailableError, StoreUnusableError
from engine.store.database import parse_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy import URL

# Beside those of engine.store.database: "tocs" in ASCII, then what is locked.
_LOCK_ENGINE = 0x746F637300000003
_AGAIN = 0.1
# A server needs a moment to see that the session of a killed process is gone.
PATIENCE = timedelta(seconds=8)


@asynccontextmanager
async def sole_engine(url: str, *, patience: timedelta = PATIENCE) -> AsyncIterator[None]:
    """Hold the right to be the only engine on a database while the block runs.

    Args:
        patience: How long to wait for another engine that is just ending.

    Raises:
        StoreUnusableError: Another engine runs on it.
        StoreUnavailableError: The server is out of reach.
    """
    parsed = parse_url(url)
    hold = _on_server if parsed.get_backend_name() == "postgresql" else _beside_file
    async with hold(parsed, patience):
        yield


def remove_file(url: str) -> None:
    """Remove a SQLite database and what stands beside it; a server's database is left alone."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return
    path = Path(str(parsed.database))
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@asynccontextmanager
async def _beside_file(url: URL, patience: timedelta) -> AsyncIterator[None]:
    path = Path(str(url.database))
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a")
    except OSError as error:
        message = f"{lock} cannot be written: {error.strerror}; the engine needs it beside its file"
        raise StoreUnusableError(message) from error
    with file:

        async def take() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        await _until_taken(take, url, patience)
        yield


@asynccontextmanager
async def _on_server(url: URL, patience: timedelta) -> AsyncIterator[None]:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        session = await psycopg.AsyncConnection.connect(address, autocommit=True)
    except psycopg.OperationalError as error:
        message = f"{url.render_as_string(hide_password=True)} is out of reach: {error}"
        raise StoreUnavailableError(message) from error
    async with session:

        async def take() -> bool:
            found = await session.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK_ENGINE,))
            row = await found.fetchone()
            return bool(row and row[0])

        await _until_taken(take, url, patience)
        yield


async def _until_taken(take: Callable[[], Awaitable[bool]], url: URL, patience: timedelta) -> None:
    tries = max(1, round(patience.total_seconds() / _AGAIN))
    for _ in range(tries):
        if await take():
            return
        await asyncio.sleep(_AGAIN)
    message = (
        f"another engine runs on {url.render_as_string(hide_password=True)}: stop it, or name "
        "another database with TOCSIN_DATABASE_URL"
    )
    raise StoreUnusableError(message)
