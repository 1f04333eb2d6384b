"""The command line: one file a group of commands; prints, never decides."""

from __future__ import annotations

import sys

import typer

from engine.cli import author, operate, replay, run
from engine.cli.output import MISUSE, note, note_problems
from engine.errors import ConfigError, StoreError, TocsinError

app = typer.Typer(
    name="tocsin",
    help="A rule-driven listening and engagement engine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run.register(app)
replay.register(app)
author.register(app)
operate.register(app)


def main() -> None:
    """Run the command line; faults people can mend are told in words, not in a traceback."""
    try:
        app()
    except ConfigError as error:
        note_problems(error.problems)
        note(f"tocsin: {error}", style="bold red")
        sys.exit(MISUSE)
    except StoreError as error:
        note(f"tocsin: the database: {error}", style="bold red")
        sys.exit(MISUSE)
    except TocsinError as error:
        note(f"tocsin: {error}", style="bold red")
        sys.exit(MISUSE)
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is wrong and nobody listens.
        sys.stderr.close()
        sys.exit(0)
