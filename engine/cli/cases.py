"""Commands of care: cases list, show, take, give, wait, resume, answer, resolve, reopen, note."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.cases_text import case_line, case_lines
from engine.cli.options import ConfigOption, FormatOption, configuration
from engine.cli.output import Format, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from engine.cases import Act
    from engine.settings import Configuration
    from engine.store import Store

_MOST = 10_000
Case = Annotated[str, typer.Argument(help="Its id, or the beginning of it (four or more).")]
NoteOption = Annotated[str, typer.Option("--note", help="Words for others, and why.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="What was assigned, and by when it is due.", no_args_is_help=True)
    group.command("list")(list_cases)
    group.command()(show)
    group.command()(take)
    group.command()(give)
    group.command()(wait)
    group.command()(resume)
    group.command()(answer)
    group.command()(resolve)
    group.command()(reopen)
    group.command("note")(add_note)
    app.add_typer(group, name="cases")


def list_cases(  # noqa: PLR0913 - one parameter an option
    *,
    queue: Annotated[str | None, typer.Option(help="Only of this queue.")] = None,
    person: Annotated[str | None, typer.Option(help="Only of this person.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only in this state: open, waiting, resolved, reopened.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their time.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are resolved too; else what is to do.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show cases, newest first."""
    now = SystemClock().now()
    is_over = None if everything or state is not None else False
    rows = with_store(
        configuration(config),
        lambda store: store.cases.recent(
            now=now,
            limit=limit,
            queue=queue,
            person=person,
            state=state,
            is_over=is_over,
            is_overdue=overdue,
        ),
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(case_line(row, now))
    if not rows:
        note("no case fits" if everything or state else "nothing is to do; see --all")


def show(case: Case, *, config: ConfigOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show one case: where it stands, its clocks, its mentions and what was done."""
    now = SystemClock().now()
    found: dict[str, Any] = with_store(
        configuration(config), lambda store: store.cases.show(case, now=now)
    )
    if output is Format.JSON:
        print_json(found)
        return
    for line in case_lines(found, now):
        print_text(line)


def take(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take a case on."""
    from engine.cases import Act

    _do(Act.TAKE, case, _Told(by, words), config=config, output=output)


def give(  # noqa: PLR0913 - one parameter an option
    case: Case,
    person: Annotated[str | None, typer.Argument(help="Whom to give it to.")] = None,
    *,
    queue: Annotated[
        str | None, typer.Option("--queue", help="Give it to a queue; nobody has it then.")
    ] = None,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Give a case to somebody, or to another queue; its clocks run on as they were promised."""
    from engine.cases import Act

    _do(Act.GIVE, case, _Told(by, words, person, queue), config=config, output=output)


def wait(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let a case wait for the customer: its clocks pause until the customer writes."""
    from engine.cases import Act

    _do(Act.WAIT, case, _Told(by, words), config=config, output=output)


def resume(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let the clocks of a case go on that waited for the customer."""
    from engine.cases import Act

    _do(Act.RESUME, case, _Told(by, words), config=config, output=output)


def answer(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say that a case was answered elsewhere, such as by telephone."""
    from engine.cases import Act

    _do(Act.ANSWER, case, _Told(by, words), config=config, output=output)


def resolve(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say that a case is done; its clocks stop."""
    from engine.cases import Act

    _do(Act.RESOLVE, case, _Told(by, words), config=config, output=output)


def reopen(
    case: Case,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Open a case again that was resolved; its clocks go on where they stood."""
    from engine.cases import Act

    _do(Act.REOPEN, case, _Told(by, words), config=config, output=output)


def add_note(
    case: Case,
    words: Annotated[str, typer.Argument(help="What others are to know.")],
    *,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write a note on a case."""
    from engine.cases import Act

    _do(Act.NOTE, case, _Told(by, words), config=config, output=output)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a person says of an act."""

    by: str | None
    words: str
    person: str | None = None
    queue: str | None = None


def _do(act: Act, case: str, told: _Told, *, config: Path | None, output: Format) -> None:
    from engine.cases import CaseAct

    now, found = SystemClock().now(), configuration(config)
    wanted = CaseAct(case, act, who(told.by), now, told.words, told.person, told.queue)

    async def done(store: Store) -> dict[str, Any]:
        if told.queue is not None:
            await _know_queues(store, found)
        return await store.cases.act(wanted)

    changed: dict[str, Any] = with_store(found, done)
    if output is Format.JSON:
        print_json(changed)
        return
    print_text(case_line(changed, now))


async def _know_queues(store: Store, found: Configuration) -> None:
    """Let the store know which queues there are, so that a misspelt one is refused."""
    import asyncio

    from engine.life.places import Places
    from engine.life.stored import load_revision

    revision = await store.policies.running()
    if revision is None:
        return
    places, now = Places.of(found, None), SystemClock().now()
    made, _ = await asyncio.to_thread(load_revision, revision, places, now=now)
    if made is not None:
        store.cases.queues = lambda: made.queues
