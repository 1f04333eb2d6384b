"""What commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, NoReturn, TextIO

import orjson
import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.problem import Problem

OK = 0
PROBLEMS = 1
MISUSE = 2
INTERRUPTED = 130

notes = Console(stderr=True, highlight=False, soft_wrap=True)


class Format(StrEnum):
    """How a command prints its result."""

    TEXT = "text"
    JSON = "json"


def print_text(text: str) -> None:
    """Write a line of a result to standard output."""
    _write(_printable(text).encode() + b"\n")


def print_json(data: Any) -> None:
    """Write one JSON document to standard output, indented, keys in the order given."""
    _write(orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def require_output() -> None:
    """Leave with a message where standard output was closed before the command began."""
    if sys.stdout is None:
        fail("standard output is closed; open it, or send it to /dev/null")


def print_written(write: Callable[[IO[bytes]], object]) -> None:
    """Let a result that may not fit in memory write itself to standard output."""
    require_output()
    try:
        write(sys.stdout.buffer)
        # Now: at the end of the process a failure could only be told in a traceback.
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _abandon(sys.stdout)
        fail(f"standard output cannot be written: {error.strerror}")


def _write(data: bytes) -> None:
    print_written(lambda out: out.write(data))


def _abandon(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that the interpreter does not try it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def note(text: str, style: str = "") -> None:
    """Write a line about progress or a fault to standard error, and go on where it is full."""
    try:
        notes.print(_printable(text), style=style, markup=False)
    except OSError:
        _abandon(sys.stderr)


def note_problems(problems: Iterable[Problem]) -> None:
    """Write problems in full to standard error."""
    for problem in problems:
        note(problem.as_text(), style="yellow" if problem.severity == "warning" else "red")


def fail(message: str, *, problems: Iterable[Problem] = (), code: int = MISUSE) -> NoReturn:
    """Say what is wrong on standard error and leave with an exit status."""
    note_problems(problems)
    note(f"tocsin: {message}", style="bold red")
    raise typer.Exit(code)


def _printable(text: str) -> str:
    """Return text without terminal control sequences: a mention must not drive the terminal."""
    kept = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
    return kept.encode("utf-8", "replace").decode("utf-8")
