"""From an open file or stream to batches of what its lines or records say."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from engine.errors import PermanentSourceError
from engine.mention import Mention
from streams.sources.lines import MentionReader, split_lines
from streams.sources.table import read_header, read_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.ports import DeadLetter
    from streams.sources.lines import Line
    from streams.sources.table import Table

# A batch of lines near the limit must not fill the memory.
_MOST_BYTES = 8 << 20
BROKEN_GZIP = (EOFError, zlib.error)
"""What a gzip file that is cut off or damaged raises, besides `gzip.BadGzipFile`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line or record, read.

    Attributes:
        found: None where it was blank.
        end: Offset at which reading goes on after it.
        line: Number of its last line.
        size: Its bytes.
        is_ended: Whether a line break followed it.
    """

    found: Mention | DeadLetter | None
    end: int
    line: int
    size: int
    is_ended: bool


@dataclass(slots=True)
class Gathered:
    """Some steps together.

    Attributes:
        end: Offset at which reading goes on after them; 0 where nothing was read yet.
        line: Number of the last line among them.
        is_last: Whether the input ended with them.
        is_tail_open: Whether a last line without a line break was left for later.
    """

    mentions: list[Mention] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    end: int = 0
    line: int = 0
    size: int = 0
    is_last: bool = False
    is_tail_open: bool = False

    @property
    def read(self) -> int:
        """How many inputs were gathered."""
        return len(self.mentions) + len(self.dead)

    def add(self, step: Step) -> None:
        """Take a step in and move on behind it."""
        if isinstance(step.found, Mention):
            self.mentions.append(step.found)
        elif step.found is not None:
            self.dead.append(step.found)
        self.end, self.line = step.end, step.line
        self.size += step.size if step.found is not None else 0


def read_file(
    stream: BinaryIO, reader: MentionReader, *, is_table: bool, offset: int = 0, line: int = 0
) -> Iterator[Step | None]:
    """Read a file from an offset; a table's header is read from its beginning first.

    Raises:
        PermanentSourceError: The file is no UTF-8 text, or its header lacks what is needed.
    """
    start = stream.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        message = f"{reader.place} is UTF-16; save it as UTF-8"
        raise PermanentSourceError(message)
    stream.seek(0)
    if not is_table:
        stream.seek(offset)
        return _read_lines(split_lines(stream.read, offset=offset, number=line), reader)
    lines = split_lines(stream.read)
    table = read_header(lines, reader.mapping, reader.place)
    if table is None:
        return iter(())
    if offset:
        stream.seek(offset)
        lines = split_lines(stream.read, offset=offset, number=line)
    return _read_table(lines, reader, table)


def read_stream(
    read: Callable[[int], bytes], reader: MentionReader, *, is_table: bool
) -> Iterator[Step | None]:
    """Read what cannot be sought in; None wherever the next read may have to wait."""
    lines = split_lines(read)
    if not is_table:
        yield from _read_lines(lines, reader)
    elif table := read_header(lines, reader.mapping, reader.place):
        yield from _read_table(lines, reader, table)


def gather(  # noqa: PLR0913 - how to begin, when to hand on, where to stop
    steps: Iterator[Step | None],
    *,
    most: int,
    offset: int = 0,
    line: int = 0,
    waits: bool = False,
    takes_open_tail: bool = True,
) -> Iterator[Gathered]:
    """Gather steps into batches; the last one, perhaps empty, says so.

    Args:
        most: Inputs in a batch.
        offset: Where the steps begin, and after which line.
        waits: Hand on what there is wherever the next read may have to wait.
        takes_open_tail: Whether a last line without a line break is taken; it may still grow.
    """
    batch = Gathered(end=offset, line=line)
    try:
        for step in steps:
            if step is None:
                is_due = waits and batch.read > 0
            elif not step.is_ended and not takes_open_tail:
                batch.is_tail_open = True
                break
            else:
                batch.add(step)
                is_due = batch.read >= most or batch.size >= _MOST_BYTES
            if is_due:
                yield batch
                batch = Gathered(end=batch.end, line=batch.line)
    except (*BROKEN_GZIP, OSError):
        # What came before the damage is good.
        if batch.read:
            yield batch
        raise
    batch.is_last = True
    yield batch


def _read_lines(lines: Iterator[Line | None], reader: MentionReader) -> Iterator[Step | None]:
    for line in lines:
        if line is None:
            yield None
        else:
            found = reader.read_line(line)
            yield Step(found, line.end, line.number, len(line.data), line.is_ended)


def _read_table(
    lines: Iterator[Line | None], reader: MentionReader, table: Table
) -> Iterator[Step | None]:
    for record in read_records(lines, table.delimiter):
        if record is None:
            yield None
        else:
            found = table.read(record, reader)
            last = record.last
            yield Step(found, last.end, last.number, len(record.raw), last.is_ended)
