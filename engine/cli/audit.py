"""Commands of the outcome log's proof: check it, sign it, write it to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration, existing_file
from engine.cli.output import (
    OK,
    PROBLEMS,
    Format,
    note,
    notes,
    print_json,
    print_text,
    print_written,
)
from engine.clock import SystemClock

if TYPE_CHECKING:
    from typing import IO

    from engine.audit.checkpoints import Checkpoint, TrustedKeys
    from engine.audit.report import ChainReport
    from engine.audit.walk import Anchor
    from engine.settings import Configuration
    from engine.store import Store

PublicKeyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--public-key", help="File of a public key that is trusted, in place of the settings' own."
    ),
]
CheckpointOption = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help="File of checkpoints kept elsewhere; the log must fit them."),
]
FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="A log that `tocsin audit export` wrote; no database is needed."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(verify_log)
    audit = typer.Typer(help="The outcome log's proof: docs/audit.md.", no_args_is_help=True)
    audit.command()(key)
    audit.command()(checkpoint)
    audit.command()(export)
    app.add_typer(audit, name="audit")


def verify_log(
    config: ConfigOption = None,
    *,
    file: FileOption = None,
    checkpoint: CheckpointOption = None,
    public_key: PublicKeyOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Check the outcome log's hash chain, and name the first row that does not fit."""
    from engine.audit.checkpoints import anchor_of
    from engine.audit_keys import read_public_keys, trusted_keys

    trusted = read_public_keys(public_key) if public_key else None
    if file is None:
        found = configuration(config)
        trusted = trusted_keys(found) if trusted is None else trusted
    kept = [one for path in checkpoint or () for one in _kept(path)]
    anchors = [anchor_of(one, trusted or _nobody()) for one in kept]
    if file is None:
        report = _check_store(found, trusted, anchors)
    else:
        report = _check_file(existing_file(file), trusted or _nobody(), anchors)
    _print_report(report, output)
    raise typer.Exit(OK if report.is_intact else PROBLEMS)


def key(config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show the public key that checkpoints are signed with; one is made where there is none."""
    from engine.audit_keys import signing_key

    found = signing_key(configuration(config))
    if output is Format.JSON:
        print_json({"key": found.id, "public_key": found.public_pem})
        return
    note(f"key {found.id}: keep it where nobody who can write to the database can")
    print_text(found.public_pem.rstrip())


def checkpoint(
    config: ConfigOption = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write it to this file, to be kept elsewhere.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Check the rows since the last checkpoint and sign the log as it stands."""
    from engine.audit_keys import build_auditor

    found = configuration(config)
    now = SystemClock().now()

    async def sign(store: Store) -> Checkpoint | None:
        written = await build_auditor(found, store.audit).write(now)
        return written or await store.audit.latest()

    signed: Checkpoint | None = with_store(found, sign)
    if signed is None:
        note("the outcome log is empty: there is nothing to sign")
        return
    if out is not None:
        import orjson

        line = orjson.dumps({"checkpoint": signed.as_json()}, option=orjson.OPT_APPEND_NEWLINE)
        out.write_bytes(line)
    if output is Format.JSON:
        print_json(signed.as_json())
    else:
        print_text(f"{signed.at}: {signed.rows:,} row(s), signed with key {signed.key}")


def export(
    config: ConfigOption = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file; left out: standard output.")
    ] = None,
) -> None:
    """Write the whole outcome log, its checkpoints too, as JSON lines that `verify-log` reads."""
    found = configuration(config)
    if out is None:
        print_written(lambda sink: _export(found, sink))
        return
    with out.open("wb") as sink:
        rows, checkpoints = _export(found, sink)
    note(f"{rows:,} row(s) and {checkpoints:,} checkpoint(s) written to {out}")


def _export(found: Configuration, sink: IO[bytes]) -> tuple[int, int]:
    from engine.audit.export import LogWriter

    with _progress("written") as advance:
        writer = LogWriter(sink, advance)
        with_store(found, lambda store: store.audit.export(writer))
    return writer.rows, writer.checkpoints


def _check_store(
    found: Configuration, trusted: TrustedKeys | None, anchors: list[Anchor]
) -> ChainReport:
    async def check(store: Store) -> ChainReport:
        total = (await store.queries.counts())["outcomes"]
        with _progress("checked") as advance:
            return await store.audit.check(
                trusted=trusted or _nobody(),
                anchors=anchors,
                on_progress=lambda rows: advance(rows, total),
            )

    report: ChainReport = with_store(found, check)
    return report


def _check_file(path: Path, trusted: TrustedKeys, anchors: list[Anchor]) -> ChainReport:
    from engine.audit.export import LogFile

    with path.open("rb") as opened, _progress("checked") as advance:
        log = LogFile(opened, str(path))
        return log.check(
            trusted=trusted,
            anchors=anchors,
            on_progress=lambda rows: advance(rows, log.head.rows),
        )


def _kept(path: Path) -> list[Checkpoint]:
    from engine.audit.export import checkpoints_in

    return checkpoints_in(existing_file(path).read_bytes(), str(path))


def _nobody() -> TrustedKeys:
    from engine.audit.checkpoints import TrustedKeys

    return TrustedKeys()


def _print_report(report: ChainReport, output: Format) -> None:
    if output is Format.JSON:
        print_json(_as_json(report))
        return
    if not report.is_intact:
        print_text(f"row {report.bad_row}: {report.problem} ({report.rows:,} row(s) before it fit)")
        return
    print_text(f"{report.rows:,} row(s) fit; the chain ends in {report.head}")
    if report.erased:
        print_text(f"{report.erased:,} of them erased, as the log itself tells")
    if report.checkpoints:
        print_text(f"{report.checkpoints:,} checkpoint(s) fit, signed by a trusted key")
    if report.unchecked:
        note(
            f"{report.unchecked:,} checkpoint(s) fit; who signed them is not known: name the "
            "public key with --public-key"
        )


def _as_json(report: ChainReport) -> dict[str, Any]:
    return {
        "intact": report.is_intact,
        "rows": report.rows,
        "head": report.head,
        "bad_row": report.bad_row,
        "problem": report.problem,
        "fault": report.fault,
        "checkpoints": report.checkpoints,
        "unchecked_checkpoints": report.unchecked,
        "erased": report.erased,
    }


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a long log is read; on a terminal only."""
    shown = Progress(
        TextColumn("rows {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=notes,
        transient=True,
        disable=not notes.is_terminal,
    )
    with shown:
        task = shown.add_task(what, total=None)
        yield lambda rows, total: shown.update(task, completed=rows, total=total)
