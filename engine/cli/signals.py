"""SIGINT and SIGTERM ask for a graceful stop; a second SIGINT ends at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def stop_on_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set an event on SIGINT or SIGTERM while the block runs."""
    loop = asyncio.get_running_loop()

    def ask() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, ask)
    try:
        yield
    finally:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(one)
