"""A folder of mention files: new ones are read, growing ones are followed."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import TYPE_CHECKING, Any

from watchfiles import awatch

from engine.errors import PermanentSourceError
from engine.ports import DeadLetter, SourceBatch
from streams.sources.file import is_table, open_binary
from streams.sources.lines import MentionReader
from streams.sources.mapping import UNMAPPED, FieldMapping
from streams.sources.rows import BROKEN_GZIP, Gathered, gather, read_file
from streams.sources.threaded import closing_iterator, in_thread

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Generator, Mapping

_SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv")
_ROUND_MS = 1000


class FolderSource:
    """Reads every mention file of a folder, and what is added to them; ends only when told to.

    Taken are names ending in ``.jsonl``, ``.ndjson``, ``.csv`` or ``.tsv``, and these with ``.gz``;
    names beginning with a dot or ending in ``.part`` or ``.tmp`` are still being written. A last
    line without a line break is left until the file was seen twice at one size. A file that was
    replaced or shrank is read from its beginning. The cursor holds each present file's progress.

    Args:
        stop_event: Ends the iteration when set.
        rounds: Makes an iterator that yields whenever the folder is to be looked at again; by
            default at each change the system reports, and at least every second.
        batch_size: Inputs in a batch.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the source
        self,
        name: str,
        path: Path | str,
        *,
        stop_event: asyncio.Event,
        mapping: FieldMapping | None = None,
        source_default: str = "import",
        brand: str | None = None,
        batch_size: int = 500,
        rounds: Callable[[], AsyncIterator[object]] | None = None,
    ) -> None:
        self._name = name
        self._path = Path(path)
        self._stop = stop_event
        self._rounds = rounds or self._watch
        self._batch_size = batch_size
        self._mapping = mapping or UNMAPPED
        self._source_default = source_default
        self._brand = brand
        self._files: dict[str, dict[str, Any]] = {}
        self._refused: set[str] = set()
        self._sizes: dict[str, int] = {}

    @property
    def name(self) -> str:
        """Name of this configured source."""
        return self._name

    async def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield what the files hold and what comes to them.

        Raises:
            PermanentSourceError: The folder does not exist, or is none.
        """
        if not self._path.is_dir():
            message = f"{self._path} is no folder; make it, or correct the source's path"
            raise PermanentSourceError(message)
        files = cursor.get("files", {}) if cursor else {}
        self._files = {name: dict(state) for name, state in files.items()}
        self._refused.clear()
        self._sizes.clear()
        async with closing_iterator(self._rounds()) as rounds:
            while not self._stop.is_set():
                async with closing_iterator(in_thread(self._look())) as batches:
                    async for batch in batches:
                        yield batch
                        if self._stop.is_set():
                            return
                if await anext(rounds, None) is None:
                    return

    def _watch(self) -> AsyncIterator[object]:
        return awatch(
            self._path,
            stop_event=self._stop,
            rust_timeout=_ROUND_MS,
            yield_on_timeout=True,
            recursive=False,
        )

    def _look(self) -> Generator[SourceBatch, None, None]:
        """Read what is new in every file, in the order of their names."""
        try:
            present = sorted(path.name for path in self._path.iterdir() if is_taken(path.name))
        except FileNotFoundError:
            return
        for name in self._files.keys() - set(present):
            del self._files[name]
        for name in present:
            try:
                yield from self._read(name)
            except FileNotFoundError:
                self._files.pop(name, None)
            except OSError as error:
                if name not in self._refused:
                    self._refused.add(name)
                    reason = f"the file cannot be read: {error.strerror or error}"
                    yield self._batch(Gathered(), DeadLetter(self._name, name, reason, ""))

    def _read(self, name: str) -> Generator[SourceBatch, None, None]:
        path = self._path / name
        stat = path.stat()
        if not S_ISREG(stat.st_mode) and not S_ISDIR(stat.st_mode):
            # Opening a pipe that nobody writes to would wait for ever, and a device never ends.
            raise OSError(errno.EINVAL, "it is a pipe or a device")
        known = self._files.get(name)
        if known is None or known["inode"] != stat.st_ino or stat.st_size < known["size"]:
            known = {"offset": 0, "line": 0, "size": -1, "inode": stat.st_ino, "pending": True}
        if known["size"] == stat.st_size and not known["pending"]:
            return
        # Seen by this process at this size before: nobody is writing to it.
        is_quiet = self._sizes.get(name) == stat.st_size
        self._sizes[name] = stat.st_size
        state = {**known, "size": stat.st_size}
        try:
            yield from self._read_on(path, state, is_quiet=is_quiet)
        except (gzip.BadGzipFile, *BROKEN_GZIP, PermanentSourceError) as error:
            # A file on its way in looks just like this: only one that stays so is broken.
            self._files[name] = {**self._files.get(name, state), "size": stat.st_size}
            self._files[name]["pending"] = not is_quiet
            if is_quiet:
                dead = DeadLetter(self._name, name, f"the file cannot be read on: {error}", "")
                yield self._batch(Gathered(), dead)

    def _read_on(
        self, path: Path, state: dict[str, Any], *, is_quiet: bool
    ) -> Generator[SourceBatch, None, None]:
        reader = MentionReader(
            self._name, path.name, self._mapping, self._source_default, self._brand
        )
        at = {"offset": state["offset"], "line": state["line"]}
        with open_binary(path) as stream:
            self._refused.discard(path.name)
            steps = read_file(stream, reader, is_table=is_table(path.name), **at)
            for batch in gather(steps, most=self._batch_size, **at, takes_open_tail=is_quiet):
                # Until the last batch is stored, the file counts as not read at this size.
                is_pending = batch.is_tail_open or not batch.is_last
                progress = {"offset": batch.end, "line": batch.line, "pending": is_pending}
                self._files[path.name] = {**state, **progress}
                if batch.read:
                    yield self._batch(batch)

    def _batch(self, batch: Gathered, *dead: DeadLetter) -> SourceBatch:
        files = {name: dict(state) for name, state in self._files.items()}
        return SourceBatch(
            self._name, tuple(batch.mentions), (*batch.dead, *dead), {"files": files}
        )


def is_taken(name: str) -> bool:
    """Say whether a file of this name is read: its ending is known, and it is whole."""
    return not name.startswith(".") and name.lower().removesuffix(".gz").endswith(_SUFFIXES)
