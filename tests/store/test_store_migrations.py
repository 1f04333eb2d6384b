"""Migrations bring any database of ours up, and leave every other one alone."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.errors import ConfigError, StoreUnusableError
from engine.store import Store, newest_revision, upgrade
from engine.store.acting_tables import changes
from engine.store.migrate import VERSION_TABLE
from tests.store.samples import count, meddle, outside


async def test_an_empty_database_is_brought_to_the_newest_revision(store_url):
    assert await upgrade(store_url) == newest_revision()
    with outside(store_url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == newest_revision()
        assert compare_metadata(context, changes.metadata) == [], (
            "tables.py and the migrations differ"
        )


async def test_upgrading_twice_changes_nothing(store_url):
    await upgrade(store_url)
    meddle(store_url, "UPDATE decide_cursor SET seq = 7")
    assert await upgrade(store_url) == newest_revision()
    with outside(store_url) as connection:
        assert connection.exec_driver_sql("SELECT seq FROM decide_cursor").scalar_one() == 7


async def test_two_processes_that_upgrade_at_once_both_end_well(store_url, sqlite_url):
    if store_url == sqlite_url:
        # SQLite gives way at once where two make a file WAL together; it is made so beforehand.
        Path(sqlite_url.removeprefix("sqlite:///")).parent.mkdir()
        meddle(store_url, "PRAGMA journal_mode = WAL")
    found = await asyncio.gather(*(upgrade(store_url) for _ in range(3)))
    assert found == [newest_revision()] * 3
    assert count(store_url, "decide_cursor") == 1


async def test_a_database_of_a_newer_version_is_refused(store_url):
    await upgrade(store_url)
    meddle(store_url, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    for is_upgrade in (True, False):
        with pytest.raises(StoreUnusableError, match=r"newer version of Tocsin \(revision 9999"):
            await Store.open(store_url, upgrade=is_upgrade)


async def test_without_upgrade_an_empty_database_is_refused_and_left_empty(store_url, tmp_path):
    with pytest.raises(StoreUnusableError, match="tocsin db upgrade"):
        await Store.open(store_url, upgrade=False)
    assert list(tmp_path.iterdir()) == []


async def test_without_upgrade_a_current_database_is_opened(store_url):
    await upgrade(store_url)
    store = await Store.open(store_url, upgrade=False)
    assert await store.log.backlog() == 0
    await store.close()


async def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "contacts.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE contacts (name TEXT)")
    connection.close()
    with pytest.raises(StoreUnusableError, match=r"another program \(it holds contacts\)"):
        await Store.open(f"sqlite:///{path}")


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but long enough to be looked at " * 20)
    with pytest.raises(StoreUnusableError, match="is not a database: name another file"):
        await Store.open(f"sqlite:///{path}")


async def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnusableError, match=r"the folder of .* cannot be created"):
        await Store.open(f"sqlite:///{tmp_path}/file/tocsin.db")


@pytest.mark.parametrize("name", ["with space.db", "50%off.db", "réseau.db", "a#b.db"])
async def test_any_file_name_will_do(tmp_path, name):
    store = await Store.open(f"sqlite:///{tmp_path}/{name.replace('%', '%25')}")
    await store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


async def test_a_server_that_keeps_text_in_a_small_alphabet_is_refused(postgres_server):
    url = postgres_server.create_database(
        "tocsin_test_latin1", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    try:
        with pytest.raises(StoreUnusableError, match="keeps text as LATIN1"):
            await Store.open(url)
    finally:
        postgres_server.drop_database(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("mysql://root@localhost/x", "'mysql' is not supported", id="another database"),
        pytest.param("tocsin.db", "is not a database URL", id="a path"),
        pytest.param("", "is not a database URL", id="nothing"),
        pytest.param("sqlite://", "names no file", id="memory"),
        pytest.param("sqlite:///:memory:", "names no file", id="memory by name"),
        pytest.param("sqlite://var/tocsin.db", "names no file", id="a slash too few"),
    ],
)
async def test_a_url_that_names_no_database_is_refused(url, message):
    with pytest.raises(ConfigError, match=message):
        await Store.open(url, busy_timeout=timedelta(seconds=1))
