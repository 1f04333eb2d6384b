"""The command check: what is wrong with policies, each fault where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.options import ConfigOption, FormatOption, configuration, existing
from engine.cli.output import (
    OK,
    PROBLEMS,
    Format,
    note,
    print_json,
    print_text,
)
from engine.clock import SystemClock
from engine.loading import load_policies
from engine.problem import ProblemSeverity

if TYPE_CHECKING:
    from engine.policy import PolicySet
    from engine.problem import Problem

PolicyPaths = Annotated[
    list[Path], typer.Argument(help="Policy files, or folders searched for them.")
]


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(check)


def check(
    paths: PolicyPaths, config: ConfigOption = None, output: FormatOption = Format.TEXT
) -> None:
    """Check policies: shape, references, meaning, safety."""
    for path in paths:
        existing(path)
    policies, problems = load_policies(configuration(config), paths, now=SystemClock().now())
    note_nothing(paths, policies)
    errors = sum(one.severity is ProblemSeverity.ERROR for one in problems)
    rules = policies.rules if policies else 0
    if output is Format.JSON:
        print_json({"rules": rules, "problems": [one.as_json() for one in problems]})
    else:
        _print_check(problems, errors, rules)
    raise typer.Exit(PROBLEMS if errors else OK)


def note_nothing(paths: list[Path], policies: PolicySet | None) -> None:
    """Say so where there was nothing to check: most often a folder was named wrongly."""
    if policies is not None and not policies.policies and not policies.channels:
        named = ", ".join(str(path) for path in paths)
        note(f"{named}: no policy here; policies stand in files *.yaml or *.yml", style="yellow")


def _print_check(problems: list[Problem], errors: int, rules: int) -> None:
    for problem in problems:
        print_text(problem.as_text() + "\n")
    if errors:
        print_text(f"{errors} error(s), {len(problems) - errors} warning(s): nothing can load")
    else:
        print_text(f"{rules} rule(s) fine, {len(problems)} warning(s)")
