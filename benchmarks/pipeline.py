"""Mentions a second and peak memory of the embedded engine, stage by stage, on a real stream.

    python benchmarks/pipeline.py [--input FILE --map …]

By stage: reading, normalising, classifying, deciding, storing and dispatching, each alone, and then
the whole engine into a fresh SQLite file. The figures to watch are the ratios: what share of the
whole each stage takes, and memory at ten times the mentions against memory at that many.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.app import Engine, build_engine
from engine.cli.logs import configure_logs
from engine.ports import LogEntry, SourceBatch
from engine.settings import LogSettings
from engine.settings_file import read_configuration
from engine.windows import WindowState
from streams.sources.file import FileSource
from streams.sources.mapping import parse_mapping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from engine.mention import Mention
    from engine.settings import Configuration

_AIRLINE = Path(__file__).parents[2] / "shared" / "data" / "airline-tweets" / "stream.jsonl"
_POLICY = Path(__file__).with_name("airline.yaml")
_AIRLINE_MAP = "published_at=created_at,brand=airline"
_MEMORY_SIZES = (10_000, 100_000)


class Repeated:
    """A source that brings a file's mentions several times over, each time as new ones.

    Args:
        most: Ends after so many mentions.
    """

    name = "bench"

    def __init__(self, source: FileSource, most: int) -> None:
        self._source = source
        self._most = most

    async def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield renamed copies of the file's batches."""
        del cursor
        left, round_number = self._most, 0
        while left > 0:
            round_number += 1
            before = left
            async for batch in self._source.batches(None):
                mentions = tuple(_renamed(one, round_number) for one in batch.mentions[:left])
                left -= len(mentions)
                yield SourceBatch(self.name, mentions, batch.dead)
                if left <= 0:
                    return
            if left == before:
                return  # A file without a mention would be read for ever.


def _renamed(mention: Mention, number: int) -> Mention:
    external = f"{number}-{mention.external_id}"
    return replace(mention, id=f"bench:{external}", source="bench", external_id=external)


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _whole(configuration: Configuration, source: Repeated) -> dict[str, float]:
    """Run the engine over a source into a fresh database; return its rate and peak memory."""
    async with AsyncExitStack() as stack:
        engine = await build_engine(stack, configuration, policy_paths=[_POLICY], sources=[source])
        started = time.perf_counter()
        await engine.drain()
        seconds = time.perf_counter() - started
        decided = engine.runner.stats.decided
    return {"mentions": decided, "rate": decided / seconds, "megabytes": _peak_megabytes()}


async def _stages(configuration: Configuration, file: FileSource, most: int) -> dict[str, float]:
    """Return mentions a second of each stage alone, over the same mentions."""
    rates: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        engine = await build_engine(stack, configuration, policy_paths=[_POLICY], sources=[])
        batches = [batch async for batch in Repeated(file, most).batches(None)]
        rates["intake: read"] = await _timed_read(file)
        pipeline = engine.runner.pipeline
        prepared, rates["intake: normalise, language"] = _timed(
            lambda: [pipeline.prepare(batch) for batch in batches], most
        )
        mentions = [one for batch in prepared for one in batch.mentions]
        answers, rates["classify"] = _timed(lambda: pipeline.classify(mentions)[0], most)
        entries = [LogEntry(at, one) for at, one in enumerate(mentions, start=1)]
        windows = WindowState()
        decided, rates["decide"] = _timed(
            lambda: pipeline.decide(entries, answers, windows)[0], most
        )
        rates["store"] = await _timed_store(prepared, decided, engine)
        rates["dispatch"] = await _timed_dispatch(engine, most)
    return rates


def _timed(work: Any, count: int) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, count / (time.perf_counter() - started)


async def _timed_read(file: FileSource) -> float:
    started = time.perf_counter()
    read = 0
    async for batch in file.batches(None):
        read += batch.read
    return read / (time.perf_counter() - started)


async def _timed_store(prepared: list[SourceBatch], decided: list[Any], engine: Engine) -> float:
    """Store everything the engine would, in its batches."""
    now, log = engine.clock.now(), engine.store.log
    started = time.perf_counter()
    for batch in prepared:
        await log.append(batch, observed_at=now)
    by_id = {one.mention.id: one for one in decided}
    while entries := await log.undecided(limit=500):
        rows = [replace(by_id[one.mention.id], seq=one.seq) for one in entries]
        await log.record(rows, state={}, at=now)
    return len(decided) / (time.perf_counter() - started)


async def _timed_dispatch(engine: Engine, most: int) -> float:
    """Carry out what storing left planned: here tags and the log channel."""
    started = time.perf_counter()
    await engine.dispatcher.run_until_idle(asyncio.Event())
    return most / (time.perf_counter() - started)


def _configuration(folder: str) -> Configuration:
    return read_configuration(None, {"TOCSIN_DATABASE_URL": f"sqlite:///{folder}/whole.db"})[0]


def _whole_in_child(arguments: argparse.Namespace, most: int) -> dict[str, float]:
    """Run the whole engine in a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--input", str(arguments.input), "--child", str(most)]
    if arguments.map:
        command += ["--map", arguments.map]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Measure and print."""
    configure_logs(LogSettings(level="warning"), is_quiet=True)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=_AIRLINE)
    parser.add_argument("--map", default=None)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.input == _AIRLINE:
        arguments.map = _AIRLINE_MAP
    if not arguments.input.exists():
        parser.error(f"{arguments.input} is not here; name a stream with --input")
    mapping = parse_mapping(arguments.map) if arguments.map else None
    file = FileSource("bench-file", arguments.input, mapping=mapping)
    with tempfile.TemporaryDirectory() as folder:
        configuration = _configuration(folder)
        if arguments.child:
            result = asyncio.run(_whole(configuration, Repeated(file, arguments.child)))
            print(json.dumps(result))
            return
        rates = asyncio.run(_stages(configuration, file, _MEMORY_SIZES[0]))
    _print(rates, [_whole_in_child(arguments, size) for size in _MEMORY_SIZES])


def _print(rates: dict[str, float], wholes: list[dict[str, float]]) -> None:
    whole = wholes[0]["rate"]
    print(f"{'stage':<30}{'mentions/s':>12}{'share of the whole':>22}")
    for name, rate in rates.items():
        print(f"{name:<30}{rate:>12,.0f}{whole / rate:>21.0%}")
    print(f"{'whole engine':<30}{whole:>12,.0f}{1:>21.0%}")
    for one in wholes:
        print(
            f"{one['mentions']:>9,.0f} mentions: {one['rate']:,.0f}/s, "
            f"peak memory {one['megabytes']:,.0f} MB"
        )
    first, last = wholes[0]["megabytes"], wholes[-1]["megabytes"]
    print(f"memory at ten times the mentions: {last / first:.2f} times")


if __name__ == "__main__":
    main()
