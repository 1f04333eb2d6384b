"""Commands for authors who asked not to be written to: optout list, add, lift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.store import Store

_MOST = 10_000
AuthorArgument = Annotated[
    str, typer.Argument(help="A handle with its @, meant on every source; or SOURCE:ID.")
]
ReasonOption = Annotated[str, typer.Option(help="How it became known; stands in the log.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Authors who asked not to be written to.", no_args_is_help=True)
    group.command("list")(list_opt_outs)
    group.command()(add)
    group.command()(lift)
    app.add_typer(group, name="optout")


def list_opt_outs(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were lifted too; else what stands now.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show who asked not to be written to, the newest first."""
    rows: list[dict[str, Any]] = with_store(
        configuration(config),
        lambda store: store.opt_outs.recent(limit=limit, standing=not everything),
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(_line(row))
    if not rows:
        note("nobody asked not to be written to")


def add(
    author: AuthorArgument,
    *,
    reason: ReasonOption,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Record that an author does not want to be written to: no reply goes to them from now on."""
    key, handle = _named(author)
    now, name = SystemClock().now(), who(by)

    async def added(store: Store) -> bool:
        from engine.sending import OptOut

        source = "" if key is None else key.partition(":")[0]
        wish = OptOut(source, key, handle, now, by=name)
        return await store.opt_outs.add(wish, reason=reason)

    is_new: bool = with_store(configuration(config), added)
    if output is Format.JSON:
        print_json({"author": key, "handle": handle, "new": is_new})
        return
    told = "is not written to any more" if is_new else "was not written to before"
    print_text(f"{author} {told}")


def lift(
    author: AuthorArgument,
    *,
    reason: ReasonOption,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let an author be written to again, because they said so."""
    key, handle = _named(author)
    now, name = SystemClock().now(), who(by)

    async def lifted(store: Store) -> int:
        return await store.opt_outs.lift(author=key, handle=handle, by=name, reason=reason, at=now)

    count: int = with_store(configuration(config), lifted)
    if output is Format.JSON:
        print_json({"author": key, "handle": handle, "lifted": count})
        return
    print_text(f"{author} may be written to again")


def _named(author: str) -> tuple[str | None, str | None]:
    """Return the author's key or handle; leave with a message where it is neither."""
    from engine.sending import fold_handle

    source, colon, named = author.strip().partition(":")
    if author.strip().startswith("@") and fold_handle(author):
        return None, fold_handle(author)
    if not (colon and source and named):
        shown = "write @handle, or SOURCE:ID as `tocsin optout list` does"
        fail(f"{author!r} names no author: {shown}")
    return author.strip(), None


def _line(row: Mapping[str, Any]) -> str:
    author = row["author"] or f"@{row['handle']}"
    handle = f" @{row['handle']}" if row["author"] and row["handle"] else ""
    how = f"in {row['mention']}" if row["mention"] else f"by {row['by']}"
    lifted = f"  lifted {row['lifted_at']} by {row['lifted_by']}" if row["lifted_at"] else ""
    return f"{author}{handle}  {row['at']}  {how}{lifted}"
