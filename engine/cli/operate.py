"""Commands of operators: the outcome log and the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, SinceOption, configuration
from engine.cli.output import OK, PROBLEMS, Format, fail, note, print_json, print_text

if TYPE_CHECKING:
    from engine.store import ChainReport

_MOST = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(outcomes)
    app.command()(verify_log)
    database = typer.Typer(help="The database's own commands.", no_args_is_help=True)
    database.command("upgrade")(db_upgrade)
    app.add_typer(database, name="db")


def outcomes(  # noqa: PLR0913 - one parameter an option of the contract
    *,
    since: SinceOption = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    mention: Annotated[str | None, typer.Option(help="Only of this mention.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The latest so many.")] = 100,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the outcome log, latest last."""
    found = configuration(config)
    rows = with_store(
        found,
        lambda store: store.queries.outcomes(since=since, rule=rule, mention=mention, limit=limit),
    )[::-1]
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        why = f" ({row['reason']})" if row["reason"] else ""
        print_text(
            f"{row['at']}  {row['state']:<10}  {row['action']:<8} {row['policy']}/{row['rule']}"
            f"  {row['mention']}{why}"
        )
    if not rows:
        note("no outcome fits")


def verify_log(config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Check the outcome log's hash chain, and name the first row that does not fit."""
    found = configuration(config)
    report: ChainReport = with_store(found, lambda store: store.queries.verify_chain())
    if output is Format.JSON:
        print_json(
            {
                "intact": report.is_intact,
                "rows": report.rows,
                "head": report.head,
                "bad_row": report.bad_row,
                "problem": report.problem,
            }
        )
    elif report.is_intact:
        print_text(f"{report.rows:,} row(s) fit; the chain ends in {report.head}")
    else:
        print_text(f"row {report.bad_row}: {report.problem} ({report.rows:,} row(s) before it fit)")
    raise typer.Exit(OK if report.is_intact else PROBLEMS)


def db_upgrade(config: ConfigOption = None) -> None:
    """Bring the database to the newest revision; an empty one is filled."""
    from engine.store import upgrade

    url = configuration(config).settings.database.url
    try:
        revision = asyncio.run(upgrade(url))
    except OSError as error:
        fail(f"the database cannot be reached: {error}")
    note(f"the database is at revision {revision}")
