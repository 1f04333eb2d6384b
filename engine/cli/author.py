"""Commands of rule authors: check, test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.options import ConfigOption, FormatOption, configuration, existing
from engine.cli.output import (
    OK,
    PROBLEMS,
    Format,
    fail,
    note,
    note_problems,
    print_json,
    print_text,
)
from engine.clock import SystemClock
from engine.loading import load_brands, load_hub, load_language_identifier, load_policies
from engine.problem import ProblemSeverity
from engine.proving.cases import FAILED, ExampleRunner, TestReport
from engine.proving.junit import junit_xml
from engine.proving.stages import Stages

if TYPE_CHECKING:
    from engine.policy import PolicySet
    from engine.problem import Problem

Paths = Annotated[list[Path], typer.Argument(help="Policy files, or folders searched for them.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(check)
    app.command()(test)


def check(paths: Paths, config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Check policies: shape, references, meaning, safety."""
    for path in paths:
        existing(path)
    policies, problems = load_policies(configuration(config), paths, now=SystemClock().now())
    _note_nothing(paths, policies)
    errors = sum(one.severity is ProblemSeverity.ERROR for one in problems)
    rules = policies.rules if policies else 0
    if output is Format.JSON:
        print_json({"rules": rules, "problems": [one.as_json() for one in problems]})
    else:
        _print_check(problems, errors, rules)
    raise typer.Exit(PROBLEMS if errors else OK)


def _note_nothing(paths: list[Path], policies: PolicySet | None) -> None:
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


def test(
    paths: Paths,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file too.")] = None,
) -> None:
    """Run the examples that stand in the rules."""
    for path in paths:
        existing(path)
    found = configuration(config)
    now = SystemClock().now()
    policies, problems = load_policies(found, paths, now=now)
    _note_nothing(paths, policies)
    if policies is None:
        note_problems(problems)
        fail("the policies have errors; no example was run", code=PROBLEMS)
    brands, _ = load_brands(found)
    stages = Stages(lambda: load_hub(found, policies), load_language_identifier, brands=brands)
    report = ExampleRunner(prepare=stages.prepare, classify=stages.classify).run(policies)
    if junit is not None:
        junit.write_bytes(junit_xml(report))
    if output is Format.JSON:
        print_json(report.as_json())
    else:
        _print_report(report)
    raise typer.Exit(PROBLEMS if report.failed else OK)


def _print_report(report: TestReport) -> None:
    for case in report.cases:
        if case.status == FAILED:
            print_text(f"{case.file}:{case.line}: FAILED {case.name}\n{case.detail}\n")
    for gap in report.coverage.gaps():
        print_text(f"not covered: {gap}")
    coverage = report.coverage.as_json()
    print_text(
        f"{len(report.cases) - report.failed} passed, {report.failed} failed; "
        f"rules covered {coverage['rules']:.0%}, branches {coverage['branches']:.0%}"
    )
    if not report.cases:
        note("no rule has an example: add `examples:` with `fires` and `quiet` to a rule")
