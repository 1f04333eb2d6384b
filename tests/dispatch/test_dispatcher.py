"""One round: what becomes of an action, by how its receiver answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dispatch_bench import BACKOFF, Bench, Gathering, bench

from engine.decision import ActionState, Mode
from engine.dispatch.ends import pause
from engine.dispatch.gates.mode import ModeGate
from engine.errors import (
    PermanentActionError,
    RecoverableActionError,
    UnconfirmedActionError,
)
from engine.ports import Backoff
from engine.reasons import Reason
from engine.testing import NOON, MemoryOutbox, RecordingReceiver, planned

S = ActionState


@pytest.mark.parametrize(
    ("error", "is_idempotent", "state", "reason"),
    [
        pytest.param(None, False, S.SENT, None, id="an answer is the end"),
        pytest.param(
            RecoverableActionError("busy"),
            False,
            S.PLANNED,
            None,
            id="known undone is planned again",
        ),
        pytest.param(
            PermanentActionError("no"),
            True,
            S.FAILED,
            Reason.RECEIVER_REFUSED,
            id="refused is failed",
        ),
        pytest.param(
            UnconfirmedActionError("lost"),
            False,
            S.UNKNOWN,
            Reason.UNCONFIRMED,
            id="lost is unknown",
        ),
        pytest.param(
            UnconfirmedActionError("lost"),
            True,
            S.PLANNED,
            None,
            id="lost is sent again where ids are honoured",
        ),
        pytest.param(
            KeyError("bug"),
            False,
            S.UNKNOWN,
            Reason.UNCONFIRMED,
            id="a bug in the middle of a send is unknown",
        ),
        pytest.param(
            KeyError("bug"), True, S.PLANNED, None, id="a bug is tried again where ids are honoured"
        ),
    ],
)
async def test_the_answer_decides_the_state(error, is_idempotent, state, reason):
    desk, receiver = bench([error], is_idempotent=is_idempotent)
    item = planned()
    desk.outbox.add(item)

    assert await desk.dispatcher().run_once() == 1

    assert (desk.outbox.state(item), desk.outbox.settled[-1].reason) == (state, reason)
    assert [one.action.id for one in receiver.sent] == [item.action.id]


async def test_a_receipt_is_kept():
    desk, _ = bench()
    desk.outbox.add(planned())
    await desk.dispatcher().run_once()
    assert desk.outbox.settled[-1].receipt == {"at": NOON.isoformat()}


async def test_an_action_stands_in_sending_while_it_is_sent():
    seen = []

    class Looking(RecordingReceiver):
        async def send(self, item, *, now):
            seen.append(desk.outbox.state(item))
            return await super().send(item, now=now)

    desk = Bench({"notify": Looking()})
    desk.outbox.add(planned())
    await desk.dispatcher().run_once()
    assert seen == [S.SENDING]


async def test_attempts_are_spaced_and_then_spent():
    desk, receiver = bench([RecoverableActionError("busy")] * 3)
    item = planned()
    desk.outbox.add(item)
    dispatcher = desk.dispatcher()

    await dispatcher.run_once()
    assert await dispatcher.run_once() == 0, "not before its pause is over"
    desk.clock.advance(timedelta(seconds=10))
    await dispatcher.run_once()
    assert desk.outbox.settled[-1].not_before == desk.clock.now() + timedelta(seconds=20)
    desk.clock.advance(timedelta(seconds=20))
    await dispatcher.run_once()

    assert desk.outbox.settled[-1].state is S.FAILED
    assert desk.outbox.settled[-1].reason is Reason.ATTEMPTS_SPENT
    assert len(receiver.sent) == 3


async def test_the_receivers_wish_outweighs_a_shorter_pause():
    wish = timedelta(minutes=30)
    desk, _ = bench([RecoverableActionError("busy", retry_after=wish)])
    desk.outbox.add(planned())
    await desk.dispatcher().run_once()
    assert desk.outbox.settled[-1].not_before == NOON + wish


async def test_spent_without_an_answer_is_unknown_not_failed():
    desk, _ = bench([UnconfirmedActionError("lost")], is_idempotent=True)
    item = planned()
    desk.outbox.add(item)
    once = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=1), attempts=1)
    await desk.dispatcher(backoff=once).run_once()
    assert desk.outbox.state(item) is S.UNKNOWN


async def test_what_no_receiver_carries_out_fails_and_the_rest_goes_on():
    desk, receiver = bench()
    odd, usual = planned("fax", number=1), planned(number=2)
    desk.outbox.add(odd, usual)
    assert await desk.dispatcher().run_once() == 2
    assert (desk.outbox.state(odd), desk.outbox.state(usual)) == (S.FAILED, S.SENT)
    assert "'fax'" in desk.outbox.settled[0].detail + desk.outbox.settled[1].detail
    assert len(receiver.sent) == 1


async def test_recorded_ones_share_one_settlement_and_are_never_claimed():
    class Counting(MemoryOutbox):
        sizes = ()

        async def settle(self, settled, *, at):
            self.sizes = (*self.sizes, len(settled))
            await super().settle(settled, at=at)

        async def claim(self, **asked):
            raise AssertionError(asked)

    receiver = RecordingReceiver(is_record_only=True)
    desk = Bench({"tag": receiver}, outbox=Counting())
    items = [planned("tag", number=number) for number in range(1, 6)]
    desk.outbox.add(*items)
    assert await desk.dispatcher().run_once() == 5
    assert desk.outbox.sizes == (5,)
    assert {desk.outbox.state(item) for item in items} == {S.SENT}


async def test_a_record_that_fails_ends_failed_and_takes_no_other_with_it():
    receiver = RecordingReceiver([None, *[KeyError("bug")] * 2], is_record_only=True)
    desk = Bench({"tag": receiver})
    fine, broken = planned("tag", number=1), planned("tag", number=2)
    desk.outbox.add(fine, broken)
    once = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=1), attempts=1)
    await desk.dispatcher(backoff=once).run_once()
    assert (desk.outbox.state(fine), desk.outbox.state(broken)) == (S.SENT, S.FAILED)


@pytest.mark.parametrize("is_record_only", [True, False], ids=["recorded only", "sent"])
async def test_what_waits_for_a_person_is_left_alone_until_approved(is_record_only):
    desk, receiver = bench(is_record_only=is_record_only)
    item = planned(state=S.AWAITING_APPROVAL)
    desk.outbox.add(item)
    dispatcher = desk.dispatcher()
    assert await dispatcher.run_once() == 0
    desk.outbox.move(item, S.APPROVED)
    assert await dispatcher.run_once() == 1
    assert len(receiver.sent) == 1


@pytest.mark.parametrize("is_record_only", [True, False], ids=["recorded only", "sent"])
async def test_a_gate_holds_back_with_its_reason(is_record_only):
    desk, receiver = bench(is_record_only=is_record_only)
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher(gates=[ModeGate(lambda _: Mode.OFF)]).run_once()
    assert desk.outbox.state(item) is S.SUPPRESSED
    assert desk.outbox.settled[-1].reason is Reason.SHADOW
    assert receiver.sent == []


async def test_a_gate_that_breaks_sends_nothing():
    async def broken(items, *, now):
        raise KeyError(items, now)

    desk, receiver = bench()
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher(gates=[broken]).run_once()
    assert desk.outbox.state(item) is S.PLANNED
    assert receiver.sent == []


async def test_no_more_stand_in_sending_than_are_sent_at_once():
    most_sending = []

    class Watched(MemoryOutbox):
        async def claim(self, *, now, limit, kinds=()):
            claimed = await super().claim(now=now, limit=limit, kinds=kinds)
            most_sending.append(len(await self.interrupted(now=now, limit=1000)))
            return claimed

    receiver = Gathering(release_at=4)
    desk = Bench({"notify": receiver}, outbox=Watched())
    desk.outbox.add(*[planned(number=number) for number in range(1, 31)])
    assert await desk.dispatcher(concurrency=4).run_once() == 30
    assert (receiver.most_in, max(most_sending)) == (4, 4)
    assert len(receiver.sent) == 30


async def test_a_receiver_that_hangs_is_broken_off():
    receiver = Gathering(release_at=99)
    desk = Bench({"notify": receiver})
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher(longest_attempt=timedelta(milliseconds=5)).run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert "TimeoutError" in desk.outbox.settled[-1].detail


@pytest.mark.parametrize(
    ("nature", "state"),
    [
        pytest.param({}, S.UNKNOWN, id="not repeatable: a person has to look"),
        pytest.param({"is_idempotent": True}, S.PLANNED, id="ids are honoured: again"),
        pytest.param({"is_record_only": True}, S.PLANNED, id="nothing left the process: again"),
    ],
)
async def test_recovery_of_what_was_left_in_sending(nature, state):
    desk, receiver = bench(**nature)
    item = planned()
    desk.outbox.add(item)
    await desk.outbox.claim(now=NOON, limit=1)

    assert await desk.dispatcher().recover() == 1

    assert desk.outbox.state(item) is state
    assert receiver.sent == []


async def test_recovery_gives_up_on_what_ends_the_process_each_time():
    desk, _ = bench(is_idempotent=True)
    item = planned()
    desk.outbox.add(item)
    for _attempt in range(3):
        await desk.outbox.claim(now=desk.clock.now(), limit=1)
        await desk.dispatcher().recover()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert desk.outbox.settled[-1].reason is Reason.UNCONFIRMED


async def test_recovery_of_an_action_whose_receiver_is_gone_is_unknown():
    desk = Bench({})
    item = planned()
    desk.outbox.add(item)
    await desk.outbox.claim(now=NOON, limit=1)
    await desk.dispatcher().recover()
    assert desk.outbox.state(item) is S.UNKNOWN


async def test_recovery_waits_for_the_store_and_goes_through_every_batch():
    desk, _ = bench()
    desk.outbox.add(*[planned(number=number) for number in range(1, 8)])
    await desk.outbox.claim(now=NOON, limit=7)
    desk.outbox.outages = 2
    assert await desk.dispatcher(batch=3).recover() == 7
    assert desk.naps == [1.0, 1.0]


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 10), (1, 20), (4, 160), (5, 300), (10_000, 300)],
    ids=["first", "doubled", "doubled four times", "at its longest", "no overflow"],
)
def test_pauses_double_up_to_the_longest(attempts, seconds):
    assert pause(BACKOFF, attempts) == timedelta(seconds=seconds)
