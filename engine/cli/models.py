"""Commands about classifiers: models evaluate, models train-labels, models info."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from engine.classification import BUILT_IN_TASKS, UNKNOWN
from engine.cli.models_text import (
    backend_json,
    backend_text,
    evaluation_json,
    evaluation_text,
    mistakes_text,
    taught_text,
)
from engine.cli.options import ConfigOption, FormatOption, configuration, existing, existing_file
from engine.cli.output import (
    PROBLEMS,
    Format,
    fail,
    note,
    note_problems,
    notes,
    print_json,
    print_text,
)
from engine.clock import SystemClock
from engine.loading import load_hub, load_language_identifier, load_policies
from engine.policy import read_label_set
from engine.policy.report import suggest
from engine.proving.classify_file import STANDARD
from engine.proving.labelled_file import (
    match_labels,
    read_labelled,
    rows_as_live,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from engine.policy import LabelSet
    from engine.settings import Configuration
    from models.evaluate import Evaluation, Row
    from models.hub import Hub
    from models.registry import Places
    from models.teaching import Mistake

_FAULTS_SHOWN = 100
_UNKNOWN_SHOWN = 20

InputOption = Annotated[
    Path,
    typer.Option(
        "--input", help="JSONL with text, label and, if known, language; - reads standard input."
    ),
]
LabelsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--labels", help="Label set file, or folder of them, beside the settings' own. Repeatable."
    ),
]
OutsideOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Label of texts that have none of the task's, such as oos; `unknown` always is one. "
        "Repeatable."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    models = typer.Typer(help="Classifiers: measure, teach, show.", no_args_is_help=True)
    models.command()(evaluate)
    models.command("train-labels")(train_labels)
    models.command()(info)
    app.add_typer(models, name="models")


def evaluate(  # noqa: PLR0913 - one parameter an option
    *,
    task: Annotated[str, typer.Option(help="Task to measure: sentiment, intent, …")],
    source: InputOption,
    labels: LabelsOption = None,
    out_of_scope: OutsideOption = None,
    reliability: Annotated[
        Path | None, typer.Option(help="Write a PNG: how often answers of each score are right.")
    ] = None,
    confusion: Annotated[
        Path | None, typer.Option(help="Write a PNG: which label was taken for which.")
    ] = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Measure how well a task is answered on labelled texts, read as a running engine would."""
    found = configuration(config)
    for picture in (reliability, confusion):
        _check_target(picture)
    if str(source) != STANDARD:
        existing_file(source)
    file = read_labelled(source)
    _note_faults(file.faults)
    hub = _hub(found, labels or [])
    if task not in hub.tasks:
        fail(f"no classifier here answers {task!r}. {suggest(task, hub.tasks, what='Tasks')}")
    names = _task_labels(task, file.labels, hub.tasks[task], out_of_scope=out_of_scope or [])
    rows = rows_as_live(file.mentions, names, load_language_identifier())
    measured = _measure(hub, task, rows)
    _draw(measured, reliability, confusion)
    if output is Format.JSON:
        print_json(evaluation_json(measured, set_aside=len(file.faults)))
    else:
        print_text(evaluation_text(measured))


def _check_target(picture: Path | None) -> None:
    if picture is not None and (picture.is_dir() or not picture.parent.is_dir()):
        fail(f"{picture}: is a folder, or its folder does not exist; name a PNG file to write")


def _note_faults(faults: Sequence[str]) -> None:
    for fault in faults[:_FAULTS_SHOWN]:
        note(fault, style="yellow")
    if len(faults) > _FAULTS_SHOWN:
        note(f"and {len(faults) - _FAULTS_SHOWN:,} more", style="yellow")
    if faults:
        note(f"set aside {len(faults):,} line(s) that are no labelled texts", style="yellow")


def _hub(found: Configuration, paths: Sequence[Path]) -> Hub:
    """Return the classifiers of the settings, with further label sets beside their own."""
    own = {one.name: one for path in paths for one in _label_sets(path)}
    policies, problems = load_policies(
        found,
        [existing(found.path(named)) for named in found.settings.policies],
        now=SystemClock().now(),
    )
    if policies is None:
        fail("the policies of the settings have errors", problems=problems)
    return load_hub(found, replace(policies, label_sets={**policies.label_sets, **own}))


def _label_sets(path: Path) -> list[LabelSet]:
    if not existing(path).is_dir():
        return [_label_set(path)]
    files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    if not files:
        fail(f"{path}: no label set here; label sets stand in files *.yaml or *.yml")
    return [_label_set(file) for file in files]


def _label_set(path: Path) -> LabelSet:
    """Read one label set; leave with its problems where there are errors."""
    label_set, problems = read_label_set(path)
    if label_set is None:
        fail(f"label set {path} has errors", problems=problems, code=PROBLEMS)
    note_problems(problems)
    if label_set.name in BUILT_IN_TASKS:
        fail(f"{path}: {label_set.name!r} is a task of the engine's own; rename the file")
    return label_set


def _task_labels(
    task: str, given: Sequence[str], known: Collection[str], *, out_of_scope: Sequence[str]
) -> list[str]:
    """Return labels as the task spells them; leave with a message where any is not the task's."""
    for label in out_of_scope:
        if label in known:
            fail(f"--out-of-scope {label}: is a label of {task!r}; name one that is not")
    matched = match_labels(given, known, out_of_scope=out_of_scope)
    for (seen, meant), n in matched.respelt.items():
        note(f"read label {seen!r} as {meant!r}: {n:,} text(s)")
    if matched.unknown:
        lines = [
            f"  {label!r}, {n:,} text(s). {suggest(label, known, what='Labels')}"
            for label, n in list(matched.unknown.items())[:_UNKNOWN_SHOWN]
        ]
        if len(matched.unknown) > _UNKNOWN_SHOWN:
            lines.append(f"  and {len(matched.unknown) - _UNKNOWN_SHOWN} more")
        fail(
            f"{task!r} does not have {len(matched.unknown)} label(s) of the input:\n"
            + "\n".join(lines)
            + "\nwhere a label stands for none of the task's, name it with --out-of-scope"
        )
    if all(label == UNKNOWN for label in matched.labels):
        fail(f"the input has no text with a label of {task!r}: there is nothing to measure")
    return matched.labels


def _measure(hub: Hub, task: str, rows: Sequence[Row]) -> Evaluation:
    from models.evaluate import evaluate as measure

    try:
        with _progress(f"reading {task}", len(rows)) as done:
            return measure(hub, task, rows, on_progress=done)
    except ValueError as error:
        fail(str(error))


def train_labels(
    file: Annotated[Path, typer.Argument(help="A label set: a YAML file with `labels`.")],
    *,
    examples: Annotated[
        bool, typer.Option(help="List the examples that are got wrong when held out.")
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Teach a label set by its examples, and say how good it is on examples held out."""
    from models.teaching import FOLDS, few_examples, mistakes, teach

    found = configuration(config)
    label_set = _label_set(existing_file(file))
    places = _places(found, label_set)
    backend = found.settings.models.backend
    started = time.monotonic()
    with _progress(f"learning {label_set.name}", None):
        head = teach(backend, label_set.name, places)
    seconds = round(time.monotonic() - started, 3)
    wrong = None
    if examples:
        with _progress("holding examples out", FOLDS) as done:
            wrong = mistakes(backend, label_set.name, places, on_progress=done)
    taught = places.more_sets[label_set.name]
    result = {
        "name": label_set.name,
        "version": head.version,
        "backend": backend,
        "labels": list(head.labels),
        "seconds": seconds,
        "n_by_label": {label: sum(map(len, one.values())) for label, one in taught.items()},
        **head.measured,
        "few_examples": few_examples(taught),
    }
    _print_taught(result, wrong, output)


def _print_taught(result: dict[str, Any], wrong: list[Mistake] | None, output: Format) -> None:
    if output is Format.JSON:
        listed = {} if wrong is None else {"mistakes": [one._asdict() for one in wrong]}
        print_json({**result, **listed})
        return
    print_text(taught_text(result))
    if wrong is not None:
        print_text("\n" + mistakes_text(wrong))


def _places(found: Configuration, label_set: LabelSet) -> Places:
    from models.registry import Places, default_threads

    chosen = found.settings.models
    return Places(
        labels_dir=found.path(chosen.labels),
        cache_dir=Path(chosen.cache),
        more_sets={
            label_set.name: {label: one.examples for label, one in label_set.labels.items()}
        },
        threads=chosen.threads or default_threads(),
    )


def info(config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show the classifiers that ship: tasks, labels, floors, measured scores, sizes, licences."""
    from models.shipped import shipped_backends

    chosen = configuration(config).settings.models.backend
    backends = shipped_backends()
    if output is Format.JSON:
        print_json(
            {"backend": chosen, "shipped": {one.name: backend_json(one) for one in backends}}
        )
        return
    print_text(f"models.backend is {chosen}")
    for one in backends:
        print_text("\n" + backend_text(one))


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show how far a command is, on a terminal; yields what is to be told how much is done."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def _draw(measured: Evaluation, reliability: Path | None, confusion: Path | None) -> None:
    if reliability is None and confusion is None:
        return
    # Half a second to import, and only pictures need it.
    from models.charts import confusion_chart, reliability_diagram

    for path, draw in ((reliability, reliability_diagram), (confusion, confusion_chart)):
        if path is not None:
            path.write_bytes(draw(measured))
            note(f"wrote {path}")
