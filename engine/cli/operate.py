"""Commands of operators: what the outcome log tells, and the database."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, SinceOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text

_MOST = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(outcomes)
    database = typer.Typer(help="The database's own commands.", no_args_is_help=True)
    database.command("upgrade")(db_upgrade)
    app.add_typer(database, name="db")


def outcomes(  # noqa: PLR0913 - one parameter an option of the contract
    *,
    since: SinceOption = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    mention: Annotated[str | None, typer.Option(help="Only of this mention.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="Only of this kind: action, verdict, halt, opt_out, case, doubt, restore, "
            "suspension, incident, silence, policy, privacy, erasure."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The latest so many.")] = 100,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the outcome log, latest last."""
    found = configuration(config)
    rows: list[dict[str, Any]] = with_store(
        found,
        lambda store: store.queries.outcomes(
            since=since, rule=rule, mention=mention, kind=kind, limit=limit
        ),
    )[::-1]
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(_line(row))
    if not rows:
        note("no outcome fits")


def _line(row: dict[str, Any]) -> str:
    """Return a row for people: when, what became of what, of which rule, by whom and why."""
    rule = "/".join(part for part in (row["policy"], row["rule"]) if part)
    about = row["mention"] if row["kind"] == "action" else f"{row['kind']} {row['action_id']}"
    if row["erased"]:
        about = "(erased)" if row["kind"] == "action" else f"{about} (erased)"
    parts = [f"{row['state']:<10}", f"{row['action']:<8}", rule, about]
    line = "  ".join([row["at"], *(part for part in parts if part)])
    code = f" ({row['reason']})" if row["reason"] else ""
    return f"{line}{code}{_why(row['payload'])}"


def _why(payload: dict[str, Any]) -> str:
    """Return who did it and why, of what a person did."""
    by, reason = payload.get("by"), payload.get("reason")
    told = f", by {by}" if by else ""
    return f"{told}: {reason}" if told and reason else told


def db_upgrade(config: ConfigOption = None) -> None:
    """Bring the database to the newest revision; an empty one is filled."""
    from engine.store import upgrade

    url = configuration(config).settings.database.url
    try:
        revision = asyncio.run(upgrade(url))
    except OSError as error:
        fail(f"the database cannot be reached: {error}")
    note(f"the database is at revision {revision}")
