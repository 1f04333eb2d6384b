"""Commands that hold a rule back for a time: silence add, list, end."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.incidents_text import silence_line
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, fail, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock
from engine.units import format_instant, parse_duration

if TYPE_CHECKING:
    from datetime import timedelta

    from engine.incidents import Silence
    from engine.store import Store

_MOST = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="Hold a rule back for a time.", no_args_is_help=True)
    group.command()(add)
    group.command("list")(list_silences)
    group.command()(end)
    app.add_typer(group, name="silence")


def add(  # noqa: PLR0913 - one parameter an option
    rule: Annotated[str, typer.Argument(help="The rule's id, or policy/rule.")],
    *,
    lasting: Annotated[str, typer.Option("--for", help="How long, such as 2h or 30m.")],
    reason: Annotated[str, typer.Option(help="Why; others read it.")],
    by: ByOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also for a rule that does not run.")
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Silence a rule: it is judged as ever, and nothing of it is carried out."""
    span, now, author = _span(lasting), SystemClock().now(), who(by)

    async def added(store: Store) -> Silence:
        from engine.incidents import Silence

        if not force:
            await _require_rule(store, rule)
        return await store.silences.add(Silence(rule, now, now + span, reason, author), at=now)

    found: Silence = with_store(configuration(config), added)
    if output is Format.JSON:
        print_json(_shown(found))
        return
    print_text(f"{found.id}: {found.rule} is silent until {format_instant(found.until)}")


def list_silences(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are over too; else what holds now.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show silences, newest first, each with how much it hid."""
    now = None if everything else SystemClock().now()
    rows: list[dict[str, Any]] = with_store(
        configuration(config), lambda store: store.silences.recent(limit=limit, now=now)
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(silence_line(row))
    if not rows:
        note("nothing is silent" if now else "no rule was ever silenced")


def end(
    silence: Annotated[str, typer.Argument(help="Its id.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the outcome log.")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """End a silence before its time."""
    now, name = SystemClock().now(), who(by)
    found: Silence = with_store(
        configuration(config),
        lambda store: store.silences.end(silence, by=name, at=now, reason=reason),
    )
    if output is Format.JSON:
        print_json(_shown(found) | {"ended_at": format_instant(now), "ended_by": name})
        return
    print_text(f"{found.id}: {found.rule} is heard again")


def _span(text: str) -> timedelta:
    try:
        span = parse_duration(text)
    except ValueError as error:
        fail(f"--for: {error}")
    if not span:
        fail("--for: a silence of no time hides nothing")
    return span


async def _require_rule(store: Store, named: str) -> None:
    """Leave with a message where the rule does not run: a silence misspelt hides nothing."""
    running = await store.policies.running()
    if running is None:
        return
    rules = {rule for own in running.modes.values() for rule in own}
    whole = {f"{policy}/{rule}" for policy, own in running.modes.items() for rule in own}
    if named in rules | whole:
        return
    near = get_close_matches(named, sorted(rules | whole), n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    fail(f"no rule {named!r} runs{hint} (--force silences it all the same)")


def _shown(found: Silence) -> dict[str, Any]:
    return {
        "id": found.id,
        "rule": found.rule,
        "author": found.author,
        "reason": found.reason,
        "since": format_instant(found.since),
        "until": format_instant(found.until),
    }
