"""Faust's windowed tables, updated as an agent updates them, with no broker.

The application and its tables are Faust's own, on its memory store; each update runs inside the
event of a message, as in an agent. Two things are left out, in Faust's favour: the message itself
(fetching, decoding, routing), and the changelog that a table sends every new value to.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import faust
from faust.events import Event
from faust.streams import _current_event
from faust.types.tuples import Message
from windows_made import RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from engine.mention import Mention


class _Sent:
    """What sending to the changelog returns: a message that has its partition."""

    class message:  # noqa: N801 - named as Faust reads it
        """The message sent."""

        partition = 0


def hopping(over: timedelta, step: timedelta) -> Callable[[Mention], None]:
    """Return what counts a mention for every rule in a table of windows that hop by ``step``."""
    return _updater("hopping", lambda table: table.hopping(over, step, expires=over))


def tumbling(over: timedelta) -> Callable[[Mention], None]:
    """Return what counts a mention for every rule in windows side by side, which do not slide."""
    return _updater("tumbling", lambda table: table.tumbling(over, expires=over))


def _updater(name: str, windowed: Callable[[Any], Any]) -> Callable[[Mention], None]:
    app = faust.App(f"bench-{name}", broker="kafka://127.0.0.1:1", store="memory://")
    table = app.Table(name, default=int, partitions=1, use_partitioner=True)
    table.send_changelog = lambda *_, **__: _Sent
    counts = windowed(table)

    def update(mention: Mention) -> None:
        at = mention.published_at.timestamp()
        message = Message("mentions", 0, 0, at, 0, None, None, None, None)
        event = Event(app, None, None, None, message)
        _current_event.set(weakref.ref(event))
        handle = mention.author.handle
        for rule in range(RULES):
            counts[rule, handle] += 1

    return update
