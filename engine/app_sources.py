"""Build the sources that the settings name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.errors import ConfigError, MentionError, PermanentSourceError
from streams.sources.feed import FeedSource
from streams.sources.file import FileSource
from streams.sources.folder import FolderSource
from streams.sources.intake import IntakeSource
from streams.sources.mapping import parse_mapping
from streams.sources.paced import Paced
from streams.sources.stdin import StdinSource, standard_input

if TYPE_CHECKING:
    import httpx

    from engine.clock import Clock
    from engine.ports import Source
    from engine.settings import Configuration, SourceSettings
    from streams.sources.mapping import FieldMapping


def build_sources(
    configuration: Configuration, *, client: httpx.AsyncClient, clock: Clock, stop: asyncio.Event
) -> list[Source]:
    """Return every source of the settings, in their order.

    Args:
        stop: Ends sources that would watch for ever.

    Raises:
        ConfigError: Two sources have one name, or one cannot be built as configured.
    """
    sources: dict[str, Source] = {}
    for one in configuration.settings.sources:
        if one.name in sources:
            message = f"{configuration.file}: two sources are named '{one.name}'"
            raise ConfigError(message)
        try:
            sources[one.name] = _build(one, configuration, client=client, clock=clock, stop=stop)
        except (PermanentSourceError, MentionError, ValueError) as error:
            message = f"{configuration.file}: source '{one.name}': {error}"
            raise ConfigError(message) from error
    return list(sources.values())


def _build(
    one: SourceSettings,
    configuration: Configuration,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    stop: asyncio.Event,
) -> Source:
    if one.kind == "intake":
        return IntakeSource(one.name, one.capacity)
    if one.kind == "feed":
        return FeedSource(
            one.name, one.url or "", client=client, interval=one.every, brand=one.brand
        )
    if one.kind == "stdin":
        return stdin_source(one.name, mapping=_mapping(one), brand=one.brand)
    path = configuration.path(one.path or "")
    if one.kind == "folder":
        return FolderSource(one.name, path, stop_event=stop, mapping=_mapping(one), brand=one.brand)
    file = FileSource(one.name, path, mapping=_mapping(one), brand=one.brand)
    if one.speed == float("inf"):
        return file
    return Paced(file, one.speed, clock, sleep=asyncio.sleep)


def stdin_source(
    name: str, *, mapping: FieldMapping | None = None, brand: str | None = None
) -> StdinSource:
    """Return the source that reads this process's standard input."""
    # Unbuffered: the thread that waits for input must hold no lock that the process needs to end.
    stream = open(standard_input().fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
    return StdinSource(name, stream, mapping=mapping, brand=brand)


def _mapping(one: SourceSettings) -> FieldMapping | None:
    return parse_mapping(one.map) if one.map else None
