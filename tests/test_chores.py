"""Chores: each in its turn, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from engine.app_chores import Chore, Chores
from engine.errors import StoreError, StoreUnavailableError
from engine.testing import NOON, ManualClock

SECOND = timedelta(seconds=1)


class Diary:
    """Notes when a chore was done; an exception of its script is raised."""

    def __init__(self, *script):
        self.done = []
        self._script = list(script)

    async def __call__(self, now):
        self.done.append((now - NOON) // SECOND)
        fate = self._script.pop(0) if self._script else None
        if fate is not None:
            raise fate


async def live(chores, clock, *, seconds):
    stop = asyncio.Event()

    async def sleep(wait):
        clock.advance(timedelta(seconds=wait))
        if clock.now() - NOON > seconds * SECOND:
            stop.set()

    made = Chores(chores, clock, last=chores[:1], sleep=sleep)
    await made.run(stop)
    await made.finish()


async def test_each_is_done_in_its_turn_and_the_last_at_the_end():
    clock, often, seldom = ManualClock(), Diary(), Diary()
    chores = [Chore("often", 10 * SECOND, often), Chore("seldom", 25 * SECOND, seldom)]
    await live(chores, clock, seconds=60)
    assert often.done == [0, 10, 20, 30, 40, 50, 60, 65]
    assert seldom.done == [0, 25, 50]


async def test_one_that_fails_is_tried_soon_and_keeps_no_other_from_being_done():
    clock = ManualClock()
    bad = Diary(StoreUnavailableError("locked"), KeyError("bug"), StoreError("gone"))
    good = Diary()
    with capture_logs() as logs:
        chores = [Chore("bad", 20 * SECOND, bad), Chore("good", 20 * SECOND, good)]
        await live(chores, clock, seconds=40)
    assert bad.done == [0, 5, 10, 15, 35, 45]
    assert good.done == [0, 20, 40]
    assert [one["log_level"] for one in logs] == ["warning", "error", "error"]
