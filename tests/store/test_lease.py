"""Only one engine may run on a database."""

import subprocess
import sys
from datetime import timedelta

import pytest

from engine.errors import ConfigError, StoreUnavailableError, StoreUnusableError
from engine.store.lease import remove_file, sole_engine

AT_ONCE = timedelta(0)
HOLDER = """
import asyncio, sys
from engine.store.lease import sole_engine

async def hold():
    async with sole_engine(sys.argv[1]):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


def start_holder(url):
    return subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE)


async def test_a_second_engine_is_told(fresh_database):
    url = await fresh_database()
    async with sole_engine(url):
        with pytest.raises(StoreUnusableError, match="another engine runs on"):
            async with sole_engine(url, patience=AT_ONCE):
                pass


async def test_the_lease_is_free_once_its_holder_ends(fresh_database):
    url = await fresh_database()
    async with sole_engine(url):
        pass

    async with sole_engine(url, patience=AT_ONCE):
        pass


async def test_a_killed_holder_holds_nothing(fresh_database):
    url = await fresh_database()
    with start_holder(url) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreUnusableError, match="another engine"):
            async with sole_engine(url, patience=AT_ONCE):
                pass
        holder.kill()
        holder.wait()

        async with sole_engine(url):
            pass


async def test_the_password_of_a_server_is_not_told():
    with pytest.raises(StoreUnavailableError) as caught:
        async with sole_engine("postgresql://me:hunter2@127.0.0.1:1/none"):
            pass

    assert "hunter2" not in str(caught.value)


async def test_an_address_that_is_none_is_told():
    with pytest.raises(ConfigError):
        async with sole_engine("nonsense"):
            pass


def test_removing_a_file_removes_what_stands_beside_it(tmp_path):
    for name in ("a.db", "a.db-wal", "a.db-shm", "b.db"):
        (tmp_path / name).write_text("x")

    remove_file(f"sqlite:///{tmp_path}/a.db")

    assert [path.name for path in tmp_path.iterdir()] == ["b.db"]
