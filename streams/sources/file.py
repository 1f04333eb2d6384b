"""A file of mentions: JSON lines or CSV, plain or gzipped."""

from __future__ import annotations

import gzip
import os
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from engine.errors import PermanentSourceError, RecoverableSourceError
from engine.ports import SourceBatch
from streams.sources.lines import MentionReader
from streams.sources.mapping import UNMAPPED, FieldMapping
from streams.sources.rows import BROKEN_GZIP, gather, read_file
from streams.sources.threaded import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator, Mapping

TABLE_SUFFIXES = (".csv", ".tsv")


class FileSource:
    """Reads one file from its beginning, or from where the last run was interrupted.

    A file that was read to its end is read anew the next time: what it brings is then known. A name
    ending in ``.csv`` or ``.tsv`` is a table, any other holds one JSON object a line; ``.gz`` after
    either is unpacked. The cursor counts bytes (unpacked ones) and lines.

    Args:
        source_default: A mention's ``source`` where the file names none.
        brand: A mention's brand where the file names none.
        batch_size: Inputs in a batch.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the source
        self,
        name: str,
        path: Path | str,
        *,
        mapping: FieldMapping | None = None,
        source_default: str = "import",
        brand: str | None = None,
        batch_size: int = 500,
    ) -> None:
        self._name = name
        self._path = Path(path)
        self._batch_size = batch_size
        self._reader = MentionReader(
            name, str(path), mapping or UNMAPPED, source_default=source_default, brand=brand
        )

    @property
    def name(self) -> str:
        """Name of this configured source."""
        return self._name

    def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield the file's batches; the last one's cursor says that the file is done.

        Raises:
            PermanentSourceError: There is no such file, or it cannot be read as what it is.
            RecoverableSourceError: The disk failed while reading.
        """
        return in_thread(self._read(cursor))

    def _read(self, cursor: Mapping[str, Any] | None) -> Generator[SourceBatch, None, None]:
        with clear_errors(self._path):
            _require_file(self._path)
        with clear_errors(self._path), open_binary(self._path) as stream:
            size = os.fstat(stream.fileno()).st_size
            offset, line = self._start(cursor, size)
            steps = read_file(
                stream, self._reader, is_table=is_table(self._path.name), offset=offset, line=line
            )
            for batch in gather(steps, most=self._batch_size, offset=offset, line=line):
                yield SourceBatch(
                    self._name,
                    tuple(batch.mentions),
                    tuple(batch.dead),
                    {
                        "path": str(self._path),
                        "offset": batch.end,
                        "line": batch.line,
                        "size": size,
                        "done": batch.is_last,
                    },
                )

    def _start(self, cursor: Mapping[str, Any] | None, size: int) -> tuple[int, int]:
        """Say at which offset and after which line to go on; a file that shrank is another file."""
        is_same = cursor is not None and cursor.get("path") == str(self._path)
        if cursor is None or not is_same or cursor.get("done") or size < cursor.get("size", 0):
            return 0, 0
        return int(cursor.get("offset", 0)), int(cursor.get("line", 0))


def is_table(name: str) -> bool:
    """Say whether a file of this name is read as CSV."""
    return name.lower().removesuffix(".gz").endswith(TABLE_SUFFIXES)


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading, unpacking it where its name ends in ``.gz``."""
    if path.name.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _require_file(path: Path) -> None:
    """Refuse what cannot be read from its middle, and may never end, before it is opened.

    Raises:
        PermanentSourceError: It is a pipe, a socket or a device.
    """
    mode = path.stat().st_mode
    if not S_ISREG(mode) and not S_ISDIR(mode):
        message = (
            f"{path} is a pipe or a device, which cannot be read on after a stop; "
            "write it to a file first, or send it to standard input"
        )
        raise PermanentSourceError(message)


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Say what the operator can do about a file that cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        message = f"{path}: there is no such file"
        raise PermanentSourceError(message) from error
    except IsADirectoryError as error:
        message = f"{path} is a folder; a source of kind `folder` reads the files in one"
        raise PermanentSourceError(message) from error
    except PermissionError as error:
        message = f"{path}: this account may not read it"
        raise PermanentSourceError(message) from error
    except (gzip.BadGzipFile, *BROKEN_GZIP) as error:
        message = f"{path} is no whole gzip file: {error}"
        raise PermanentSourceError(message) from error
    except OSError as error:
        message = f"{path} could not be read: {error.strerror or error}"
        raise RecoverableSourceError(message) from error
