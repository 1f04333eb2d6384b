"""Being asked to stop: once gracefully, twice at once."""

import asyncio
import os
import signal

import pytest

from engine.cli.signals import stop_on_signals


@pytest.mark.parametrize("ask", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_asks_for_a_graceful_stop(ask):
    stop = asyncio.Event()
    before = signal.getsignal(ask)

    with stop_on_signals(stop):
        os.kill(os.getpid(), ask)
        await asyncio.wait_for(stop.wait(), timeout=5)

    assert signal.getsignal(ask) in (before, signal.default_int_handler)


async def test_a_second_interrupt_is_python_s_own():
    stop = asyncio.Event()

    with stop_on_signals(stop):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.wait(), timeout=5)

        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
