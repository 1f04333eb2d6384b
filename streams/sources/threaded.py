"""Driving a blocking generator from the event loop without blocking it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, closing, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

T = TypeVar("T")


async def in_thread(generator: Generator[T, None, None]) -> AsyncIterator[T]:
    """Yield what a generator yields, each step in a thread; closes it when iteration stops."""
    try:
        while (item := await _step(generator)) is not None:
            yield item
    finally:
        generator.close()


async def _step(generator: Generator[T, None, None]) -> T | None:
    step = asyncio.ensure_future(asyncio.to_thread(next, generator, None))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        # A generator cannot be closed while it runs: its step is short, so wait for it.
        await asyncio.wait([step])
        step.exception()
        raise


async def in_own_thread(generator: Generator[T, None, None]) -> AsyncIterator[T]:
    """Yield what a generator yields that may wait for ever, from a thread nobody waits for.

    One item is read ahead. The thread is a daemon: left waiting for its input, it ends with the
    process.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[T | BaseException | None] = asyncio.Queue()
    wanted = threading.Semaphore(1)
    is_stopped = threading.Event()

    def send(item: T | BaseException | None) -> None:
        # The loop may be gone by the time a line comes.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(items.put_nowait, item)

    def run() -> None:
        try:
            with closing(generator):
                for item in generator:
                    wanted.acquire()
                    if is_stopped.is_set():
                        return
                    send(item)
        except BaseException as error:  # noqa: BLE001 - handed to the loop, which raises it
            send(error)
        else:
            send(None)

    threading.Thread(target=run, daemon=True, name="source").start()
    try:
        while (item := await items.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
            wanted.release()
    finally:
        is_stopped.set()
        wanted.release()


@asynccontextmanager
async def closing_iterator(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Hand an iterator out and close it at the end, however that comes.

    An asynchronous generator that is left half-way is else closed whenever it is collected.
    """
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
