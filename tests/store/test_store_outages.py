"""A database that is locked, read-only, full or gone: told apart, and nothing half-written."""

import asyncio
import sqlite3
from datetime import timedelta

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text

from engine.errors import ConfigError, StoreError, StoreUnavailableError, StoreUnusableError
from engine.store import Store
from engine.store.database import Database
from engine.store.failures import explain
from engine.testing import NOON, mention
from tests.store.samples import batch, meddle, mentions, outside

BRIEFLY = timedelta(milliseconds=50)


async def test_a_locked_database_is_unavailable_and_works_again_afterwards(store_url):
    store = await Store.open(store_url, busy_timeout=BRIEFLY)
    is_sqlite = store_url.startswith("sqlite")
    lock = "BEGIN IMMEDIATE" if is_sqlite else "LOCK TABLE mentions IN EXCLUSIVE MODE"
    try:
        with outside(store_url) as other:
            if is_sqlite:
                other.connection.driver_connection.isolation_level = None
            other.execute(text(lock))
            with pytest.raises(StoreUnavailableError, match="is locked by another connection"):
                await store.log.append(batch(*mentions(2), cursor={"n": 2}), observed_at=NOON)
            assert await store.log.backlog() == 0, "readers go on"
        assert await store.log.cursor("feed") is None
        found = await store.log.append(batch(*mentions(2), cursor={"n": 2}), observed_at=NOON)
        assert found.stored == 2
    finally:
        await store.close()


async def test_a_locked_database_is_waited_for_as_long_as_told(store_url):
    store = await Store.open(store_url, busy_timeout=BRIEFLY)
    assert store._database._wait_ms == 50
    await store.close()


async def test_a_file_opened_for_reading_only_can_be_read_and_never_written(sqlite_url):
    await (await Store.open(sqlite_url)).close()
    # The file's own mode says nothing to root, under whom tests may run.
    read_only = f"{sqlite_url}?mode=ro"
    refused = pytest.raises(StoreUnusableError, match=r"is read-only: make the file .* writable")
    with refused:
        await Store.open(read_only)
    reader = await Store.open(read_only, upgrade=False)
    try:
        assert await reader.queries.mentions() == []
        with refused:
            await reader.log.append(batch(*mentions(1)), observed_at=NOON)
    finally:
        await reader.close()


async def test_a_read_only_server_is_unusable(postgres_url):
    await (await Store.open(postgres_url)).close()
    name = postgres_url.rpartition("/")[2]
    meddle(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StoreUnusableError, match="is read-only: name a server"):
        await Store.open(postgres_url)
    reader = await Store.open(postgres_url, upgrade=False)
    try:
        with pytest.raises(StoreUnusableError, match="is read-only: name a server"):
            await reader.log.append(batch(*mentions(1)), observed_at=NOON)
    finally:
        await reader.close()


async def test_a_full_database_takes_nothing_of_a_batch_and_all_once_there_is_room(sqlite_url):
    store = await Store.open(sqlite_url)
    try:
        await store.log.append(batch(*mentions(3), cursor={"n": 3}), observed_at=NOON)
        pages = await limit_pages(store, 1)
        big = [mention("word " * 5_000, external_id=f"big-{number}") for number in range(20)]
        with pytest.raises(StoreUnavailableError, match="is full, or its disk is: free some space"):
            await store.log.append(batch(*big, cursor={"n": 23}), observed_at=NOON)
        assert await store.log.backlog() == 3
        assert await store.log.cursor("feed") == {"n": 3}
        await limit_pages(store, pages * 1_000)
        found = await store.log.append(batch(*big, cursor={"n": 23}), observed_at=NOON)
        assert found.stored == 20
    finally:
        await store.close()


async def limit_pages(store, limit):
    """Let the file grow to so many pages; SQLite raises a limit below its size to its size."""
    async with store._database.write() as connection:
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")
        return (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()


async def lose_the_connection(store, url):
    """Write something, lose the server, and go on."""
    async with store._database.write() as connection:
        mine = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        await connection.exec_driver_sql("UPDATE decide_cursor SET seq = 7")
        meddle(url, f"SELECT pg_terminate_backend({mine}, 5000)")
        await connection.exec_driver_sql("SELECT 1")


async def test_a_connection_lost_in_the_middle_is_unavailable_and_made_again(postgres_url):
    store = await Store.open(postgres_url)
    try:
        with pytest.raises(StoreUnavailableError, match=r"is shutting down|cannot be reached"):
            await lose_the_connection(store, postgres_url)
        found = await store.log.append(batch(*mentions(2)), observed_at=NOON)
        assert found.stored == 2
        assert await store.log.backlog() == 2, "the cursor stands where it stood"
    finally:
        await store.close()


async def test_connections_lost_while_idle_go_unnoticed(postgres_url):
    store = await Store.open(postgres_url)
    try:
        await store.log.append(batch(*mentions(1)), observed_at=NOON)
        meddle(
            postgres_url,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        assert await store.log.backlog() == 1
    finally:
        await store.close()


async def test_a_server_that_is_not_there_is_unavailable():
    # Port 1 of the loopback: nobody listens.
    with pytest.raises(
        StoreUnavailableError, match="cannot be reached: check that the server runs"
    ):
        await Store.open("postgresql://zoe:hush@127.0.0.1:1/tocsin")


async def test_a_password_stands_in_no_message():
    with pytest.raises(StoreUnavailableError) as raised:
        await Store.open("postgresql://zoe:hush@127.0.0.1:1/tocsin")
    assert "hush" not in str(raised.value)
    assert "zoe:***@127.0.0.1:1" in str(raised.value)


async def test_a_database_that_does_not_exist_is_unusable(postgres_server):
    url = postgres_server.url.rpartition("/")[0] + "/tocsin_never_made"
    with pytest.raises(StoreUnusableError, match="does not exist: create it"):
        await Store.open(url)


def sqlite_error(code):
    error = sqlite3.OperationalError("said so")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), StoreUnavailableError, "locked"),
        (sqlite_error(sqlite3.SQLITE_LOCKED), StoreUnavailableError, "locked"),
        (sqlite_error(sqlite3.SQLITE_FULL), StoreUnavailableError, "full"),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), StoreUnavailableError, "check its disk"),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), StoreUnusableError, "read-only"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), StoreUnusableError, "cannot be opened"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), StoreUnusableError, "damaged"),
        (errors.DiskFull("said so"), StoreUnavailableError, "full disk"),
        (errors.TooManyConnections("said so"), StoreUnavailableError, "no connection left"),
        (errors.DeadlockDetected("said so"), StoreUnavailableError, "gave way"),
        (errors.AdminShutdown("said so"), StoreUnavailableError, "shutting down"),
        (errors.QueryCanceled("said so"), StoreUnavailableError, "took too long"),
        (errors.InsufficientPrivilege("said so"), StoreUnusableError, "grant it"),
        (errors.InvalidPassword("said so"), StoreUnusableError, "password"),
        (psycopg.OperationalError("password authentication failed"), StoreUnusableError, "password"),
        (psycopg.OperationalError("connection refused"), StoreUnavailableError, "cannot be reached"),
        (errors.UniqueViolation("said so"), StoreError, "did not do what was asked: said so"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, Exception) else "",
)  # fmt: skip
def test_each_driver_error_has_its_meaning(error, kind, words):
    found = explain(error, database="db")
    assert type(found) is kind
    assert words in str(found)


@pytest.mark.parametrize("turns", [1, 3, 7, 15, 40, 60, 90])
async def test_a_call_whose_caller_is_cancelled_is_carried_to_its_end(store, turns):
    task = asyncio.create_task(
        store.log.append(batch(*mentions(20), cursor={"n": 20}), observed_at=NOON)
    )
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.done()
    assert await store.log.backlog() == 20
    again = await store.log.append(batch(*mentions(21)), observed_at=NOON)
    assert (again.stored, again.duplicates) == (1, 20), "the writer is free"


async def test_a_file_that_was_removed_while_in_use_takes_nothing_more(sqlite_url):
    store = await Store.open(sqlite_url)
    try:
        await store.log.append(batch(*mentions(1)), observed_at=NOON)
        # SQLite itself would go on writing to what no name leads to any more.
        store._database.path.unlink()
        with pytest.raises(StoreUnusableError, match="was removed or replaced while it was in use"):
            await store.log.append(batch(*mentions(2)), observed_at=NOON)
    finally:
        await store.close()


async def test_a_folder_in_place_of_the_file_is_told_of_before_the_driver_starts(tmp_path):
    (tmp_path / "here.db").mkdir()
    database = Database(f"sqlite:///{tmp_path}/here.db", busy_timeout=BRIEFLY)
    with pytest.raises(StoreUnusableError, match="cannot be opened"):
        await database.try_file()
    await database.close()


def test_a_name_with_nul_is_refused():
    with pytest.raises(ConfigError, match="a NUL in its name"):
        Database("sqlite:///x.db%00y", busy_timeout=BRIEFLY)
