"""Calls that are carried to their end when their caller is cancelled."""

from __future__ import annotations

import asyncio
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
R = TypeVar("R")


def unbroken(method: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Let a call end before its caller's cancellation is passed on.

    A driver that is cancelled between two statements gives its connection up without a rollback:
    on SQLite the write lock then stays taken until the connection is collected, and every other
    writer waits in vain. A call to the store is short, so it is waited for instead.
    """

    @wraps(method)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        call = asyncio.ensure_future(method(*args, **kwargs))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await _end(call)
            raise

    return whole


async def _end(call: asyncio.Future[Any]) -> None:
    while not call.done():
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError:
            # Cancelled once more while waiting; the first one is passed on at the end.
            continue
    if not call.cancelled():
        # Looked at, or asyncio would complain that nobody did.
        call.exception()
