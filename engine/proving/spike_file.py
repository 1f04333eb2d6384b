"""A detector on a file of counts, row by row: what it would have said as each row came."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

from engine.units import format_duration
from streams.sources.lines import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.windows.detectors import Detector, Reading
    from streams.sources.lines import Line

    # A line's number, and its cells or why it has none.
    _Row = tuple[int, list[str] | str]

COLUMNS = ("timestamp", "value")
OUTPUT_COLUMNS = ("timestamp", "value", "expected", "score", "alert")
_SHOWN = 60  # characters of a value that is told


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what the detector says of it; time and value as they were written."""

    timestamp: str
    value: str
    reading: Reading

    def cells(self) -> list[str]:
        """Return the row's `OUTPUT_COLUMNS`."""
        said = self.reading
        alert = "1" if said.is_alert else "0"
        return [self.timestamp, self.value, f"{said.expected:.3f}", f"{said.score:.6f}", alert]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that was not judged: its line, counted from 1, and why."""

    line: int
    reason: str


class HeaderError(ValueError):
    """The file does not begin with the names of the columns that are needed."""


def judge_rows(
    stream: BinaryIO, detector: Detector[float], *, every: timedelta
) -> Iterator[Judged | SetAside]:
    """Read the header; return what a detector says of each row, as soon as that is read.

    An empty value is *no data*. A row out of order or closer to the last than half a bucket is set
    aside, and the detector does not see it.

    Raises:
        HeaderError: There is no header with the columns ``timestamp`` and ``value``.
    """
    rows = _cells(stream)
    return _judge(rows, _columns(rows), detector, clock=_Clock(every))


def _judge(
    rows: Iterator[_Row],
    columns: Sequence[tuple[int, str]],
    detector: Detector[float],
    *,
    clock: _Clock,
) -> Iterator[Judged | SetAside]:
    for line, cells in rows:
        if isinstance(cells, str):
            yield SetAside(line, cells)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        try:
            timestamp, value = (_cell(cells, at, name) for at, name in columns)
            count = _count(value)
            at = clock.read(timestamp)
            yield Judged(timestamp, value, detector.observe(at, count))
        except ValueError as error:
            yield SetAside(line, str(error))


def _cells(stream: BinaryIO) -> Iterator[_Row]:
    for line in split_lines(stream.read):
        if line is not None:
            yield line.number, _split(line)


def _split(line: Line) -> list[str] | str:
    if line.is_too_long:
        return f"a line of {line.size:,} bytes is no row of counts"
    text = line.data.decode("utf-8-sig" if line.number == 1 else "utf-8", "replace")
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        return f"not a row of CSV: {error}"


def _columns(rows: Iterator[_Row]) -> list[tuple[int, str]]:
    """Return where the columns stand that are needed."""
    _, header = next(rows, (0, []))
    names = [] if isinstance(header, str) else [cell.strip().casefold() for cell in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        seen = ", ".join(names)[:_SHOWN] or "nothing"
        message = f"needs the columns timestamp,value in its first line, which has {seen}"
        raise HeaderError(message)
    return [(names.index(name), name) for name in COLUMNS]


def _cell(cells: Sequence[str], at: int, name: str) -> str:
    if at >= len(cells):
        message = f"the row has no {name}: {len(cells)} cell(s)"
        raise ValueError(message)
    return cells[at].strip()


def _count(text: str) -> float | None:
    if not text:
        return None
    try:
        count = float(text)
    except ValueError:
        count = -1.0
    if not 0 <= count < float("inf"):
        message = f"value {text[:_SHOWN]!r} is not a number from 0 on"
        raise ValueError(message)
    return count


class _Clock:
    """Reads the times of rows, each later than the one before."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: datetime | None = None

    def read(self, text: str) -> datetime:
        """Return a row's time, in UTC where it names no zone.

        Raises:
            ValueError: It is no time, or does not follow on the row before.
        """
        at = _instant(text)
        if self._last is not None:
            self._check(text, at - self._last)
        self._last = at
        return at

    def _check(self, text: str, after: timedelta) -> None:
        zero = timedelta()
        if after == zero:
            message = f"{text} stands a second time; the first is taken"
            raise ValueError(message)
        if after < zero:
            message = f"{text} is {format_duration(-after)} before the row that was judged last"
            raise ValueError(message)
        if 2 * after < self._every:
            apart = f"rows are to be {format_duration(self._every)} apart"
            message = f"{text} is only {format_duration(after)} after the row before; {apart}"
            raise ValueError(message)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"timestamp {text[:_SHOWN]!r} is no date and time such as 2026-03-02T09:00:00Z"
        raise ValueError(message) from None


def as_line(cells: Sequence[str]) -> bytes:
    """Return a line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()
