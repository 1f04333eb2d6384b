"""The command that runs the engine: sources, classify, decide, dispatch, console."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from engine.cli.live import LiveView
from engine.cli.logs import configure_logs
from engine.cli.options import ConfigOption, configuration
from engine.cli.output import PROBLEMS, fail, note, note_problems, notes
from engine.cli.signals import stop_on_signals
from engine.settings_file import environment_name

if TYPE_CHECKING:
    from engine.settings import Configuration

_log = structlog.get_logger("tocsin")
# Whoever names a database of their own does not want it emptied.
_DATABASE = environment_name("database.url")


_STOPPED = "stopped: what is stored and not yet decided or sent is taken up at the next start"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(run)


def run(
    config: ConfigOption = None,
    *,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines of log in place of the live view.")
    ] = False,
    until_drained: Annotated[
        bool, typer.Option("--until-drained", help="Stop when the sources end and all is sent.")
    ] = False,
) -> None:
    """Run the engine, embedded: sources, classify, decide, dispatch, console."""
    found = configuration(config)
    is_live = notes.is_terminal and not plain
    configure_logs(found.settings.log, is_quiet=is_live)
    is_whole = asyncio.run(_run(found, is_live=is_live, until_drained=until_drained))
    if not is_whole:
        raise typer.Exit(PROBLEMS)


async def _run(found: Configuration, *, is_live: bool, until_drained: bool) -> bool:
    """Run until stopped; False when a source failed for good."""
    from engine.app import build_engine
    from engine.console.server import ConsoleServer

    async with AsyncExitStack() as stack:
        is_demonstration = found.settings.database.is_fresh and _DATABASE not in found.environment
        if is_demonstration and not found.settings.database.url.startswith("sqlite:"):
            fail("database.is_fresh is for SQLite files: a server's database is never emptied")
        engine = await build_engine(stack, found, starts_fresh=is_demonstration, is_live=True)
        note_problems(engine.problems)
        server = ConsoleServer(engine)
        address = await server.start()
        stack.push_async_callback(server.stop)
        with stop_on_signals(engine.stop):
            note(f"Tocsin is running: {address}   (Ctrl-C stops it)", style="bold green")
            watch = asyncio.create_task(LiveView(engine, address, is_live=is_live).show())
            try:
                await (engine.drain() if until_drained else engine.run())
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
        if engine.stop.is_set():
            note("stopped" if is_demonstration else _STOPPED)
        return not engine.failed_sources
