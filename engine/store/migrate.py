"""Bring a database's tables to this version's, and refuse one that is ahead of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, update

from engine.errors import StoreUnusableError
from engine.store.database import LOCK_MIGRATE
from engine.store.tables import decide_cursor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from engine.store.database import Database

# Not Alembic's own name: on PostgreSQL another program may keep its tables beside ours.
VERSION_TABLE = "tocsin_revision"


def newest_revision() -> str:
    """Return the revision this version brings databases to."""
    return _revisions()[0]


async def migrate(database: Database) -> str:
    """Run the migrations that are missing and return the revision; a current one is left as it is.

    Raises:
        StoreUnavailableError: Locked, full or out of reach.
        StoreUnusableError: Read-only, written by a newer version, or another program's.
    """
    database.make_folder()
    await database.try_file()
    found = await _revision(database)
    async with database.write() as connection:
        if found == newest_revision():
            # A database that takes no writes is told now, not at the first mention.
            await connection.execute(update(decide_cursor).values(seq=decide_cursor.c.seq))
        else:
            await database.lock(connection, LOCK_MIGRATE)
            await connection.run_sync(_upgrade, database.shown_url)
    return newest_revision()


async def require_newest(database: Database) -> None:
    """Check that no migration is missing, without writing anything.

    Raises:
        StoreUnusableError: There is no such database, or its tables are older or newer.
    """
    if database.path is not None and not database.path.exists():
        message = f"there is no database at {database.shown_url}: run `tocsin db upgrade`"
        raise StoreUnusableError(message)
    await database.try_file()
    found = await _revision(database)
    if found != newest_revision():
        message = (
            f"the database {database.shown_url} is at revision {found or 'none'}, this version "
            f"needs {newest_revision()}: run `tocsin db upgrade`"
        )
        raise StoreUnusableError(message)


async def _revision(database: Database) -> str | None:
    async with database.read() as connection:
        if database.is_postgresql:
            encoding = (await connection.exec_driver_sql("SHOW server_encoding")).scalar_one()
            if encoding != "UTF8":
                message = (
                    f"the database {database.shown_url} keeps text as {encoding}, which cannot "
                    "hold every language: create it with ENCODING 'UTF8'"
                )
                raise StoreUnusableError(message)
        return await connection.run_sync(_known_revision, database.shown_url)


def _known_revision(connection: Connection, shown_url: str) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    found = context.get_current_revision()
    if found is not None and found not in _revisions():
        message = (
            f"the database {shown_url} was written by a newer version of Tocsin (revision {found}; "
            f"this one knows up to {newest_revision()}): upgrade Tocsin, or name another database"
        )
        raise StoreUnusableError(message)
    if found is None and connection.dialect.name == "sqlite":
        others = inspect(connection).get_table_names()
        if others:
            message = (
                f"the file {shown_url} is the database of another program (it holds "
                f"{', '.join(others[:3])}): name another file"
            )
            raise StoreUnusableError(message)
    return found


def _upgrade(connection: Connection, shown_url: str) -> None:
    # Looked at again under the lock: another process may have been quicker.
    if _known_revision(connection, shown_url) == newest_revision():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _revisions() -> tuple[str, ...]:
    """Return the revisions this version knows, newest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(script.revision for script in scripts)


def _config() -> Config:
    config = Config()
    # A percent sign is special to the parser behind Config.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
