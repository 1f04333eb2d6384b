"""Standard input, or any stream that can be read once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.errors import PermanentSourceError
from engine.ports import SourceBatch
from streams.sources.lines import MentionReader
from streams.sources.mapping import UNMAPPED, FieldMapping
from streams.sources.rows import gather, read_stream
from streams.sources.threaded import in_own_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping


def standard_input() -> BinaryIO:
    """Return this process's standard input.

    Raises:
        PermanentSourceError: It was closed before the process began.
    """
    if sys.stdin is None:
        message = "standard input is closed; give a file, or open it"
        raise PermanentSourceError(message)
    return sys.stdin.buffer


class StdinSource:
    """Reads a stream to its end, handing on what there is wherever it pauses.

    It has no cursor: what was read and not stored when the process dies is gone, as with any pipe.

    Args:
        stream: For example ``sys.stdin.buffer``; left open.
        is_table: Read CSV instead of JSON lines.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the source
        self,
        name: str,
        stream: BinaryIO,
        *,
        mapping: FieldMapping | None = None,
        source_default: str = "import",
        brand: str | None = None,
        is_table: bool = False,
        batch_size: int = 500,
    ) -> None:
        self._name = name
        # `read` would wait for a whole chunk; `read1` returns what is there.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._is_table = is_table
        self._batch_size = batch_size
        self._reader = MentionReader(
            name, "stdin", mapping or UNMAPPED, source_default=source_default, brand=brand
        )

    @property
    def name(self) -> str:
        """Name of this configured source."""
        return self._name

    def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield what comes until the stream ends; a cursor has no meaning here.

        Raises:
            PermanentSourceError: A table whose header lacks what is needed.
        """
        del cursor
        return in_own_thread(self._batches())

    def _batches(self) -> Generator[SourceBatch, None, None]:
        steps = read_stream(self._read, self._reader, is_table=self._is_table)
        for batch in gather(steps, most=self._batch_size, waits=True):
            if batch.read:
                yield SourceBatch(self._name, tuple(batch.mentions), tuple(batch.dead))
