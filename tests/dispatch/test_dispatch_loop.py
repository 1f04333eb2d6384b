"""The loop over time: outages, waking, stopping."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from dispatch_bench import Bench, Gathering, bench

from engine.decision import ActionState
from engine.errors import (
    RecoverableActionError,
    StoreError,
    StoreUnavailableError,
    StoreUnusableError,
)
from engine.testing import NOON, MemoryOutbox, RecordingReceiver, planned

S = ActionState


async def test_nothing_is_sent_while_the_store_is_away():
    desk, receiver = bench()
    desk.outbox.add(planned())
    desk.outbox.outages = 1
    with pytest.raises(StoreUnavailableError, match="locked"):
        await desk.dispatcher().run_once()
    assert receiver.sent == []


async def test_an_end_is_recorded_however_long_the_store_is_away():
    class Failing(RecordingReceiver):
        async def send(self, item, *, now):
            desk.outbox.outages = 12
            return await super().send(item, now=now)

    receiver = Failing()
    desk = Bench({"notify": receiver})
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher().run_once()
    assert desk.outbox.state(item) is S.SENT
    assert len(receiver.sent) == 1


async def test_a_store_that_is_lost_for_good_stops_the_loop_after_what_is_under_way():
    class Lost(MemoryOutbox):
        async def settle(self, settled, *, at):
            message = f"read-only at {at}, {len(settled)} unsettled"
            raise StoreUnusableError(message)

    receiver = RecordingReceiver()
    desk = Bench({"notify": receiver}, outbox=Lost())
    desk.outbox.add(planned(number=1), planned(number=2))
    with pytest.raises(StoreUnusableError, match="read-only"):
        await desk.dispatcher().run(asyncio.Event(), asyncio.Event())
    assert len(receiver.sent) == 2


async def test_the_loop_sleeps_until_the_next_is_due_and_goes_on_after_outages():
    desk, receiver = bench([RecoverableActionError("busy", retry_after=timedelta(seconds=12))])
    item = planned()
    desk.outbox.add(item)
    stop, wake = asyncio.Event(), asyncio.Event()
    desk.outbox.outages = 1
    desk.on_sleep = lambda: stop.set() if desk.outbox.state(item) is S.SENT else None

    await asyncio.wait_for(desk.dispatcher().run(stop, wake), timeout=5)

    assert desk.naps == [1.0, 5.0, 5.0, 2.0, 5.0]
    assert len(receiver.sent) == 2


async def test_the_loop_does_not_spin_on_what_another_holds():
    class Elsewhere(MemoryOutbox):
        async def claim(self, **asked):
            del asked
            return []

    stop = asyncio.Event()
    desk = Bench({"notify": RecordingReceiver()}, outbox=Elsewhere(), on_sleep=stop.set)
    desk.outbox.add(planned())
    await asyncio.wait_for(desk.dispatcher().run(stop, asyncio.Event()), timeout=5)
    assert desk.naps == [0.2]


async def test_a_new_action_wakes_the_loop():
    receiver = RecordingReceiver()
    desk = Bench({"notify": receiver})
    asleep = asyncio.Event()

    async def sleep(seconds):
        desk.naps.append(seconds)
        asleep.set()
        await asyncio.Event().wait()

    desk.sleep = sleep
    stop, wake = asyncio.Event(), asyncio.Event()
    loop = asyncio.create_task(desk.dispatcher().run(stop, wake))
    await asyncio.wait_for(asleep.wait(), timeout=5)
    asleep.clear()
    desk.outbox.add(planned())
    wake.set()
    await asyncio.wait_for(asleep.wait(), timeout=5)
    for _turn in range(20):
        await asyncio.sleep(0)
    assert len(desk.naps) == 2, "one call wakes it once"
    stop.set()
    await asyncio.wait_for(loop, timeout=5)
    assert len(receiver.sent) == 1


async def test_a_stop_finishes_what_is_under_way_and_begins_nothing_more():
    stop = asyncio.Event()

    class Stopping(RecordingReceiver):
        async def send(self, item, *, now):
            stop.set()
            await asyncio.sleep(0)
            return await super().send(item, now=now)

    desk = Bench({"notify": Stopping()})
    items = [planned(number=number) for number in range(1, 11)]
    desk.outbox.add(*items)
    await desk.dispatcher(concurrency=2).run(stop, asyncio.Event())
    states = [desk.outbox.state(item) for item in items]
    assert states == [S.SENT] * 2 + [S.PLANNED] * 8


async def test_a_stop_does_not_wait_for_ever_for_a_lost_store():
    stop = asyncio.Event()

    class Stopping(RecordingReceiver):
        async def send(self, item, *, now):
            stop.set()
            desk.outbox.outages = 10_000
            return await super().send(item, now=now)

    desk = Bench({"notify": Stopping()})
    item = planned()
    desk.outbox.add(item)
    await asyncio.wait_for(desk.dispatcher().run(stop, asyncio.Event()), timeout=5)
    assert desk.outbox.state(item) is S.SENDING, "the next start finds it there"


async def test_a_cancelled_loop_leaves_no_send_behind():
    receiver = Gathering(release_at=99)
    desk = Bench({"notify": receiver})
    item = planned()
    desk.outbox.add(item)
    loop = asyncio.create_task(desk.dispatcher().run_once())
    await asyncio.wait_for(receiver.begun.wait(), timeout=5)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    receiver.open.set()
    await asyncio.sleep(0)
    assert receiver.sent == []
    assert desk.outbox.state(item) is S.SENDING


class Meddled(MemoryOutbox):
    """Somebody else cancels the first action behind the dispatcher's back."""

    async def settle(self, settled, *, at):
        if any(one.action_id == FIRST.action.id for one in settled):
            message = f"{FIRST.action.id} may not move"
            raise StoreError(message)
        await super().settle(settled, at=at)


FIRST, SECOND = planned(number=1), planned(number=2)


@pytest.mark.parametrize("is_record_only", [True, False], ids=["recorded only", "sent"])
async def test_an_action_moved_by_somebody_else_takes_no_other_down(is_record_only):
    receiver = RecordingReceiver(is_record_only=is_record_only)
    desk = Bench({"notify": receiver}, outbox=Meddled())
    desk.outbox.add(FIRST, SECOND)
    dispatcher = desk.dispatcher()
    await dispatcher.run_once()
    assert await dispatcher.run_once() == 0, "it is not tried over and over"
    assert desk.outbox.state(SECOND) is S.SENT


async def test_recovery_ends_where_something_cannot_be_settled():
    desk = Bench({"notify": RecordingReceiver()}, outbox=Meddled())
    desk.outbox.add(FIRST, SECOND)
    await desk.outbox.claim(now=NOON, limit=2)
    assert await asyncio.wait_for(desk.dispatcher().recover(), timeout=5) == 1
    assert desk.outbox.state(SECOND) is S.UNKNOWN
