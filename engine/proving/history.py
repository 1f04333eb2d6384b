"""What a simulation reads: a file of mentions, or the store, a batch at a time."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.mention import Mention
from engine.mention_json import read_classification, read_mention
from engine.proving.classify_file import STANDARD
from engine.simulate import Arrivals
from engine.store import Store
from streams.sources.file import clear_errors, is_table, open_binary
from streams.sources.lines import MentionReader
from streams.sources.mapping import UNMAPPED
from streams.sources.rows import read_file, read_stream
from streams.sources.stdin import standard_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from engine.ports import DeadLetter
    from streams.sources.mapping import FieldMapping
    from streams.sources.rows import Step

BATCH = 256
# A batch of lines near the limit must not fill the memory.
_MOST_BYTES = 8 << 20
_LINE = re.compile(r"^line \d+: ")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of event time: from `since`, inclusive, to `until`, exclusive; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Say whether an instant lies within."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


ALWAYS = Period()


def fault_line(dead: DeadLetter) -> str:
    """Return a dead letter as ``file:line: reason``."""
    return f"{dead.place}: {_LINE.sub('', dead.reason)}"


def read_history(
    source: Path,
    *,
    mapping: FieldMapping | None = None,
    brand: str | None = None,
    period: Period = ALWAYS,
) -> Iterator[Arrivals]:
    """Yield a file's mentions of a period, in the order of the file.

    Args:
        source: JSON lines, CSV or TSV by its name, perhaps gzipped; ``-`` for JSON lines on
            standard input. The ``end`` of the arrivals counts bytes, unpacked ones.
        brand: Of mentions that name none.

    Raises:
        PermanentSourceError: There is no such file, or it cannot be read as what it is.
    """
    reader = MentionReader(str(source), str(source), mapping or UNMAPPED, brand=brand)
    if str(source) == STANDARD:
        steps = read_stream(standard_input().read, reader, is_table=False)
        yield from _batches(steps, str(source), period)
        return
    with clear_errors(source), ExitStack() as stack:
        stream = stack.enter_context(open_binary(source))
        steps = read_file(stream, reader, is_table=is_table(source.name))
        yield from _batches(steps, str(source), period)


def _batches(steps: Iterable[Step | None], place: str, period: Period) -> Iterator[Arrivals]:
    mentions: list[Mention] = []
    dead: list[DeadLetter] = []
    places: dict[str, str] = {}
    size, end = 0, 0
    for step in steps:
        if step is None or step.found is None:
            continue
        end, size = step.end, size + step.size
        if not isinstance(step.found, Mention):
            dead.append(step.found)
        elif period.holds(step.found.published_at):
            mentions.append(step.found)
            places[step.found.id] = f"{place}:{step.line}"
        if len(mentions) + len(dead) >= BATCH or size >= _MOST_BYTES:
            yield Arrivals(mentions, dead, places, end=end)
            mentions, dead, places, size = [], [], {}, 0
    if mentions or dead:
        yield Arrivals(mentions, dead, places, end=end)


def read_store(url: str, *, period: Period = ALWAYS) -> Iterator[Arrivals]:
    """Yield the stored mentions of a period in the order they were stored, as they were classified.

    The ``end`` of the arrivals counts mentions.

    Raises:
        ConfigError: The URL names no database.
        StoreError: The database cannot be used.
    """
    end = 0
    with _opened(url) as (runner, store):
        last = 0
        while True:
            query = store.queries.history(
                after_seq=last, limit=BATCH, since=period.since, until=period.until
            )
            rows = runner.run(query)
            if not rows:
                return
            last, end = rows[-1]["seq"], end + len(rows)
            mentions = [read_mention(row["body"]) for row in rows]
            answers = {
                mention.id: tuple(
                    read_classification(task, one) for task, one in row["classifications"].items()
                )
                for mention, row in zip(mentions, rows, strict=True)
            }
            yield Arrivals(mentions, answers=answers, end=end)


@contextmanager
def _opened(url: str) -> Iterator[tuple[asyncio.Runner, Store]]:
    with asyncio.Runner() as runner:
        store = runner.run(Store.open(url, upgrade=False))
        try:
            yield runner, store
        finally:
            runner.run(store.close())
