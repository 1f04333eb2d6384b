"""Doubt: what may have happened is never called failed or suppressed, and is looked back for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dispatch_bench import Bench, bench

from engine.decision import ActionState
from engine.dispatch.ends import LookBack
from engine.dispatch.gates.chain import Held, Passage
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.reasons import Reason
from engine.receiving import LookedUp
from engine.testing import NOON, RecordingReceiver, planned

S = ActionState
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Glass(RecordingReceiver):
    """A receiver that can be looked back at, and answers looks as scripted."""

    def __init__(self, script=(), looks=(), **nature):
        super().__init__(script, **nature)
        self.looks = list(looks)
        self.looked = 0

    async def look_up(self, item, *, now):
        del item, now
        self.looked += 1
        found = self.looks.pop(0) if self.looks else LookedUp(None)
        if isinstance(found, Exception):
            raise found
        return found


def glass(script, looks, **nature):
    receiver = Glass(script, looks, **nature)
    desk = Bench({"notify": receiver})
    item = planned()
    desk.outbox.add(item)
    return desk, receiver, item


def shut(reason=Reason.HALTED, until=None):
    async def gate(items, *, now):
        del now
        return Passage((), tuple(Held(one, reason, "shut", until) for one in items))

    return gate


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(PermanentActionError("gone"), id="refused for good"),
        pytest.param(RecoverableActionError("busy"), id="attempts spent"),
    ],
)
async def test_a_refusal_after_a_lost_answer_is_unknown_not_failed(then):
    desk, receiver = bench([UnconfirmedActionError("lost"), then, then], is_idempotent=True)
    item = planned()
    desk.outbox.add(item)
    dispatcher = desk.dispatcher()
    for _ in range(3):
        await dispatcher.run_once()
        desk.clock.advance(5 * MINUTE)
    assert desk.outbox.state(item) is S.UNKNOWN
    assert len(receiver.sent) >= 2


async def test_a_gate_that_shuts_after_a_lost_answer_leaves_it_unknown():
    desk, receiver = bench([UnconfirmedActionError("lost")], is_idempotent=True)
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher().run_once()
    desk.clock.advance(MINUTE)
    await desk.dispatcher(gates=[shut()]).run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert "not tried again" in desk.outbox.settled[-1].detail
    assert len(receiver.sent) == 1


async def test_an_id_that_is_honoured_for_an_hour_is_trusted_for_half_of_it():
    desk, receiver = bench([UnconfirmedActionError("lost")], is_idempotent=True)
    receiver.idempotent_for = timedelta(hours=1)
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher().run_once()
    assert desk.outbox.state(item) is S.PLANNED
    desk.clock.advance(timedelta(minutes=30))
    await desk.dispatcher().run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert len(receiver.sent) == 1, "sending again could have doubled it"


async def test_an_id_is_not_trusted_where_the_clock_was_set_back():
    desk, receiver = bench(is_idempotent=True)
    receiver.idempotent_for = timedelta(hours=1)
    item = planned()
    desk.outbox.add(item)
    await desk.outbox.claim(now=desk.clock.now(), limit=1)
    desk.clock.advance(-timedelta(hours=3))
    await desk.dispatcher().recover()
    assert desk.outbox.state(item) is S.UNKNOWN, "nobody knows how long ago it was begun"


async def test_a_look_finds_it():
    desk, receiver, item = glass(
        [UnconfirmedActionError("lost")], [LookedUp(is_there=True, receipt={"remote_id": "9"})]
    )
    dispatcher = desk.dispatcher()
    await dispatcher.run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    desk.clock.advance(5 * SECOND)
    await dispatcher.run_once()
    assert desk.outbox.state(item) is S.SENT
    assert desk.outbox.settled[-1].receipt == {"remote_id": "9"}
    assert len(receiver.sent) == 1


async def test_an_absence_is_believed_only_once_nothing_can_be_on_its_way():
    desk, receiver, item = glass([UnconfirmedActionError("lost")], [LookedUp(is_there=False)] * 9)
    dispatcher = desk.dispatcher(look_back=LookBack(settled=2 * MINUTE))
    await dispatcher.run_once()
    for _ in range(11):
        desk.clock.advance(10 * SECOND)
        await dispatcher.run_once()
        assert len(receiver.sent) == 1
    desk.clock.advance(2 * MINUTE)
    await dispatcher.run_once()
    await dispatcher.run_once()
    assert desk.outbox.state(item) is S.SENT
    assert len(receiver.sent) == 2


async def test_what_no_look_settles_is_left_to_a_person():
    looks = [RecoverableActionError("away"), *[LookedUp(None)] * 99]
    desk, receiver, item = glass([UnconfirmedActionError("lost")], looks)
    dispatcher = desk.dispatcher()
    await dispatcher.run_once()
    for _ in range(200):
        due = await desk.outbox.next_due()
        if due is None:
            break
        desk.clock.advance(max(due - desk.clock.now(), SECOND))
        await dispatcher.run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert await desk.outbox.next_due() is None, "nobody looks any more"
    assert 5 <= receiver.looked <= 60
    assert len(receiver.sent) == 1


async def test_what_a_gate_stops_in_doubt_is_still_looked_back_for():
    desk, receiver, item = glass(
        [UnconfirmedActionError("lost")], [LookedUp(is_there=True)], is_idempotent=True
    )
    await desk.dispatcher().run_once()
    assert desk.outbox.state(item) is S.PLANNED
    desk.clock.advance(MINUTE)
    await desk.dispatcher(gates=[shut()]).run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    desk.clock.advance(MINUTE)
    await desk.dispatcher(gates=[shut()]).run_once()
    assert desk.outbox.state(item) is S.SENT
    assert len(receiver.sent) == 1


async def test_a_wait_at_a_gate_is_no_attempt():
    desk, receiver = bench()
    item = planned()
    desk.outbox.add(item)
    until = NOON + MINUTE
    await desk.dispatcher(gates=[shut(Reason.QUIET_HOURS, until)]).run_once()
    assert desk.outbox.state(item) is S.PLANNED
    assert desk.outbox.settled[-1].not_before == until
    for _ in range(9):
        desk.clock.advance(2 * MINUTE)
        later = desk.clock.now() + MINUTE
        await desk.dispatcher(gates=[shut(Reason.QUIET_HOURS, later)]).run_once()
    desk.clock.advance(2 * MINUTE)
    await desk.dispatcher().run_once()
    assert desk.outbox.state(item) is S.SENT
    assert len(receiver.sent) == 1
