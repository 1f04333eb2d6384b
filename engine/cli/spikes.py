"""Command that runs a detector alone: spikes."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from engine.cli.output import OK, PROBLEMS, fail, note
from engine.cli.replay import check_ends
from engine.proving.classify_file import STANDARD
from engine.units import parse_duration
from engine.windows.detectors import COUNTING, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from engine.proving.spike_file import Judged, SetAside
    from engine.windows.detectors import Detector

_FAULTS_SHOWN = 20


class Kind(StrEnum):
    """The detectors that judge counts."""

    VOLUME = "volume"
    LEVEL = "level"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(spikes)


def _read_width(text: str) -> timedelta:
    try:
        width = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if not timedelta(seconds=1) <= width <= timedelta(days=1):
        message = f"{text!r} is out of range: a bucket is of 1s to 1d"
        raise typer.BadParameter(message)
    return width


def spikes(  # noqa: PLR0913 - each is an option of the command
    source: Annotated[
        Path,
        typer.Option("--input", help="CSV with timestamp,value; - reads standard input."),
    ],
    every: Annotated[
        timedelta, typer.Option(parser=_read_width, help="How far rows are apart: 5m, 1h.")
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--output",
            help="CSV with timestamp,value,expected,score,alert; - writes standard output.",
        ),
    ],
    *,
    kind: Annotated[
        Kind,
        typer.Option("--detector", help="Sudden rises (volume), or a level that lasts (level)."),
    ] = Kind.VOLUME,
    sensitivity: Annotated[
        Sensitivity, typer.Option(help="How rare a rise must be to raise an alert.")
    ] = Sensitivity.MEDIUM,
    minimum: Annotated[
        float,
        typer.Option(
            min=0, help="No alert on fewer in the last three rows (volume), or in an hour (level)."
        ),
    ] = 5,
) -> None:
    """Say how far counts rise above their own past, row by row, and where that is an alert.

    A row is judged by itself and the rows before it alone. Times without a zone are UTC; an empty
    value is no data.
    """
    check_ends(source, target)
    detector = COUNTING[kind](every, sensitivity=sensitivity, minimum=minimum)
    judged, alerts, aside = _judge(source, target, detector, every=every)
    note(f"judged {judged:,} rows, raised {alerts:,} alert(s), set aside {aside:,}")
    raise typer.Exit(PROBLEMS if aside and not judged else OK)


def _judge(
    source: Path, target: Path, detector: Detector[float], *, every: timedelta
) -> tuple[int, int, int]:
    """Judge a file; return how many rows were judged, alerts raised and rows set aside."""
    from engine.proving.spike_file import HeaderError, judge_rows

    is_live = str(source) == STANDARD
    with ExitStack() as stack:
        stream: BinaryIO = sys.stdin.buffer if is_live else stack.enter_context(source.open("rb"))
        try:
            rows = judge_rows(stream, detector, every=every)
        except HeaderError as error:
            # Before the output is opened: what stood there stays.
            fail(f"{source}:1: {error}")
        out: IO[bytes] = (
            sys.stdout.buffer if str(target) == STANDARD else stack.enter_context(target.open("wb"))
        )
        return _write(rows, out, place=str(source), is_live=is_live)


def _write(
    rows: Iterable[Judged | SetAside], out: IO[bytes], *, place: str, is_live: bool
) -> tuple[int, int, int]:
    """Write rows as they are judged; see `_judge`."""
    from engine.proving.spike_file import OUTPUT_COLUMNS, SetAside, as_line

    judged = alerts = aside = 0
    was_open = False
    for row in rows:
        if isinstance(row, SetAside):
            aside += 1
            if aside <= _FAULTS_SHOWN:
                note(f"{place}:{row.line}: {row.reason}", style="yellow")
            continue
        if not judged:
            out.write(as_line(OUTPUT_COLUMNS))
        judged += 1
        alerts += row.reading.is_alert and not was_open
        was_open = row.reading.is_alert
        out.write(as_line(row.cells()))
        if is_live:
            out.flush()
    if not judged:
        out.write(as_line(OUTPUT_COLUMNS))
    if aside > _FAULTS_SHOWN:
        note(f"and {aside - _FAULTS_SHOWN:,} more", style="yellow")
    out.flush()
    return judged, alerts, aside
