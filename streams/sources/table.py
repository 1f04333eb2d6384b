"""CSV records one by one, each with its bytes, so that reading can go on after any of them.

A broken record costs that record only: where a quote is never closed, the line that opened it is
set aside and reading goes on with the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from engine.errors import MentionError, PermanentSourceError
from streams.sources.lines import LONGEST_LINE, Line, MentionReader, check_utf8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.mention import Mention
    from engine.ports import DeadLetter
    from streams.sources.mapping import FieldMapping

_DELIMITERS = ",;\t"
# A text may span lines; one that spans more is a quote somebody forgot to close.
_MOST_LINES = 500
# How the csv module says that the input ended inside quotes.
_CUT_OFF = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells, or why they could not be read.

    Attributes:
        last: Its last physical line: reading goes on after it.
        number: Its first line's number.
    """

    cells: tuple[str, ...]
    number: int
    raw: bytes
    last: Line
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table's first record says of the others."""

    header: tuple[str, ...]
    delimiter: str

    def read(self, record: Record, reader: MentionReader) -> Mention | DeadLetter | None:
        """Read one record; None for a blank one."""
        if record.fault:
            return reader.dead(record.number, record.fault, record.raw)
        if not any(cell.strip() for cell in record.cells):
            return None
        if len(record.cells) != len(self.header):
            reason = f"{len(record.cells)} columns where the header has {len(self.header)}"
            return reader.dead(record.number, reason, record.raw)
        row = dict(zip(self.header, record.cells, strict=True))
        return reader.read_row(row, record.number, record.raw)


def read_header(lines: Iterator[Line | None], mapping: FieldMapping, place: str) -> Table | None:
    """Read the header, which also tells the delimiter; None where the table is empty.

    Raises:
        PermanentSourceError: The header is no header, or lacks what the mapping names.
    """
    for line in lines:
        if line is None or not line.data.strip():
            continue
        try:
            check_utf8(line.data)
        except MentionError as error:
            message = f"{place}: the header is {error}"
            raise PermanentSourceError(message) from None
        if line.is_too_long:
            message = f"{place}: its first line has {line.size} bytes: that is no CSV header"
            raise PermanentSourceError(message)
        table = _table(line.data.decode())
        _check(table, mapping, place)
        return table
    return None


def read_records(lines: Iterator[Line | None], delimiter: str) -> Iterator[Record | None]:
    """Yield the records that follow the header, and None where the lines pause."""
    waiting: deque[Line] = deque()
    for line in lines:
        if line is None:
            yield None
            continue
        waiting.append(line)
        while waiting:
            yield _record(waiting, lines, delimiter)


def _record(waiting: deque[Line], lines: Iterator[Line | None], delimiter: str) -> Record:
    """Take one record off the waiting lines, fetching more where a quoted cell goes on."""
    taken: list[Line] = []
    first = waiting[0]
    try:
        cells = next(csv.reader(_feed(waiting, lines, taken), delimiter=delimiter, strict=True), [])
    except (csv.Error, MentionError) as error:
        waiting.extendleft(reversed(taken[1:]))
        fault = str(error) if isinstance(error, MentionError) else f"not CSV: {error}"
        if fault.endswith(_CUT_OFF):
            # The rest of a quoted cell may still be on its way into a growing file.
            fault, first = "a quote is opened and never closed", replace(first, is_ended=False)
        return Record((), first.number, first.data, first, fault)
    raw = b"\n".join(line.data for line in taken)
    return Record(tuple(cells), first.number, raw, taken[-1])


def _feed(waiting: deque[Line], lines: Iterator[Line | None], taken: list[Line]) -> Iterator[str]:
    while line := _next(waiting, lines):
        taken.append(line)
        if len(taken) > _MOST_LINES:
            message = f"a quote is opened and not closed within {_MOST_LINES} lines"
            raise MentionError(message)
        try:
            _check_line(line)
        except MentionError as error:
            if line is taken[0]:
                raise
            message = f"a quote is opened and not closed before line {line.number}: {error}"
            raise MentionError(message) from None
        yield line.data.decode().removesuffix("\r") + "\n"


def _check_line(line: Line) -> None:
    if line.is_too_long:
        message = f"{line.size} bytes; a line has at most {LONGEST_LINE}"
        raise MentionError(message)
    check_utf8(line.data)


def _next(waiting: deque[Line], lines: Iterator[Line | None]) -> Line | None:
    if waiting:
        return waiting.popleft()
    return next((line for line in lines if line is not None), None)


def _table(header: str) -> Table:
    readings = {
        delimiter: tuple(next(csv.reader([header], delimiter=delimiter), []))
        for delimiter in _DELIMITERS
    }
    delimiter = max(readings, key=lambda one: len(readings[one]))
    return Table(tuple(name.strip() for name in readings[delimiter]), delimiter)


def _check(table: Table, mapping: FieldMapping, place: str) -> None:
    names = table.header
    listed = ", ".join(repr(name[:40]) for name in names[:40])
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        message = f"{place}: the header names column {twice[0]!r} twice"
        raise PermanentSourceError(message)
    for column in mapping.missing(names):
        close = get_close_matches(column, names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        message = f"{place}: no column {column!r}, which the mapping names; {hint}Columns: {listed}"
        raise PermanentSourceError(message)
    for field in ("text", "published_at"):
        if field not in names and field not in mapping.columns:
            message = (
                f"{place}: no column {field!r}; name the one that holds it with "
                f"--map {field}=<column>. Columns: {listed}"
            )
            raise PermanentSourceError(message)
