"""Random faults, outages and crashes: never a second blind send, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decision import FINAL_STATES, ActionState
from engine.dispatch.dispatcher import Dispatcher
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.ports import Backoff
from engine.testing import ManualClock, MemoryOutbox, planned

BACKOFF = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=8), attempts=4)
S = ActionState

# What the other side does with a send: whether it took effect, and what we hear of it. "crash"
# kills the process there.
FATES = {
    "answered": (True, None),
    "busy": (False, RecoverableActionError("429")),
    "refused": (False, PermanentActionError("400")),
    "cut before the write": (False, UnconfirmedActionError("cut")),
    "cut after the write": (True, UnconfirmedActionError("cut")),
    "bug before": (False, KeyError("bug")),
    "bug after": (True, KeyError("bug")),
    "crash before": (False, asyncio.CancelledError()),
    "crash after": (True, asyncio.CancelledError()),
}


class OtherSide:
    """A platform that counts effects; by `is_idempotent` it honours the action's id."""

    is_record_only = False
    idempotent_for = None

    def account(self, item):
        del item
        return "channel:test"

    def __init__(self, fates, crash, *, is_idempotent):
        self.is_idempotent = is_idempotent
        self.effects = Counter()
        self.sends = Counter()
        self.fates = fates
        self.crash = crash

    async def send(self, item, *, now):
        del now
        self.sends[item.action.id] += 1
        await asyncio.sleep(0)
        took_effect, heard = FATES[self.fates.pop()] if self.fates else FATES["answered"]
        if took_effect and not (self.is_idempotent and self.effects[item.action.id]):
            self.effects[item.action.id] += 1
        if isinstance(heard, asyncio.CancelledError):
            self.crash()
            await asyncio.Event().wait()
        if heard is not None:
            raise heard
        return {}


class Registry:
    def __init__(self, receiver):
        self.receiver = receiver

    def for_item(self, item):
        del item
        return self.receiver


class FlakyOutbox(MemoryOutbox):
    """Goes out of reach, or takes the process with it, at scripted calls."""

    script: list
    crash: object

    def _reach(self):
        event = self.script.pop() if self.script else ""
        if event == "crash":
            self.crash()
        elif event == "away":
            self.outages += 1
        super()._reach()


async def live(fates, store, *, is_idempotent, count):
    """Run processes one after the other, each until it crashes, until all actions have ended."""
    clock = ManualClock()
    running = []

    def crash():
        running[-1].cancel()

    receiver = OtherSide(fates, crash, is_idempotent=is_idempotent)
    outbox = FlakyOutbox()
    outbox.script, outbox.crash = store, crash
    items = [planned(number=number) for number in range(1, count + 1)]
    outbox.add(*items)

    async def sleep(seconds):
        clock.advance(timedelta(seconds=seconds))
        if all(outbox.state(item) in FINAL_STATES | {S.UNKNOWN} for item in items):
            stop.set()
        await asyncio.sleep(0)

    async def process():
        dispatcher = Dispatcher(
            outbox, Registry(receiver), clock, backoff=BACKOFF, sleep=sleep, batch=3, concurrency=2
        )
        await dispatcher.recover()
        await dispatcher.run(stop, asyncio.Event())

    stop = asyncio.Event()
    for _ in range(len(fates) + len(store) + 1):
        running.append(asyncio.create_task(process()))
        await asyncio.wait(running[-1:])
        if not running[-1].cancelled():
            running[-1].result()
            break
    return outbox, receiver, items


STORE = st.lists(st.sampled_from(["", "", "", "away", "crash"]), max_size=12)


@settings(max_examples=150, deadline=None)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), max_size=20), store=STORE)
async def test_without_ids_nothing_that_may_have_taken_effect_is_sent_again(fates, store):
    outbox, receiver, items = await asyncio.wait_for(
        live(fates, store, is_idempotent=False, count=5), timeout=20
    )
    for item in items:
        effects, state = receiver.effects[item.action.id], outbox.state(item)
        assert effects <= 1
        assert state in FINAL_STATES | {S.UNKNOWN}
        assert not (effects and state is S.FAILED), "a failure that took effect"
        assert effects or state is not S.SENT, "sent without an effect"


@settings(max_examples=150, deadline=None)
@given(fates=st.lists(st.sampled_from(sorted(FATES)), max_size=20), store=STORE)
async def test_with_ids_attempts_are_bounded_and_every_action_ends(fates, store):
    outbox, receiver, items = await asyncio.wait_for(
        live(fates, store, is_idempotent=True, count=5), timeout=20
    )
    for item in items:
        assert receiver.effects[item.action.id] <= 1
        assert receiver.sends[item.action.id] <= BACKOFF.attempts
        assert outbox.state(item) in FINAL_STATES | {S.UNKNOWN}
        assert receiver.effects[item.action.id] or outbox.state(item) is not S.SENT
