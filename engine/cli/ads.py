"""Commands about advertisements: what the engine holds changed, and putting it back by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.store import Store

_ALL = "all"
_SHORTEST = 6


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="What is changed on ad accounts.", no_args_is_help=True)
    group.command("list")(list_changes)
    group.command()(restore)
    app.add_typer(group, name="ads")


def list_changes(*, config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show what is not as people had it: since when, by which rule, and what was found."""
    rows: list[dict[str, Any]] = with_store(
        configuration(config), lambda store: store.changes.held()
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(change_line(row))
    if not rows:
        note("nothing is changed: every campaign is as people had it")


def restore(
    action: Annotated[str, typer.Argument(help="The action's id, its beginning, or all.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; others read it.")],
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Have the engine put back what an action changed, exactly as it found it."""
    now, name = SystemClock().now(), who(by)

    async def ordered(store: Store) -> list[dict[str, str]]:
        wanted = _named(action, await store.changes.held())
        return [
            {
                "undoes": one,
                "restore": await store.restores.order(one, by=name, reason=reason, at=now),
            }
            for one in wanted
        ]

    rows: list[dict[str, str]] = with_store(configuration(config), ordered)
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(f"{row['restore'][:12]}: what {row['undoes'][:12]} changed is put back")
    note("the running engine carries it out; `tocsin ads list` shows what is left")


def change_line(row: Mapping[str, Any]) -> str:
    """Return a change as a line for people."""
    what = f"{row['name']} ({row['object']})" if row["name"] else row["object"]
    rule = f"{row['policy']}/{row['rule']}" if row["rule"] else "a rule that is gone"
    kept = "" if row["restore"] == "on_resolve" else ", until a person restores it"
    return (
        f"{row['at']}  {row['action'][:12]}  {row['account'].removeprefix('account:')}  {what}: "
        f"{row['field']} {row['before']} -> {row['after']}, {row['state']} by {rule}{kept}"
    )


def _named(action: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the actions meant, the latest first; leave where it is none or several."""
    known = list(dict.fromkeys(row["action"] for row in reversed(rows)))
    if action == _ALL:
        if not known:
            fail("nothing is changed: there is nothing to restore")
        return known
    if len(action) < _SHORTEST:
        fail(f"{action!r} is too short: give at least {_SHORTEST} characters of the action's id")
    found = [one for one in known if one.startswith(action)]
    if not found:
        fail(f"no change of an action {action!r} is open; see `tocsin ads list`")
    if len(found) > 1:
        fail(f"{action!r} may be any of {', '.join(one[:16] for one in found)}")
    return found
