"""The outcome log as a file: JSON lines that prove themselves where no database is at hand.

The first line is the header, with where the log ends; then a line for each checkpoint; then a line
for each row, its columns as they stand. What is read is judged, never believed.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import orjson

from engine.audit.checkpoints import Checkpoint, TrustedKeys, anchor_of, read_checkpoint
from engine.audit.erasures import ERASURE, Erasures
from engine.audit.form import COLUMNS
from engine.audit.report import ChainHead, ChainReport
from engine.audit.walk import Anchor, Walk
from engine.errors import LogFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_FORM = "tocsin outcomes 1"
_LONGEST_LINE = 16 * 2**20
_PAGE = 1000
_SHOWN = 60


class LogWriter:
    """Writes a log as lines.

    Args:
        out: Where to.
        on_progress: Told now and then how many rows are written, and how many there are.
    """

    def __init__(
        self, out: IO[bytes], on_progress: Callable[[int, int], None] = lambda _, __: None
    ) -> None:
        self.rows = 0
        self.checkpoints = 0
        self._out = out
        self._on_progress = on_progress

    def begin(self, head: ChainHead, checkpoints: Sequence[Checkpoint]) -> None:
        """Write the header and the checkpoints."""
        self._line({"form": _FORM, "rows": head.rows, "head": head.hash})
        for checkpoint in reversed(checkpoints):
            self._line({"checkpoint": checkpoint.as_json()})
        self.checkpoints = len(checkpoints)

    def row(self, row: Mapping[str, Any], *, last: int) -> None:
        """Write one row."""
        self._line({"row": {name: _written(row[name]) for name in COLUMNS}})
        self.rows += 1
        if self.rows % _PAGE == 0:
            self._on_progress(self.rows, last)

    def _line(self, value: Mapping[str, Any]) -> None:
        self._out.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


def checkpoints_in(data: bytes, place: str) -> list[Checkpoint]:
    """Read a file of checkpoints: one JSON object a line, as `tocsin audit checkpoint` writes them.

    Args:
        place: The file's name, for the message.

    Raises:
        LogFileError: A line is none.
    """
    found = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(read_checkpoint(_object(line).get("checkpoint")))
        except ValueError as error:
            message = f"{place}:{number}: no checkpoint: {error}"
            raise LogFileError(message) from error
    if not found:
        message = f"{place} holds no checkpoint: `tocsin audit checkpoint --out {place}` writes one"
        raise LogFileError(message)
    return found


class LogFile:
    """An exported log, to be judged.

    Args:
        file: Opened for reading at its beginning; it is read several times.
        place: Its name, for messages.

    Raises:
        LogFileError: It does not begin as an exported log does.
    """

    def __init__(self, file: IO[bytes], place: str) -> None:
        self._file = file
        self._place = place
        self.head = self._header()

    def check(
        self,
        *,
        trusted: TrustedKeys,
        anchors: Sequence[Anchor] = (),
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> ChainReport:
        """Check the log and name the first row, or line, that does not fit; see `LogAudit.check`.

        Keeps no rows: memory grows with checkpoints and erasures alone.
        """
        erasures, signed = self._read_ahead(trusted)
        own = [Anchor(self.head, "the head")] if self.head.rows else []
        walk = Walk(erasures, [*anchors, *signed, *own])
        for number, line in self._lines():
            try:
                row = _row(line)
            except ValueError as error:
                return walk.stop(f"line {number} of the file is no row of the log: {error}")
            if row is not None and not walk.step(row):
                break
            if number % _PAGE == 0:
                on_progress(number)
        if walk.sought:
            walk.explain(self._followers(walk.sought))
        return walk.end(head=self.head)

    def _header(self) -> ChainHead:
        self._file.seek(0)
        wanted = f"{self._place} is no exported log: `tocsin audit export --out FILE` writes one"
        try:
            read = _object(self._file.readline(_LONGEST_LINE))
        except ValueError as error:
            message = f"{wanted}; its first line: {error}"
            raise LogFileError(message) from error
        if read.get("form") != _FORM:
            form = str(read.get("form"))[:_SHOWN]
            message = f"{wanted}; its form is {form!r}, this version reads {_FORM!r}"
            raise LogFileError(message)
        rows, head = read.get("rows"), read.get("head")
        if type(rows) is not int or rows < 0 or not isinstance(head, str):
            message = f"{wanted}; its first line does not say where the log ends"
            raise LogFileError(message)
        return ChainHead(rows, head)

    def _read_ahead(self, trusted: TrustedKeys) -> tuple[Erasures, list[Anchor]]:
        erasures, anchors = Erasures(), []
        for _, line in self._lines():
            try:
                if b'"checkpoint"' in line and "checkpoint" in (read := _object(line)):
                    anchors.append(anchor_of(read_checkpoint(read["checkpoint"]), trusted))
                elif b'"erasure"' in line and (row := _row(line)) and row["kind"] == ERASURE:
                    erasures.add(row["seq"], row["payload"])
            except ValueError:
                continue  # the walk tells of it, in its place
        return erasures, anchors

    def _followers(self, sought: Sequence[str]) -> list[Mapping[str, Any]]:
        found = []
        for _, line in self._lines():
            try:
                row = _row(line)
            except ValueError:
                continue
            if row is not None and row["previous"] in sought:
                found.append(row)
        return found

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        self._file.seek(0)
        number = 0
        while line := self._file.readline(_LONGEST_LINE):
            number += 1
            if number > 1 and line.strip():
                yield number, line


def _row(line: bytes) -> Mapping[str, Any] | None:
    """Read a line; None where it is a checkpoint. Raises ValueError where it is neither."""
    read = _object(line)
    if set(read) == {"checkpoint"}:
        read_checkpoint(read["checkpoint"])
        return None
    row = read.get("row")
    if set(read) != {"row"} or not isinstance(row, dict):
        message = f"neither a row nor a checkpoint: {_start(line)}"
        raise ValueError(message)
    if set(row) != set(COLUMNS):
        odd = ", ".join(sorted(set(row) ^ set(COLUMNS)))[:_SHOWN]
        message = f"columns that are missing or too many: {odd}"
        raise ValueError(message)
    if type(row["seq"]) is not int:
        message = f"its number is {str(row['seq'])[:_SHOWN]!r}"
        raise ValueError(message)
    return row


def _object(line: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        message = f"not JSON ({error}): {_start(line)}"
        raise ValueError(message) from error
    if not isinstance(read, dict):
        message = f"not a JSON object: {_start(line)}"
        raise ValueError(message)  # noqa: TRY004 - what is wrong is a file's text
    return read


def _start(line: bytes) -> str:
    return repr(line[:_SHOWN].decode("utf-8", "replace").rstrip())


def _written(value: object) -> object:
    """Return a column's value as JSON has it: SQLite may have been made to hold bytes."""
    return repr(value) if isinstance(value, bytes) else value
