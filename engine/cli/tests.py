"""The command test: examples and tests of policies, what they cover, again at every change."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from engine.cli.author import PolicyPaths, note_nothing
from engine.cli.options import ConfigOption, FormatOption, configuration, existing
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
)
from engine.clock import SystemClock
from engine.errors import ConfigError
from engine.loading import load_brands, load_hub, load_language_identifier, load_policies
from engine.proving.report import PASSED
from engine.proving.stages import Stages
from engine.units import parse_share

if TYPE_CHECKING:
    from engine.brand import BrandFinder
    from engine.policy import PolicySet
    from engine.proving.report import TestReport
    from engine.settings import Configuration


_MOMENT = 200  # milliseconds between looks at whether anything changed


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(test)


def _read_share(text: str) -> float:
    try:
        return parse_share(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Where results go beside standard output, and what is asked of them."""

    format: Format
    junit: Path | None
    coverage_html: Path | None
    coverage_json: Path | None
    least: float | None

    def is_foreign(self, _change: object, path: str) -> bool:
        """Say whether a change is none of our own results, which may lie beside the policies."""
        own = (self.junit, self.coverage_html, self.coverage_json)
        return Path(path).resolve() not in {one.resolve() for one in own if one is not None}


def test(  # noqa: PLR0913 - one parameter an option of the contract
    paths: PolicyPaths,
    *,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file too.")] = None,
    coverage_html: Annotated[
        Path | None, typer.Option(help="Write what is covered as a page.")
    ] = None,
    coverage_json: Annotated[
        Path | None, typer.Option(help="Write what is covered as JSON, branch by branch.")
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(
            parser=_read_share, help="Fail below this share of rules or of branches: 100%."
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Run again at every change.")] = False,
) -> None:
    """Run the examples that stand in rules and the `tests` documents, on a virtual clock."""
    for path in paths:
        existing(path)
    outputs = _Outputs(output, junit, coverage_html, coverage_json, min_coverage)
    runner = _Runner(configuration(config), paths, outputs)
    if not watch:
        raise typer.Exit(runner.run())
    with suppress(KeyboardInterrupt):  # Ctrl-C is how a watch ends, whatever it is at
        _watch(runner, paths, outputs)


def _watch(runner: _Runner, paths: list[Path], outputs: _Outputs) -> None:
    """Run at every change until interrupted, by whatever stands under the paths by then."""
    while True:
        _watch_these(runner, paths, outputs)


def _watch_these(runner: _Runner, paths: list[Path], outputs: _Outputs) -> None:
    """Run now and at every change, until a path is another file or folder than it was.

    A watch holds on to what it began with: an editor that puts a new file in the old one's place, a
    folder that is checked out anew, would be watched no longer.
    """
    from watchfiles import Change
    from watchfiles import watch as watched

    begun = [_identity(path) for path in paths]
    # The first, empty, yield says that the watch stands: no change between two runs is missed.
    changes = watched(
        *dict.fromkeys(_nearest(path) for path in paths),
        watch_filter=outputs.is_foreign,
        rust_timeout=_MOMENT,
        yield_on_timeout=True,
        recursive=None not in begun,
    )
    is_whole = None not in begun  # else nothing can run before the missing one is there
    roots = {(Change.deleted, str(path.absolute())) for path in paths}
    is_due = True
    for found in changes:
        if [_identity(path) for path in paths] != begun or not roots.isdisjoint(found):
            return
        if is_due or (found and is_whole):
            runner.run_again()
        is_due = False


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file or folder from a later one of that name; None where none is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _nearest(path: Path) -> Path:
    """Return a path, or the nearest folder above it that is there."""
    path = path.absolute()
    return path if path.exists() else _nearest(path.parent)


class _Runner:
    """Runs all of it, keeping what is slow to load from one run to the next."""

    def __init__(self, found: Configuration, paths: list[Path], outputs: _Outputs) -> None:
        self._found = found
        self._paths = paths
        self._outputs = outputs
        self._brands: BrandFinder | None = load_brands(found)[0]
        self._stages: Stages | None = None
        self._label_sets: object = None

    def run(self) -> int:
        """Run once and return the exit status."""
        from engine.proving.prove import prove

        policies, problems = load_policies(self._found, self._paths, now=SystemClock().now())
        note_nothing(self._paths, policies)
        if policies is None:
            note_problems(problems)
            fail("the policies have errors; no example was run", code=PROBLEMS)
        report = prove(policies, self._loaded(policies), brands=self._brands)
        _write(report, self._outputs)
        if self._outputs.format is Format.JSON:
            print_json(report.as_json())
        else:
            _print_report(report)
        is_short = _is_short(report, self._outputs.least)
        return PROBLEMS if report.failed or is_short else OK

    def run_again(self) -> None:
        """Run on a clear screen; what is wrong is told, and the next change is waited for."""
        if notes.is_terminal:
            notes.clear()
        try:
            with suppress(typer.Exit):  # what is wrong with the policies has been told
                self.run()
        except (ConfigError, OSError) as error:
            note(f"tocsin: {error}", style="bold red")
        note("waiting for a change; Ctrl-C ends")

    def _loaded(self, policies: PolicySet) -> Stages:
        if self._stages is None or self._label_sets != policies.label_sets:
            self._label_sets = policies.label_sets
            self._stages = Stages(
                lambda: load_hub(self._found, policies),
                load_language_identifier,
                brands=self._brands,
            )
        return self._stages


def _write(report: TestReport, outputs: _Outputs) -> None:
    if outputs.junit is not None:
        from engine.proving.junit import junit_xml

        outputs.junit.write_bytes(junit_xml(report))
    if outputs.coverage_json is not None:
        details = orjson.dumps(report.coverage.details(), option=orjson.OPT_INDENT_2)
        outputs.coverage_json.write_bytes(details + b"\n")
    if outputs.coverage_html is not None:
        from engine.proving.coverage_page import coverage_page

        outputs.coverage_html.write_text(coverage_page(report.coverage), "utf-8")


def _print_report(report: TestReport) -> None:
    for case in report.cases:
        if case.status != PASSED:
            word = case.status.upper()
            print_text(f"{case.file}:{case.line}: {word} {case.name}\n{case.detail}\n")
    for gap in report.coverage.gaps():
        print_text(f"not covered: {gap}")
    coverage = report.coverage.as_json()
    print_text(
        f"{report.passed} passed, {report.failed} failed; "
        f"rules covered {_percent(coverage['rules'])}, "
        f"branches {_percent(coverage['branches'])}"
    )
    if not report.cases:
        note("no rule has an example: add `examples:` with `fires` and `quiet` to a rule")


def _is_short(report: TestReport, least: float | None) -> bool:
    """Say whether less is covered than asked for, and tell so."""
    if least is None:
        return False
    found = report.coverage.as_json()
    short = [f"{name} {_percent(share)}" for name, share in found.items() if share < least]
    if short:
        note(f"covered {', '.join(short)}: less than {_percent(least)}", style="bold red")
    return bool(short)


def _percent(share: float) -> str:
    """Return a share in whole percent, rounded down: 100% means all of it."""
    return f"{int(round(share * 100, 6))}%"
