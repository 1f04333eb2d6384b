"""The command line: one file a group of commands; prints, never decides."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import typer

from engine.cli import (
    accounts,
    ads,
    audit,
    author,
    cases,
    doubt,
    halt,
    incidents,
    models,
    operate,
    opt_outs,
    policy,
    privacy,
    prove,
    publishing,
    queue,
    rehearse,
    replay,
    run,
    schemas,
    silence,
    spikes,
    tests,
)
from engine.cli.output import INTERRUPTED, MISUSE, note, note_problems
from engine.errors import ConfigError, TocsinError

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
tests.register(app)
prove.register(app)
rehearse.register(app)
schemas.register(app)
policy.register(app)
operate.register(app)
audit.register(app)
incidents.register(app)
cases.register(app)
queue.register(app)
silence.register(app)
privacy.register(app)
halt.register(app)
doubt.register(app)
publishing.register(app)
ads.register(app)
accounts.register(app)
opt_outs.register(app)
models.register(app)
spikes.register(app)


def main() -> None:
    """Run the command line; faults people can mend are told in words, not in a traceback."""
    if sys.stderr is None:
        # Closed by whoever began us: what would be told there goes nowhere, results are as ever.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - never closed
    try:
        app()
    except ConfigError as error:
        note_problems(error.problems)
        note(f"tocsin: {error}", style="bold red")
        sys.exit(MISUSE)
    except TocsinError as error:
        note(f"tocsin: {error}", style="bold red")
        sys.exit(MISUSE)
    except KeyboardInterrupt:
        # Before the engine took the signal over, or after it gave it back.
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is wrong and nobody listens.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A file that was named cannot be used, or a disk is full.
        place = error.filename or "standard output or a file"
        note(f"tocsin: {place} cannot be used: {error.strerror or error}", style="bold red")
        sys.exit(MISUSE)
    except Exception:  # noqa: BLE001 - the last resort: 1 would say that problems were found
        traceback.print_exc()
        sys.exit(MISUSE)
