"""Lists of JSON values that may grow beyond memory, written as parts of one JSON object."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, closing
from typing import IO, TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Self

_IN_MEMORY = 1 << 20  # bytes of a list; a longer one goes to a temporary file
_SEPARATOR = b",\n    "


class Lists:
    """Lists by name, to be used in a `with`.

    Args:
        by_order: Those that `add_at` fills, and that are written in the order it is told.
    """

    def __init__(self, *names: str, by_order: Collection[str] = ()) -> None:
        self._stack = ExitStack()
        self._files: dict[str, IO[bytes]] = {
            name: self._stack.enter_context(
                tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - see __exit__
            )
            for name in names
        }
        self._sorted = {name: self._stack.enter_context(closing(_Sorted())) for name in by_order}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def add(self, name: str, value: Any) -> None:
        """Add a value to the end of a list."""
        self._append(name, orjson.dumps(value))

    def add_at(self, name: str, order: tuple[int, int, str], value: Any) -> None:
        """Add a value to a list kept by order, which is written after what `add` gave it."""
        self._sorted[name].add(order, orjson.dumps(value))

    def write(self, out: IO[bytes], head: Mapping[str, Any]) -> None:
        """Write one JSON object: the fields of the head, then the lists, an item a line."""
        for name, found in self._sorted.items():
            for written in found.take():
                self._append(name, written)
        fields = [b"  " + orjson.dumps(key) + b": " for key in (*head, *self._files)]
        plain = [orjson.dumps(value) for value in head.values()]
        out.write(b"{\n")
        for at, start in enumerate(fields):
            out.write(start)
            if at < len(plain):
                out.write(plain[at])
            else:
                _write_list(out, list(self._files.values())[at - len(plain)])
            out.write(b",\n" if at < len(fields) - 1 else b"\n")
        out.write(b"}\n")

    def _append(self, name: str, written: bytes) -> None:
        file = self._files[name]
        file.write(_SEPARATOR if file.tell() else _SEPARATOR[1:])
        file.write(written)


class _Sorted:
    """JSON texts by order: a private database, which leaves memory where it outgrows its cache."""

    def __init__(self) -> None:
        self._items = sqlite3.connect("")
        self._items.execute(
            "CREATE TABLE items (first INTEGER, second INTEGER, third TEXT, number INTEGER,"
            " body BLOB, PRIMARY KEY (first, second, third, number)) WITHOUT ROWID"
        )
        self._count = 0

    def close(self) -> None:
        """Forget everything."""
        self._items.close()

    def add(self, order: tuple[int, int, str], written: bytes) -> None:
        """Keep a text; of equal orders the first comes first."""
        self._count += 1
        self._items.execute(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?)", (*order, self._count, written)
        )

    def take(self) -> Iterator[bytes]:
        """Yield every text in order, and keep none."""
        query = "SELECT body FROM items ORDER BY first, second, third, number"
        for (written,) in self._items.execute(query):
            yield written
        self._items.execute("DELETE FROM items")


def _write_list(out: IO[bytes], items: IO[bytes]) -> None:
    is_empty = not items.tell()
    items.seek(0)
    out.write(b"[")
    shutil.copyfileobj(items, out)
    out.write(b"]" if is_empty else b"\n  ]")
