"""Commands that work through a file: replay, classify."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.cli.logs import configure_logs
from engine.cli.options import (
    BrandOption,
    ConfigOption,
    FormatOption,
    MapOption,
    PolicyOption,
    configuration,
    existing,
    existing_file,
    mapping,
)
from engine.cli.output import (
    OK,
    PROBLEMS,
    Format,
    fail,
    note,
    note_problems,
    notes,
    print_json,
    print_text,
    require_output,
)
from engine.cli.signals import stop_on_signals
from engine.clock import SystemClock
from engine.loading import (
    load_brands,
    load_entity_reader,
    load_hub,
    load_language_identifier,
    load_policies,
)
from engine.proving.classify_file import STANDARD, classify_file
from engine.proving.stages import Stages
from engine.units import parse_speed
from streams.sources.file import FileSource
from streams.sources.paced import Paced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.app import Engine
    from engine.ports import Source

_REFRESH = 0.25
_SHOWN = 100
_LONGEST_REASON = 300


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(replay)
    app.command()(classify)


def _read_speed(text: str) -> float:
    try:
        return parse_speed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def replay(  # noqa: PLR0913 - one parameter an option of the contract
    file: Annotated[
        Path,
        typer.Argument(
            help="Mentions as JSONL or CSV, optionally gzipped; - reads JSONL from standard input."
        ),
    ],
    *,
    speed: Annotated[
        float,
        typer.Option(parser=_read_speed, help="60x is a minute of event time a second; or max."),
    ] = "max",  # type: ignore[assignment] # parsed by _read_speed
    fields: MapOption = None,
    brand: BrandOption = None,
    policy: PolicyOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Feed a file through the whole engine as if live; ends when all is decided and dispatched."""
    found = configuration(config)
    configure_logs(found.settings.log, is_quiet=notes.is_terminal)
    source = _source(file, fields, brand)
    if speed != float("inf"):
        source = Paced(source, speed, SystemClock(), sleep=asyncio.sleep)
    result, is_whole = asyncio.run(_replay(found, source, policy))
    if output is Format.JSON:
        print_json(result)
    else:
        _print_replay(result)
    raise typer.Exit(OK if is_whole else PROBLEMS)


def _source(file: Path, fields: str | None, brand: str | None) -> Source:
    from engine.app_sources import stdin_source

    if str(file) == STANDARD:
        return stdin_source("replay-stdin", mapping=mapping(fields), brand=brand)
    existing_file(file)
    where = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    return FileSource(f"replay-{where}", file, mapping=mapping(fields), brand=brand)


async def _replay(
    found: Any, source: Source, policy: list[Path] | None
) -> tuple[dict[str, Any], bool]:
    from engine.app import build_engine

    started = time.monotonic()
    async with AsyncExitStack() as stack:
        engine = await build_engine(stack, found, policy_paths=policy, sources=[source])
        before = await engine.store.queries.counts()
        with stop_on_signals(engine.stop), _progress() as progress:
            watch = asyncio.create_task(_watch(engine, progress))
            try:
                await engine.drain()
            finally:
                watch.cancel()
        after = await engine.store.queries.counts()
        await _note_dead_letters(engine, source.name)
        _note_surprises(engine)
        ended = engine.runner.stats.finished.get(source.name, "stopped before its end")
        if ended != "ended":
            note(f"tocsin: {source.name}: {ended}", style="bold red")
        return _summary(engine, before, after, time.monotonic() - started), ended == "ended"


async def _note_dead_letters(engine: Engine, source: str) -> None:
    """Say why the last inputs that were set aside were."""
    count = engine.runner.stats.dead_letters
    if not count:
        return
    last = await engine.store.queries.dead_letters(limit=min(count, _SHOWN), source=source)
    note(f"set aside {count:,} input(s) as dead letters; the last of them:", style="yellow")
    for row in reversed(last):
        # The contract's form: `file:line: reason`; the reason alone begins with the line again.
        reason = re.sub(r"^line \d+: ", "", row["reason"])
        note(f"  {row['place']}: {reason[:_LONGEST_REASON]}")


def _note_surprises(engine: Engine) -> None:
    """Say why a replay that decided nothing did not, where that is easily told."""
    stats = engine.runner.stats
    database = engine.store.url
    if stats.duplicates and not stats.stored:
        note(
            f"every mention is known to {database} already, so nothing was decided anew; "
            "TOCSIN_DATABASE_URL names another database"
        )
    elif stats.decided and not stats.decisions:
        brands = sorted({brand for one in engine.policies.policies for brand in one.brands})
        for_whom = f"; its policies are for {', '.join(brands)}" if brands else ""
        note(f"no rule matched any of {stats.decided:,} mentions{for_whom}")


def _summary(
    engine: Engine, before: Mapping[str, Any], after: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """Return what this run did; actions are those that came to stand in each state during it."""
    stats = engine.runner.stats
    states = {
        state: count - before["actions"].get(state, 0) for state, count in after["actions"].items()
    }
    return {
        "read": stats.read,
        "stored": stats.stored,
        "duplicates": stats.duplicates,
        "dead_letters": stats.dead_letters,
        "classified": stats.classified,
        "decided": stats.decided,
        "decisions": stats.decisions,
        "actions": {state: count for state, count in sorted(states.items()) if count > 0},
        "incidents": stats.incidents,
        "seconds": round(seconds, 3),
    }


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    )


async def _watch(engine: Engine, progress: Progress) -> None:
    """Show how far the replay is until cancelled."""
    task = progress.add_task("starting", total=None)
    while True:
        stats = engine.runner.stats
        waits = "; ".join(f"{part} waits: {why}" for part, why in stats.waiting.items())
        progress.update(
            task,
            total=stats.stored or None,
            completed=stats.decided,
            description=f"read {stats.read:,}  stored {stats.stored:,}  decided {stats.decided:,}"
            f"  decisions {stats.decisions:,}  {waits}",
        )
        await asyncio.sleep(_REFRESH)


def _print_replay(result: Mapping[str, Any]) -> None:
    rate = result["read"] / result["seconds"] if result["seconds"] else 0.0
    print_text(
        f"read {result['read']:,} = stored {result['stored']:,} + duplicates "
        f"{result['duplicates']:,} + dead letters {result['dead_letters']:,}\n"
        f"classified {result['classified']:,}, decided {result['decided']:,}, "
        f"decisions {result['decisions']:,}, incidents {result['incidents']:,}"
    )
    for state, count in result["actions"].items():
        print_text(f"actions {state.replace('_', ' ')}: {count:,}")
    print_text(f"{result['seconds']:.1f} s ({rate:,.0f} mentions/s)")


def check_ends(source: Path, target: Path) -> None:
    """Leave with a message where a file cannot be read or written as named."""
    if str(target) == STANDARD:
        require_output()
    elif target.is_dir() or not target.parent.is_dir():
        fail(f"--output {target}: is a folder, or its folder does not exist; name a file to write")
    if str(source) == STANDARD:
        return
    existing_file(source)
    if str(target) != STANDARD and target.exists() and target.samefile(source):
        fail(f"--output {target}: is the input itself; name another file")


def classify(
    source: Annotated[
        Path, typer.Option("--input", help="Mentions as JSONL; - reads standard input.")
    ],
    target: Annotated[Path, typer.Option("--output", help="JSONL; - writes standard output.")],
    fields: MapOption = None,
    config: ConfigOption = None,
) -> None:
    """Add language and classifications to each mention, in the order of the input."""
    found = configuration(config)
    paths = [found.path(named) for named in found.settings.policies]
    for path in paths:
        existing(path)
    policies, problems = load_policies(found, paths, now=SystemClock().now())
    if policies is None:
        fail("the policies of the settings have errors", problems=problems)
    brands, warnings = load_brands(found)
    note_problems(warnings)
    stages = Stages(
        lambda: load_hub(found, policies),
        load_language_identifier,
        brands=brands,
        entities=None if brands is None else load_entity_reader(),
    )
    check_ends(source, target)
    with _progress() as progress:
        task = progress.add_task("classifying", total=None)
        result = classify_file(
            source,
            target,
            stages,
            mapping=mapping(fields),
            on_progress=lambda done: progress.update(
                task, description=f"classified {done:,}", completed=done
            ),
        )
    for fault in result.faults:
        note(fault, style="yellow")
    note(f"classified {result.written:,}, set aside {len(result.faults):,}")
