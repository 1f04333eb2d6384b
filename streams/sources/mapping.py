"""Reading rows whose columns have other names: ``--map text=tweet,author.handle=name``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PARTS: Mapping[str, tuple[str, ...]] = {
    "author": ("id", "handle", "name", "followers", "verified", "created_at", "language"),
    "metrics": ("likes", "shares", "replies", "reach"),
    "place": ("name", "country"),
}
_WHOLE = (
    *("id", "source", "external_id", "kind", "text", "language", "published_at", "url", "links"),
    *("hashtags", "brand", "in_reply_to", "media", "place", "author", "metrics"),
)
KNOWN_FIELDS: tuple[str, ...] = (
    *_WHOLE,
    *(f"{whole}.{part}" for whole, parts in _PARTS.items() for part in parts),
)
_CLASSIFICATION = re.compile(r"classifications\.[a-z][a-z0-9_-]*(?:\.(?:label|score))?")
# What a bare text stands for where an object is wanted.
_BARE = {"author": "handle", "place": "name", "metrics": None, "classifications": "label"}


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Which column each mention field is read from.

    Attributes:
        columns: From a dotted mention field to a column's name; a dot in a column's name reaches
            into objects where no column has the whole name.
    """

    columns: Mapping[str, str]

    def apply(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row as a mention's JSON.

        Mapped fields come from their columns alone, and are absent where the row lacks them.
        Columns that are mention fields by name stay; all others are dropped.
        """
        data: dict[str, Any] = {
            name: row[name] for name in (*_WHOLE, "classifications") if name in row
        }
        for name, value in row.items():
            if "." in name and is_field(name) and value not in (None, ""):
                _place(data, name, value)
        for field, column in self.columns.items():
            _place(data, field, _find(row, column))
        if isinstance(given := data.get("classifications"), dict):
            # A table's empty cell is no label: the task counts as not given.
            data["classifications"] = {task: one for task, one in given.items() if _is_given(one)}
        return data

    def missing(self, header: Iterable[str]) -> tuple[str, ...]:
        """Return the mapped columns that a table with this header does not have."""
        names = set(header)
        return tuple(column for column in self.columns.values() if column not in names)


UNMAPPED = FieldMapping({})


def parse_mapping(text: str) -> FieldMapping:
    """Read ``field=column,…``; a column with a comma is written ``"field=column, with comma"``.

    Raises:
        ConfigError: An entry has no ``=``, or names an unknown field or one twice.
    """
    columns: dict[str, str] = {}
    for entry in _entries(text):
        field, equals, column = (part.strip() for part in entry.partition("="))
        if not (field and equals and column):
            message = f"mapping {entry!r} is not field=column, such as published_at=created_at"
            raise ConfigError(message)
        if not is_field(field):
            raise ConfigError(_unknown(field))
        if field in columns:
            message = f"mapping names {field} twice: column {columns[field]!r} and {column!r}"
            raise ConfigError(message)
        columns[field] = column
    # Whole objects first, so that `author.handle` may follow `author`.
    return FieldMapping(dict(sorted(columns.items(), key=lambda one: one[0].count("."))))


def is_field(name: str) -> bool:
    """Say whether a dotted name is a field of a mention."""
    return name in KNOWN_FIELDS or _CLASSIFICATION.fullmatch(name) is not None


def _entries(text: str) -> list[str]:
    rows = list(csv.reader([text.replace("\n", ",")], skipinitialspace=True))
    return [entry for row in rows for entry in row if entry.strip()]


def _unknown(field: str) -> str:
    close = get_close_matches(field, KNOWN_FIELDS, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}?" if close else f"fields are {', '.join(KNOWN_FIELDS)}"
    return f"mapping names {field!r}, which is no field of a mention; {hint}"


def _find(row: Mapping[str, Any], column: str) -> Any:
    if column in row:
        return row[column]
    found: Any = row
    for part in column.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _place(data: dict[str, Any], field: str, value: Any) -> None:
    """Set a dotted field, making the objects on its way; the row's own objects are not changed."""
    *way, last = field.split(".")
    if field.startswith("classifications.") and len(way) == 1:
        way, last = [*way, last], "label"
    inner = data
    for name in way:
        inner[name] = _opened(inner.get(name), _BARE[way[0]] if name == way[-1] else None)
        inner = inner[name]
    inner[last] = _number(value) if field.endswith(".score") else value


def _opened(value: Any, bare: str | None) -> dict[str, Any]:
    if isinstance(value, dict):
        return dict(value)
    return {bare: value} if isinstance(value, str) and value and bare else {}


def _is_given(one: Any) -> bool:
    return not isinstance(one, dict) or one.get("label") not in (None, "")


def _number(value: Any) -> Any:
    """Read a score out of a table, where all is text; anything else is left for its own error."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
