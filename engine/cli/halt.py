"""Commands that stop the engine's voice and money, and let them go on: halt, resume, halts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.publishing import suspension_line
from engine.cli.who import ByOption, who
from engine.clock import SystemClock
from engine.halt import KINDS, Scope
from engine.units import format_instant

if TYPE_CHECKING:
    from engine.halt import Halt
    from engine.store import Store

_MOST = 10_000
ScopeArgument = Annotated[
    str, typer.Argument(help="all, brand:NAME, source:NAME, rule:ID or action:KIND.")
]
ReasonOption = Annotated[str, typer.Option(help="Why; others read it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(halt)
    app.command()(resume)
    app.command("halts")(list_halts)


def halt(
    scope: ScopeArgument,
    *,
    reason: ReasonOption,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Stop everything of a scope at its very next send; it stays so until it is resumed."""
    wanted, now, name = _known(_scope(scope)), SystemClock().now(), who(by)
    found: Halt = with_store(
        configuration(config),
        lambda store: store.halts.halt(wanted, reason=reason, by=name, at=now),
    )
    if output is Format.JSON:
        print_json(_shown(found))
    elif found.at == now:
        print_text(f"{found.id}: {found.scope} is halted; tocsin resume {found.scope} lifts it")
    else:
        print_text(_line(_shown(found)) + " (already)")


def resume(
    scope: ScopeArgument,
    *,
    reason: Annotated[str, typer.Option(help="Why; others read it.")] = "resumed",
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let a halted scope go on; other halts that cover it still hold."""
    wanted, now, name = _scope(scope), SystemClock().now(), who(by)
    found: Halt = with_store(
        configuration(config),
        lambda store: store.halts.resume(wanted, reason=reason, by=name, at=now),
    )
    if output is Format.JSON:
        print_json(_shown(found))
        return
    print_text(f"{found.id}: {found.scope} goes on; it was halted since {format_instant(found.at)}")


def list_halts(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were lifted too; else what holds now.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what is halted, newest first; in text, where publishing is suspended as well."""

    async def asked(store: Store) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        suspended = await store.suspensions.recent(limit=limit, only_open=not everything)
        return await store.halts.recent(limit=limit), suspended

    rows, suspended = with_store(configuration(config), asked)
    rows = [row for row in rows if everything or row["lifted_at"] is None]
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(_line(row))
    for row in suspended:
        print_text(f"publishing  {suspension_line(row)}")
    if not rows and not suspended:
        note("nothing was ever halted" if everything else "nothing is halted")


def _scope(text: str) -> Scope:
    try:
        return Scope.parse(text)
    except ValueError as error:
        fail(str(error))


def _known(scope: Scope) -> Scope:
    """Refuse to halt a kind of action that there is none of: nothing would be held."""
    if scope.kind == "action" and scope.value.casefold() not in KINDS:
        fail(f"{scope.value!r} is no kind of action; there are {', '.join(sorted(KINDS))}")
    return scope


def _line(row: dict[str, Any]) -> str:
    lifted = f", lifted {row['lifted_at']} by {row['lifted_by']}" if row["lifted_at"] else ""
    return (
        f"{row['id']}  {row['scope']:<16} since {row['at']} by {row['by']}: {row['reason']}{lifted}"
    )


def _shown(found: Halt) -> dict[str, Any]:
    return {
        "id": found.id,
        "scope": str(found.scope),
        "reason": found.reason,
        "by": found.by,
        "at": format_instant(found.at),
        "lifted_at": None if found.lifted_at is None else format_instant(found.lifted_at),
        "lifted_by": found.lifted_by,
    }
