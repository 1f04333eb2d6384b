"""Watching the files policies are made of, however editors and deployments replace them.

A folder is watched with all below it. What may be swapped as a whole is watched from outside: the
root itself, a link on the way to it, a file that lies elsewhere.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from watchfiles import awatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from watchfiles import Change

_log = structlog.get_logger("tocsin.policies")
_ENDINGS = frozenset({".yaml", ".yml"})
# An editor, a copy or a checkout writes several files or a file in pieces: milliseconds of quiet
# after a change, and the longest wait for it.
_QUIET = 150
_LONGEST = 2000


@dataclass(slots=True)
class Watched:
    """Which folders to watch, and whose changes count.

    Attributes:
        deep: Folders watched with all below them.
        flat: Folders of which only some entries count.
        entries: Those entries.
    """

    deep: set[Path] = field(default_factory=set)
    flat: set[Path] = field(default_factory=set)
    entries: set[Path] = field(default_factory=set)

    @classmethod
    def of(cls, roots: Sequence[Path], files: Iterable[str]) -> Watched:
        """Return what to watch for roots and the files that were read last."""
        found = cls()
        for root in roots:
            path = root.absolute()
            if path.is_dir():
                found.deep.add(path.resolve())
            found.add_entry(path)
            for step in (path, *path.parents):
                if step.is_symlink():
                    found.add_entry(step)
        for file in map(Path, files):
            if file.is_symlink() or not found.is_below(file.resolve()):
                found.add_entry(file.resolve())
                found.add_entry(file.absolute())
        return found

    def add_entry(self, path: Path) -> None:
        """Watch one entry of its folder; of a folder that is not there, the nearest that is."""
        while not path.parent.is_dir():
            path = path.parent
        folder = path.parent.resolve()
        self.flat.add(folder)
        self.entries.add(folder / path.name)

    def is_below(self, path: Path) -> bool:
        """Say whether a path lies in a folder that is watched whole."""
        return any(path.is_relative_to(folder) for folder in self.deep)

    def counts(self, _change: Change, name: str) -> bool:
        """Say whether a change is worth a look: a database in the folder changes all the time."""
        path = Path(name)
        if path in self.entries:
            return True
        return self.is_below(path) and (path.suffix in _ENDINGS or not path.is_file())


@asynccontextmanager
async def watching(
    roots: Sequence[Path], files: Iterable[str], stop: asyncio.Event
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Watch from the beginning of the block on; give what waits for the first change or the stop.

    A system that cannot watch (its limit of watches is reached) is told of in the log; only the
    stop ends the wait then.
    """
    watched, changed, ended = Watched.of(roots, files), asyncio.Event(), asyncio.Event()
    ways = [(watched.flat, False), (watched.deep, True)]
    tasks = [
        asyncio.create_task(_follow(folders, watched, changed, ended=ended, is_deep=is_deep))
        for folders, is_deep in ways
        if folders
    ]
    # One turn of the loop: the watches stand once each task has come to its first wait.
    await asyncio.sleep(0)
    try:
        yield lambda: _either(changed, stop)
    finally:
        ended.set()
        await asyncio.gather(*tasks)


async def _follow(
    folders: set[Path],
    watched: Watched,
    changed: asyncio.Event,
    *,
    ended: asyncio.Event,
    is_deep: bool,
) -> None:
    try:
        async for _ in awatch(
            *sorted(folders),
            watch_filter=watched.counts,
            recursive=is_deep,
            stop_event=ended,
            step=_QUIET,
            debounce=_LONGEST,
        ):
            changed.set()
    except (OSError, RuntimeError) as error:
        _log.error("policies are not watched, edits need a restart", why=str(error))


async def _either(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
