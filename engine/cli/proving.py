"""What the commands that prove policies share: policies, mentions and a simulation of them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.cli.ask_store import with_store
from engine.cli.author import note_nothing
from engine.cli.options import existing, existing_file, mapping
from engine.cli.output import PROBLEMS, fail, note, note_problems, notes
from engine.clock import SystemClock
from engine.loading import (
    load_brands,
    load_hub,
    load_language_identifier,
    load_policies,
    unanswered_tasks,
)
from engine.proving.classify_file import STANDARD
from engine.proving.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.brand import BrandFinder
    from engine.policy import PolicySet
    from engine.settings import Configuration
    from engine.simulate import Arrivals, Side, Simulated, Simulation
    from models.hub import Hub
    from streams.pipeline import Pipeline

_DIGITS = re.compile(r"[0-9A-Fa-f]{4,64}")
InputOption = Annotated[
    Path | None,
    typer.Option(
        "--input", help="Mentions as JSONL or CSV, optionally gzipped; - reads standard input."
    ),
]
StoreOption = Annotated[
    bool, typer.Option("--store", help="Take the mentions of the configured database.")
]


def chosen_policies(found: Configuration, paths: list[Path] | None) -> PolicySet:
    """Load the policies that ``--policy`` names, else those of the settings."""
    if paths is None:
        paths = [found.path(named) for named in found.settings.policies]
    for path in paths:
        existing(path)
    policies, problems = load_policies(found, paths, now=SystemClock().now())
    if policies is None:
        fail("the policies have errors; nothing was run", problems=problems, code=PROBLEMS)
    note_nothing(paths, policies)
    return policies


def policies_of(found: Configuration, named: str) -> PolicySet:
    """Load the policies to compare with: a file or folder, else a stored revision."""
    if not named:
        fail("--against names nothing: a file, a folder or a stored revision is wanted")
    if Path(named).exists():
        return chosen_policies(found, [Path(named)])
    if not _DIGITS.fullmatch(named):
        existing(Path(named))
    from engine.life.places import Places
    from engine.life.stored import policies_of_revision

    now, places = SystemClock().now(), Places.of(found)
    policies, problems = with_store(
        found, lambda store: policies_of_revision(store, named, places, now=now)
    )
    if policies is None:
        message = f"revision {named} cannot be loaded any more"
        fail(message, problems=problems, code=PROBLEMS)
    made: PolicySet = policies
    return made


@dataclass(frozen=True, slots=True)
class Input:
    """Where mentions are taken from, as the options say.

    Attributes:
        source: A file; None for the database.
        fields: The ``--map`` option.
        brand: Of mentions that name none.
    """

    source: Path | None
    fields: str | None = None
    brand: str | None = None


def arrivals(
    found: Configuration, given: Input, *, is_store: bool, period: Any
) -> Iterator[Arrivals]:
    """Return the mentions that ``--input`` or ``--store`` name."""
    from engine.proving.history import read_history, read_store

    source = given.source
    if (source is None) is not is_store:
        fail("name the mentions: --input FILE, or --store for those of the database")
    if source is None:
        if given.brand is not None:
            fail("--brand goes with --input: stored mentions have theirs")
        return read_store(found.settings.database.url, period=period)
    if str(source) != STANDARD:
        existing_file(source)
    fields = mapping(given.fields)
    return read_history(source, mapping=fields, brand=given.brand, period=period)


def simulation(
    found: Configuration, sides: list[PolicySet], tasks: frozenset[str] = frozenset()
) -> Simulation:
    """Return a simulation that decides by each of some policy sets.

    Args:
        tasks: Those to classify beside the ones that rules which are not off ask for.
    """
    from engine.simulate import Simulation

    brands, warnings = load_brands(found)
    note_problems(warnings)
    stages = [_stages(found, policies, brands) for policies in sides]
    return Simulation(
        _sides(sides, stages, tasks),
        identifier=stages[0],
        brands=brands,
        lateness=found.settings.engine.lateness,
    )


def pipeline(found: Configuration, policies: PolicySet) -> Pipeline:
    """Return the stages that decide by some policies, as they run live."""
    from streams.pipeline import Pipeline

    brands, warnings = load_brands(found)
    note_problems(warnings)
    stages = _stages(found, policies, brands)
    return Pipeline(
        identifier=stages,
        classify=stages.classifier(policies.required_tasks),
        policies=policies,
        brands=brands,
    )


def _sides(policies: list[PolicySet], stages: list[Stages], more: frozenset[str]) -> list[Side]:
    """Return the sides; policies with equal label sets share what classifies."""
    from engine.simulate import Side

    if all(one.label_sets == policies[0].label_sets for one in policies):
        tasks = more.union(*(one.required_tasks for one in policies))
        classify = stages[0].classifier(tasks)
        return [Side(one, classify) for one in policies]
    return [
        Side(one, its.classifier(one.required_tasks | more))
        for one, its in zip(policies, stages, strict=True)
    ]


def _stages(found: Configuration, policies: PolicySet, brands: BrandFinder | None) -> Stages:
    return Stages(lambda: _hub(found, policies), load_language_identifier, brands=brands)


def _hub(found: Configuration, policies: PolicySet) -> Hub:
    hub = load_hub(found, policies)
    for sentence in unanswered_tasks(policies, hub.tasks):
        note(sentence, style="yellow")
    return hub


def size(source: Path | None) -> int | None:
    """Return how many bytes will be read, where that is known before."""
    if source is None or str(source) == STANDARD or source.suffix == ".gz":
        return None
    return source.stat().st_size


def run(
    simulation: Simulation,
    arrivals: Iterator[Arrivals],
    add: Callable[[Simulated], None],
    *,
    total: int | None,
) -> None:
    """Run all of it, telling what was set aside as it comes."""
    from engine.proving.history import fault_line

    with _progress(total) as advance:
        for some in simulation.run(arrivals):
            for dead in some.dead:
                note(fault_line(dead), style="yellow")
            add(some)
            advance(some)


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[Simulated], None]]:
    """Show how far a run is; on a terminal only."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    )
    with shown:
        task = shown.add_task("starting", total=total)
        count = 0

        def advance(some: Simulated) -> None:
            nonlocal count
            count += len(some.decided)
            shown.update(task, completed=some.end, description=f"decided {count:,}")

        yield advance
