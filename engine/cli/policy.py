"""Commands on the life of policies: policy history, show, diff, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import (
    PROBLEMS,
    Format,
    fail,
    note,
    note_problems,
    print_json,
    print_text,
)
from engine.cli.policy_text import diff_lines, history_line
from engine.cli.who import ByOption, who
from engine.clock import SystemClock
from engine.life.comparing import Compared, compare_policies
from engine.life.places import Places
from engine.life.rollback import RolledBack, roll_back
from engine.life.stored import find_revision

if TYPE_CHECKING:
    from engine.store import Store
    from engine.store.policies import PolicyRevision

_MOST = 10_000
Revision = Annotated[str, typer.Argument(help="A revision, or its first digits (four or more).")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="What ran, what would run, and going back.", no_args_is_help=True)
    group.command()(history)
    group.command()(show)
    group.command()(diff)
    group.command()(rollback)
    app.add_typer(group, name="policy")


def history(
    *,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the revisions that ran and the edits that were refused, newest first."""
    found = configuration(config)
    rows = with_store(found, lambda store: store.policies.history(limit=limit))
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(history_line(row))
    if not rows:
        note("nothing has run on this database yet")


def show(
    revision: Revision, config: ConfigOption = None, output: FormatOption = Format.TEXT
) -> None:
    """Show a stored revision: its policies, and its files as they were."""
    found: PolicyRevision = with_store(
        configuration(config), lambda store: find_revision(store, revision)
    )
    if output is Format.JSON:
        print_json(
            {
                "revision": found.revision,
                "rules": found.rules,
                "policies": dict(found.policies),
                "held": list(found.held),
                "files": dict(found.files),
            }
        )
        return
    print_text(f"revision {found.revision}: {found.rules} rule(s)")
    for policy, own in found.policies.items():
        print_text(f"policy {policy}: {own}")
    for one in found.held:
        print_text(f"ran as draft: {one['policy']}/{one['rule']}: {one['why']}")
    for name, text in found.files.items():
        print_text(f"\n--- {name}\n{text.removesuffix(chr(10))}")


def diff(
    before: Annotated[
        str | None,
        typer.Argument(help="A revision, a file or a folder; left out: what runs, or ran last."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(help="The same; left out: the files on the disk that the settings name."),
    ] = None,
    *,
    text: Annotated[bool, typer.Option("--text", help="The lines of the files too.")] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say what would change: rules added, removed and changed, and what a promotion still needs."""
    found = configuration(config)
    now = SystemClock().now()
    compared: Compared = with_store(
        found, lambda store: compare_policies(store, found, before, after, now=now)
    )
    if compared.difference is None:
        note_problems(compared.problems)
        fail(f"{compared.faulty} does not load; `tocsin check` shows this too", code=PROBLEMS)
    if output is Format.JSON:
        print_json(compared.as_json(with_text=text))
        return
    for line in diff_lines(compared):
        print_text(line)
    if text and compared.text:
        print_text(compared.text.removesuffix("\n"))


def rollback(  # noqa: PLR0913 - one parameter an option
    revision: Revision,
    *,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the history.")] = None,
    by: ByOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace edits too that never ran; they are kept.")
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a revision's files back where they lay; a running engine takes them up at once."""
    found = configuration(config)
    name, now = who(by), SystemClock().now()
    places = Places.of(found)

    async def back(store: Store) -> RolledBack:
        return await roll_back(
            store, revision, places, by=name, reason=reason, now=now, is_forced=force
        )

    done: RolledBack = with_store(found, back)
    result = {
        "revision": done.revision.revision,
        "by": name,
        "reason": reason,
        "written": list(done.written),
        "removed": list(done.removed),
        "replaced": done.kept,
    }
    if output is Format.JSON:
        print_json(result)
        return
    _print_rollback(done)


def _print_rollback(done: RolledBack) -> None:
    for name in done.written:
        print_text(f"written: {name}")
    for name in done.removed:
        print_text(f"removed: {name}")
    short = done.revision.revision[:12]
    if not (done.written or done.removed):
        print_text(f"the disk holds revision {short} already")
    else:
        print_text(f"the disk holds revision {short} again, {done.revision.rules} rule(s)")
    if done.kept is not None:
        print_text(f"what stood there is kept as {done.kept[:12]}")
