"""The command rehearse: a crisis end to end on virtual time, nothing sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from engine.cli.options import (
    BrandOption,
    ConfigOption,
    FormatOption,
    MapOption,
    PolicyOption,
    configuration,
)
from engine.cli.output import OK, PROBLEMS, Format, fail, note, print_json, print_text
from engine.cli.proving import Input, arrivals, chosen_policies, pipeline
from engine.units import format_duration, format_instant, parse_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.policy.playbook import Playbook
    from engine.proving.rehearsal import Change, Rehearsal
    from engine.proving.rehearse import Plan
    from engine.proving.written_crisis import Crisis
    from engine.settings import Configuration


def _read_instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _read_duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at", parser=_read_instant, help="Begin then, as if it were: 2026-03-01T03:00:00Z."
    ),
]
AfterOption = Annotated[
    timedelta | None,
    typer.Option(parser=_read_duration, help="Somebody takes it on so long after it opens: 12m."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(rehearse)


def rehearse(  # noqa: PLR0913 - one parameter an option
    playbook: Annotated[str, typer.Argument(help="The playbook's id, or a file that holds one.")],
    *,
    policy: PolicyOption = None,
    source: Annotated[
        Path | None,
        typer.Option("--input", help="A past crisis, as JSONL or CSV; left out: a written one."),
    ] = None,
    fields: MapOption = None,
    brand: BrandOption = None,
    at: AtOption = None,
    acknowledge_after: AfterOption = None,
    by: Annotated[str, typer.Option("--by", help="Who takes it on.")] = "somebody",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Play a crisis end to end on virtual time, nothing sent, and print the timeline.

    Left to itself it plays a crisis of the policies' own tests or examples. It fails where
    something would stay changed once the playbook has stood down.
    """
    from engine.proving.rehearse import Plan

    if source is None and (fields is not None or brand is not None):
        fail("--map and --brand go with --input")
    found = configuration(config)
    policies, name = _policies(found, policy, playbook)
    plan = Plan(_playbook(policies, name), at, acknowledge_after, by)
    result = _played(found, policies, plan, Input(source, fields, brand))
    if output is Format.JSON:
        print_json(result.as_json())
    else:
        _print(result)
    raise typer.Exit(PROBLEMS if result.left else OK)


def _policies(
    found: Configuration, paths: list[Path] | None, named: str
) -> tuple[PolicySet, str | None]:
    """Return the policies, and the playbook's id where it is one; a file's is found later."""
    file = Path(named)
    if not file.is_file():
        return chosen_policies(found, paths), named
    known = paths or [found.path(one) for one in found.settings.policies]
    is_among = any(file.resolve().is_relative_to(one.resolve()) for one in known)
    policies = chosen_policies(found, known if is_among else [*known, file])
    mine = [
        one.id
        for one in policies.playbooks.values()
        if Path(one.span.file).resolve() == file.resolve()
    ]
    if len(mine) != 1:
        held = f"holds {', '.join(mine)}: name one" if mine else "holds no playbook"
        fail(f"{named} {held}")
    return policies, mine[0]


def _playbook(policies: PolicySet, name: str | None) -> Playbook:
    from engine.policy.report import suggest

    made = policies.playbooks.get(name or "")
    if made is None:
        known = suggest(name or "", policies.playbooks, what="Playbooks")
        fail(f"no playbook '{name}'. {known}")
    return made


def _played(found: Configuration, policies: PolicySet, plan: Plan, given: Input) -> Rehearsal:
    """Return the first crisis in which an incident with the playbook opens."""
    from engine.proving.rehearse import rehearse as play
    from engine.proving.written_crisis import rules_with, written_crises

    name = plan.playbook.id
    rules = rules_with(policies, name)
    if not rules:
        help_text = f"give one an action 'incident: {{playbook: {name}}}'"
        fail(f"no rule opens an incident with playbook '{name}': {help_text}", code=PROBLEMS)
    crises: Iterable[Crisis] = (
        written_crises(policies, rules) if given.source is None else [_past(found, given)]
    )
    stages = pipeline(found, policies)
    for crisis in crises:
        result = play(plan, crisis, stages)
        if result.is_begun:
            return result
    where = "in the policies' tests and examples" if given.source is None else f"in {given.source}"
    return _fail_calm(", ".join(f"{one.policy}/{one.id}" for one in rules), where)


def _fail_calm(rules: str, where: str) -> NoReturn:
    help_text = "write a test in which one does, or give a past crisis with --input"
    fail(f"none of {rules} opens an incident {where}: {help_text}", code=PROBLEMS)


def _past(found: Configuration, given: Input) -> Crisis:
    from engine.proving.history import ALWAYS, fault_line
    from engine.proving.written_crisis import in_order

    mentions: list[Mention] = []
    for some in arrivals(found, given, is_store=False, period=ALWAYS):
        mentions += some.mentions
        for dead in some.dead:
            note(fault_line(dead), style="yellow")
    if not mentions:
        fail(f"{given.source}: no mention stands there")
    return in_order(str(given.source), mentions)


def _print(result: Rehearsal) -> None:
    first = result.entries[0].at
    print_text(f"rehearsal of {result.playbook}: {result.crisis}; nothing is sent\n")
    for one in result.entries[:-1]:
        since = f"+{format_duration(one.at - first)}"
        word = one.what.value.replace("_", " ")
        print_text(f"{format_instant(one.at)}  {since:>11}  {word:<12}  {one.text}")
    print_text("")
    for change in result.changes:
        print_text(f"  {_row(change)}")
    print_text(result.entries[-1].text)


def _row(one: Change) -> str:
    if one.is_kept:
        end = "kept on purpose (restore: never)"
    elif one.restored_at is None:
        end = "LEFT: nothing puts it back"
    else:
        end = f"restored {format_instant(one.restored_at)} by {one.restored_by[:8]}"
    return f"{one.id[:8]}  {one.by}: {one.text}  ->  {end}"
