"""Commands of the crisis responder: incidents list, show, ack, mitigate, resolve, note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.ask_store import with_store
from engine.cli.incident_record import record
from engine.cli.incidents_text import incident_lines, list_line
from engine.cli.options import ConfigOption, FormatOption, SinceOption, configuration
from engine.cli.output import Format, note, print_json, print_text
from engine.cli.who import ByOption, who
from engine.clock import SystemClock

if TYPE_CHECKING:
    from engine.incidents import Act

_MOST = 10_000
Incident = Annotated[str, typer.Argument(help="Its id, or the beginning of it (four or more).")]
NoteOption = Annotated[str, typer.Option("--note", help="Words for the timeline.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="What is happening, and who has it.", no_args_is_help=True)
    group.command("list")(list_incidents)
    group.command()(show)
    group.command()(ack)
    group.command()(mitigate)
    group.command()(resolve)
    group.command("note")(add_note)
    app.add_typer(group, name="incidents")


def list_incidents(  # noqa: PLR0913 - one parameter an option
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are resolved too; else what goes on.")
    ] = False,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    brand: Annotated[str | None, typer.Option(help="Only of this brand.")] = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="The newest so many.")] = 50,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show incidents, newest first."""
    is_over = None if everything or state is not None else False
    rows = with_store(
        configuration(config),
        lambda store: store.incidents.recent(
            limit=limit, state=state, brand=brand, is_over=is_over, since=since
        ),
    )
    if output is Format.JSON:
        print_json(rows)
        return
    for row in rows:
        print_text(list_line(row))
    if not rows:
        note("no incident fits" if everything or state else "nothing goes on; see --all")


def show(
    incident: Incident,
    *,
    as_record: Annotated[
        bool, typer.Option("--record", help="The record for afterwards, as Markdown.")
    ] = False,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show one incident: where it stands, its timeline, its cause and what was done."""
    found: dict[str, Any] = with_store(
        configuration(config), lambda store: store.incidents.show(incident)
    )
    if output is Format.JSON:
        print_json(found)
        return
    for line in record(found) if as_record else incident_lines(found):
        print_text(line)


def ack(
    incident: Incident,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take an incident on: nobody else is woken."""
    from engine.incidents import Act

    _do(Act.ACKNOWLEDGE, incident, by=by, words=words, config=config, output=output)


def mitigate(
    incident: Incident,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say that its harm is held; it goes on until its rules resolve."""
    from engine.incidents import Act

    _do(Act.MITIGATE, incident, by=by, words=words, config=config, output=output)


def resolve(
    incident: Incident,
    *,
    by: ByOption = None,
    words: NoteOption = "",
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say that it is over, whatever still fires."""
    from engine.incidents import Act

    _do(Act.RESOLVE, incident, by=by, words=words, config=config, output=output)


def add_note(
    incident: Incident,
    words: Annotated[str, typer.Argument(help="What to write into the timeline.")],
    *,
    by: ByOption = None,
    config: ConfigOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write into an incident's timeline."""
    from engine.incidents import Act

    _do(Act.NOTE, incident, by=by, words=words, config=config, output=output)


def _do(  # noqa: PLR0913 - the options of four commands
    act: Act, incident: str, *, by: str | None, words: str, config: Any, output: Format
) -> None:
    from engine.incidents import OperatorAct

    wanted = OperatorAct(incident, act, who(by), SystemClock().now(), words)
    found = configuration(config)
    done: dict[str, Any] = with_store(found, lambda store: store.incidents.act(wanted))
    if output is Format.JSON:
        print_json(done)
        return
    print_text(f"{done['id']} is {done['state']}: {done['title']}")
