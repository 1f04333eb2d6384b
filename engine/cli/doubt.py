"""Commands for actions of which nobody knows whether they were sent: doubt list, settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from engine.store import Store

_MOST = 10_000
_TOLD = ("sent", "not-sent", "again")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(
        help="Actions that may or may not have been sent: look, then say which.",
        no_args_is_help=True,
    )
    group.command("list")(list_doubts)
    group.command()(settle)
    app.add_typer(group, name="doubt")


def list_doubts(
    *,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The longest in doubt.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show actions whose end is unknown, the longest unknown first."""
    rows: list[dict[str, Any]] = with_store(
        configuration(config), lambda store: store.doubts.list(limit=limit)
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        look = row["looked_for_at"]
        who_tells = f"looked for again {look}" if look else "a person has to look"
        print_text(
            f"{row['id'][:12]}  {row['kind']:<8} {row['policy']}/{row['rule']}  {row['mention']}"
            f"  {row['detail']} ({who_tells})"
        )
    if not rows:
        note("nothing is in doubt")


def settle(  # noqa: PLR0913 - one parameter an option
    action: Annotated[str, typer.Argument(help="Its id, or the first six characters or more.")],
    told: Annotated[str, typer.Option("--as", help="sent, not-sent, or again: send it anew.")],
    *,
    reason: Annotated[str, typer.Option(help="How you know; others read it.")],
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say what became of an action, after looking on the platform."""
    if told not in _TOLD:
        fail(f"--as: {told!r} is none of {', '.join(_TOLD)}")
    now, name = SystemClock().now(), who(by)

    async def settled(store: Store) -> str:
        from engine.store.doubts import Told

        return await store.doubts.settle(action, Told(told), by=name, reason=reason, at=now)

    found: str = with_store(configuration(config), settled)
    if output is Format.JSON:
        print_json({"id": found, "told": told, "by": name})
        return
    print_text(f"{found[:12]}: {told}")
