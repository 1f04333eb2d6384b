"""Commands of privacy: forget and export a person, and let go of what is too old."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from engine.privacy.retention import Kept
    from engine.store import Store
    from engine.store.forgetting import Forgotten

AuthorArgument = Annotated[
    str, typer.Argument(help="A handle, with or without @, or an id; source:… for one source.")
]
SourceOption = Annotated[
    str | None, typer.Option(help="The source whose account is meant; left out: every source.")
]
ReasonOption = Annotated[
    str, typer.Option(help="Why, such as the number of the request; it stays in the log for good.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(forget)
    app.command()(export)
    group = typer.Typer(help="Let go of what is kept for too long.", no_args_is_help=True)
    group.command("run")(run_retention)
    # A group of one command would be taken for the command itself.
    group.callback()(lambda: None)
    app.add_typer(group, name="retention")


def forget(  # noqa: PLR0913 - one parameter an option
    author: AuthorArgument,
    *,
    reason: ReasonOption,
    source: SourceOption = None,
    by: ByOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Erase a person everywhere, and keep out what they write from now on."""
    name, now = who(by), SystemClock().now()

    async def forgotten(store: Store) -> Forgotten:
        from engine.store.erasing import Leave

        named = await store.privacy.named(author, source)
        leave = Leave(name, reason, now)
        return await store.privacy.forget(named, leave=leave, only_asks=dry_run)

    found: Forgotten = with_store(configuration(config), forgotten)
    if output is Format.JSON:
        print_json({**found.as_json(), "dry_run": dry_run})
    else:
        _tell(found, dry_run=dry_run)
    if found.erased.in_flight and not dry_run:
        note(f"{found.erased.in_flight} action(s) are being sent: run it again when they are over")


def _tell(found: Forgotten, *, dry_run: bool) -> None:
    verb = "would be" if dry_run else "are"
    erased = found.erased
    print_text(f"{erased.mentions} mention(s) {verb} erased, {erased.actions} action(s) on them")
    print_text(f"{erased.cancelled} action(s) {verb} not sent")
    print_text(f"{found.outcomes} row(s) of the outcome log {verb} blanked; the chain fits")
    for table, rows in sorted(erased.elsewhere.items()):
        print_text(f"{rows} further row(s) of {table} {verb} cleared of the name")
    if found.policies:
        note(f"{found.policies} stored policy text(s) name the person: change the policies")
    if not dry_run and not found.is_compact:
        note(
            "the database's pages were not rewritten, another connection was in the way: "
            "`tocsin retention run`, or a running engine within a day, does it"
        )


def export(  # noqa: PLR0913 - one parameter an option
    author: AuthorArgument,
    *,
    out: Annotated[Path, typer.Option(help="File to write; may not be there yet.")],
    reason: ReasonOption,
    source: SourceOption = None,
    by: ByOption = None,
    config: ConfigOption = None,
) -> None:
    """Write all that is held about a person as JSON."""
    name, now = who(by), SystemClock().now()
    if out.exists():
        fail(f"{out}: is there already; name another file")
    if not out.parent.is_dir():
        fail(f"{out.parent}: is no folder; make it, or name a file in another")

    async def told(store: Store) -> dict[str, Any]:
        from engine.store.erasing import Leave

        named = await store.privacy.named(author, source)
        return await store.held.about(named, leave=Leave(name, reason, now))

    found: dict[str, Any] = with_store(configuration(config), told)
    text = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True)
    # What is held of a person is for whoever asked alone.
    out.touch(mode=0o600)
    out.write_text(text + "\n", encoding="utf-8")
    note(f"{len(found['mentions'])} mention(s) and what was made of them are in {out}")


def run_retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Rewrite every table of PostgreSQL: nobody may use it then."),
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Erase what is older than the settings allow, and what was deleted where it was written."""
    found, now = configuration(config), SystemClock().now()

    async def run(store: Store) -> Kept:
        from engine.policy import read_platform_packs
        from engine.privacy.retention import Retention, terms_of
        from engine.settings import bundled

        terms = terms_of(read_platform_packs(bundled("rules/platforms"))[0])
        retention = Retention(store, found.settings.privacy, limits=lambda: terms)
        if dry_run:
            return await retention.preview(now)
        kept = await retention.run(now)
        if full:
            await store.keeping.compact(is_full=True)
        return kept

    kept: Kept = with_store(found, run)
    if output is Format.JSON:
        print_json({**asdict(kept), "dry_run": dry_run})
        return
    verb = "would be" if dry_run else "are"
    print_text(f"{kept.old} mention(s) too old and {kept.deleted} deleted elsewhere {verb} erased")
