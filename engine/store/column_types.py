"""Column types that hold, sort and compare the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect


def storable(text: str) -> str:
    r"""Return the text as a SQL text column can hold it.

    PostgreSQL has no NUL in text and neither database takes a lone surrogate; both become visible
    escapes (``\x00``, ``\ud800``). Any other text comes back as it is.
    """
    if text.isascii():
        return text.replace("\x00", "\\x00")
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def write_instant(instant: datetime) -> str:
    """Return an aware instant as UTC text of fixed width, which sorts as the instants do.

    Raises:
        ValueError: The instant names no time zone.
    """
    if instant.tzinfo is None:
        message = f"{instant!r} names no time zone; the store keeps aware instants only"
        raise ValueError(message)
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def write_json(value: Any) -> str:
    """Return compact JSON that any text column can hold: NUL and lone surrogates are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


class SafeText(TypeDecorator[str]):
    """Text of any origin, kept by `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what the column cannot hold."""
        del dialect
        return None if value is None else storable(value)


class Instant(TypeDecorator[datetime]):
    """An aware instant as ``2026-03-02T12:00:00.000000Z``: always UTC, always 27 characters.

    SQLite has no time type of its own; text of fixed width compares the same everywhere.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write UTC text."""
        del dialect
        return None if value is None else write_instant(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read UTC text."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


class JsonText(TypeDecorator[Any]):
    """A JSON value as text, exactly as Python wrote it.

    Not the databases' own JSON types: PostgreSQL's refuses NUL and lone surrogates, and no query
    looks inside these columns.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Write JSON; None is SQL NULL."""
        del dialect
        return None if value is None else write_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Read JSON."""
        del dialect
        return None if value is None else json.loads(value)
