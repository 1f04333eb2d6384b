"""Commands about publishing: publishing list, suspend, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 10_000
ReasonOption = Annotated[str, typer.Option(help="Why; others read it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Where nothing is published for now.", no_args_is_help=True)
    group.command("list")(list_suspensions)
    group.command()(suspend)
    group.command()(resume)
    app.add_typer(group, name="publishing")


def list_suspensions(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were lifted too; else what holds now.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show where publishing is suspended, newest first."""
    rows: list[dict[str, Any]] = with_store(
        configuration(config),
        lambda store: store.suspensions.recent(limit=limit, only_open=not everything),
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(suspension_line(row))
    if not rows:
        note("publishing was never suspended" if everything else "publishing is not suspended")


def suspend(
    scope: Annotated[str, typer.Argument(help="all, brand:NAME or source:NAME.")],
    *,
    reason: ReasonOption,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Suspend publishing; it stays so until it is resumed, whatever rules say."""
    now, name = SystemClock().now(), who(by)
    found: str = with_store(
        configuration(config),
        lambda store: store.suspensions.suspend(scope, by=name, reason=reason, at=now),
    )
    if output is Format.JSON:
        print_json({"id": found, "scope": scope, "by": name, "reason": reason})
        return
    print_text(f"{found}: publishing of {scope} is suspended")


def resume(
    suspension: Annotated[str, typer.Argument(help="Its id, or a scope: all that holds there.")],
    *,
    reason: ReasonOption,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Lift a suspension, or all of a scope; others go on."""
    now, name = SystemClock().now(), who(by)
    found: list[str] = with_store(
        configuration(config),
        lambda store: store.suspensions.resume(suspension, by=name, reason=reason, at=now),
    )
    if output is Format.JSON:
        print_json({"lifted": found, "by": name, "reason": reason})
        return
    for one in found:
        print_text(f"{one} is lifted")


def suspension_line(row: Mapping[str, Any]) -> str:
    """Return a suspension as a line for people."""
    end = f", lifted {row['lifted_at']} by {row['lifted_by']}" if row["lifted_at"] else ""
    why = f": {row['reason']}" if row["reason"] else ""
    return f"{row['at']}  {row['id']}  {row['scope']:<16}  by {row['by']}{why}{end}"
