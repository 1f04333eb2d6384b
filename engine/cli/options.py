"""Options that several commands share, and reading the settings they name."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.logs import configure_logs
from engine.cli.output import Format, fail, note_problems
from engine.clock import SystemClock
from engine.errors import MentionError
from engine.settings import Configuration
from engine.settings_file import read_configuration
from engine.units import parse_duration, parse_instant
from streams.sources.mapping import FieldMapping, parse_mapping


def read_since(text: str) -> datetime:
    """Read a span back from now, such as ``7d``, or an instant."""
    try:
        return SystemClock().now() - parse_duration(text)
    except ValueError:
        pass
    try:
        return parse_instant(text)
    except ValueError:
        message = f"{text!r} is neither a span such as 7d nor a date and time with a zone"
        raise typer.BadParameter(message) from None


FormatOption = Annotated[
    Format, typer.Option("--format", help="Print the result for people or as JSON.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file; else TOCSIN_CONFIG, else the demonstration's."),
]
MapOption = Annotated[
    str | None,
    typer.Option(
        "--map", help="Names in the file: field=column,… such as text=tweet,brand=airline."
    ),
]
BrandOption = Annotated[
    str | None, typer.Option("--brand", help="Brand of mentions that name none themselves.")
]
SinceOption = Annotated[
    datetime | None, typer.Option(parser=read_since, help="A span back (7d) or an instant.")
]
PolicyOption = Annotated[
    list[Path] | None,
    typer.Option("--policy", help="Policy file or folder, in place of the settings' own."),
]


def configuration(path: Path | None) -> Configuration:
    """Read the settings, showing their warnings, and set up logs as they say."""
    found, warnings = read_configuration(path)
    # Before anything logs: unconfigured, structlog writes to standard output, among the results.
    configure_logs(found.settings.log, is_quiet=False)
    note_problems(warnings)
    return found


def mapping(text: str | None) -> FieldMapping | None:
    """Read ``--map``; leave with a message where it has no sense."""
    if text is None:
        return None
    try:
        return parse_mapping(text)
    except (ValueError, MentionError) as error:
        fail(f"--map: {error}")


def existing(path: Path) -> Path:
    """Return a path that exists; leave with a message otherwise."""
    if not path.exists():
        fail(f"{path}: no such file or folder")
    return path


def existing_file(path: Path) -> Path:
    """Return a path that exists and is no folder; leave with a message otherwise."""
    if existing(path).is_dir():
        fail(f"{path}: is a folder; name a file")
    return path
