"""Commands of who approves: queue list, show, approve, edit, reject, stats."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.options import ConfigOption, FormatOption, SinceOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.queue_text import draft_lines, list_line, precision_line
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.halt import Halt
    from engine.store import Store
    from engine.verdict import Judged

_MOST = 10_000
Draft = Annotated[str, typer.Argument(help="Its id, or the beginning of it (six or more).")]
_TEXT_HELP = "File with what to say, or - for standard input."


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Drafts that wait for a person.", no_args_is_help=True)
    group.command("list")(list_drafts)
    group.command()(show)
    group.command()(approve)
    group.command()(edit)
    group.command()(reject)
    group.command()(stats)
    app.add_typer(group, name="queue")


def list_drafts(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were judged or given up too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="So many, in order.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what waits for a person: gravest rule, then greatest risk, then longest wait first."""
    now = SystemClock().now()
    rows: list[dict[str, Any]] = with_store(
        configuration(config),
        lambda store: store.verdicts.queue(now=now, limit=limit, everything=everything),
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(list_line(row))
    if not rows:
        note("no draft was ever judged" if everything else "no draft waits for a person")
    _note_halts(config)


def show(draft: Draft, *, config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show one draft: what it answers and says, its risk, why its rule fired, what else waits."""
    now = SystemClock().now()
    found: dict[str, Any] = with_store(
        configuration(config), lambda store: store.verdicts.show(draft, now=now)
    )
    if output is Format.JSON:
        print_json(found)
        return
    for line in draft_lines(found):
        print_text(line)
    _note_halts(config)


def approve(  # noqa: PLR0913 - one parameter an option
    draft: Draft,
    *,
    text: Annotated[
        str | None, typer.Option("--text", help=f"Say this instead. {_TEXT_HELP}")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; others read it.")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Approve a draft, as it is or rewritten: once enough people have, it is sent."""
    said = None if text is None else _read(text)
    name = who(by)
    _judge(
        lambda store, at: store.verdicts.approve(draft, by=name, reason=reason, text=said, at=at),
        config=config,
        output=output,
    )
    _note_halts(config)


def edit(
    draft: Draft,
    *,
    text: Annotated[str, typer.Option("--text", help=_TEXT_HELP)],
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Rewrite a draft: earlier approvals fall, and somebody else has to approve it."""
    said, name = _read(text), who(by)
    _judge(
        lambda store, at: store.verdicts.edit(draft, by=name, text=said, at=at),
        config=config,
        output=output,
    )


def reject(
    draft: Draft,
    *,
    reason: Annotated[str, typer.Option(help="Why; the rule's author learns from it.")],
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Reject a draft: it is never sent."""
    name = who(by)
    _judge(
        lambda store, at: store.verdicts.reject(draft, by=name, reason=reason, at=at),
        config=config,
        output=output,
    )


def stats(
    *,
    since: SinceOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show how people judged each rule's drafts: what tells whether it may act alone."""
    rows: list[dict[str, Any]] = with_store(
        configuration(config), lambda store: store.verdicts.precision(since=since)
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(precision_line(row))
    if not rows:
        note("no rule has drafted anything")


def _judge(ask: Callable[[Store, datetime], Any], *, config: Path | None, output: Format) -> None:
    at = SystemClock().now()
    told: Judged = with_store(configuration(config), lambda store: ask(store, at))
    if output is Format.JSON:
        print_json(told.as_json())
        return
    print_text(f"{told.action_id[:12]}: {told.said} ({len(told.approvals)} of {told.needed})")
    for other in told.cancelled:
        print_text(f"{other[:12]}: cancelled, it answered the same mention")


def _note_halts(config: Path | None) -> None:
    """Say what is halted: a draft it covers is given up when it is approved, and not kept."""
    found: list[Halt] = with_store(configuration(config), lambda store: store.halts.holding())
    for one in found:
        note(
            f"{one.scope} is halted by {one.by}: {one.reason}; what is approved of it now "
            "is never sent, also once it is resumed",
            "yellow",
        )


def _read(named: str) -> str:
    """Return a text of standard input or a file, without the line's end editors add."""
    data = sys.stdin.buffer.read() if named == "-" else Path(named).read_bytes()
    try:
        return data.decode("utf-8").rstrip("\r\n").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        fail(f"--text: {named} is no UTF-8 text: {error}")
