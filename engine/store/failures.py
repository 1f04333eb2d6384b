"""What the databases' errors mean for the caller."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import exc

from engine.errors import StoreError, StoreUnavailableError, StoreUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_RETRY = "nothing of this call was written; it can be tried again"

# SQLite's primary result codes (the low byte of the extended ones).
_SQLITE: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (
        StoreUnavailableError,
        f"is locked by another connection: let that one finish or close it; {_RETRY}",
    ),
    sqlite3.SQLITE_FULL: (
        StoreUnavailableError,
        f"is full, or its disk is: free some space; {_RETRY}",
    ),
    sqlite3.SQLITE_IOERR: (
        StoreUnavailableError,
        f"could not be read or written: check its disk; {_RETRY}",
    ),
    sqlite3.SQLITE_READONLY: (
        StoreUnusableError,
        "is read-only: make the file and its folder writable for this account",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        StoreUnusableError,
        "cannot be opened: check that its folder exists and that this account may use it",
    ),
    sqlite3.SQLITE_NOTADB: (
        StoreUnusableError,
        "is not a database: name another file, or move this one away",
    ),
    sqlite3.SQLITE_CORRUPT: (
        StoreUnusableError,
        "is damaged: restore it from a copy, or save what `sqlite3 FILE .recover` finds",
    ),
}
_SQLITE[sqlite3.SQLITE_LOCKED] = _SQLITE[sqlite3.SQLITE_BUSY]
_SQLITE[sqlite3.SQLITE_PERM] = _SQLITE[sqlite3.SQLITE_READONLY]

# PostgreSQL's SQLSTATEs, whole or by class; the longest that fits speaks.
_POSTGRES: dict[str, tuple[type[StoreError], str]] = {
    "08": (StoreUnavailableError, f"cannot be reached: check that the server runs; {_RETRY}"),
    "57P": (StoreUnavailableError, f"is shutting down or starting: wait; {_RETRY}"),
    "53": (StoreUnavailableError, f"has no room or no connection left: free some; {_RETRY}"),
    "53100": (StoreUnavailableError, f"has a full disk: free some space; {_RETRY}"),
    "55P03": (
        StoreUnavailableError,
        f"is locked by another connection: let that one finish or close it; {_RETRY}",
    ),
    "40": (StoreUnavailableError, f"gave way to another transaction; {_RETRY}"),
    "57014": (StoreUnavailableError, f"took too long and was told to stop; {_RETRY}"),
    "25006": (StoreUnusableError, "is read-only: name a server that takes writes"),
    "28": (StoreUnusableError, "refuses this account: check user and password"),
    "3D000": (StoreUnusableError, "does not exist: create it, for example with `createdb`"),
    "42501": (StoreUnusableError, "does not allow this account to do that: grant it the right"),
}

# A refused connection carries no SQLSTATE, only the server's words.
_REFUSED = (
    ("does not exist", "3D000"),
    ("authentication failed", "28"),
    ("no pg_hba.conf entry", "28"),
    ("no password supplied", "28"),
)


def explain(error: BaseException, *, database: str) -> StoreError:
    """Return the error of ours that a driver's error amounts to.

    Args:
        database: The database's URL without its password, for the message.
    """
    meaning: tuple[type[StoreError], str] | None = None
    if isinstance(error, sqlite3.Error):
        meaning = _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    elif isinstance(error, psycopg.Error):
        meaning = _postgres_meaning(error)
    if meaning is None:
        return StoreError(
            f"the database {database} did not do what was asked: {_first_line(error)}"
        )
    kind, sentence = meaning
    return kind(f"the database {database} {sentence} ({_first_line(error)})")


@contextmanager
def explained(database: str) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and the drivers inside into `StoreError`s."""
    try:
        yield
    except exc.TimeoutError as error:
        message = f"the database {database} has no free connection; {_RETRY}"
        raise StoreUnavailableError(message) from error
    except exc.DBAPIError as error:
        raise explain(error.driver_exception, database=database) from error
    except (exc.SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        raise explain(error, database=database) from error


def _postgres_meaning(error: psycopg.Error) -> tuple[type[StoreError], str] | None:
    state = error.sqlstate
    if state is None and isinstance(error, psycopg.OperationalError):
        words = str(error)
        state = next((code for sign, code in _REFUSED if sign in words), "08")
    fitting = [code for code in _POSTGRES if state is not None and state.startswith(code)]
    return _POSTGRES[max(fitting, key=len)] if fitting else None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0] or type(error).__name__
