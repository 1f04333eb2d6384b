"""The gates over a real ledger: what is judged together is held together."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from engine.decision import ActionState
from engine.dispatch.attempt import Attempter
from engine.dispatch.gates.chain import Passage, pass_gates
from engine.dispatch.gates.halt import HaltGate
from engine.dispatch.recall import make_send
from engine.halt import Scope
from engine.ports import Backoff, SourceBatch
from engine.reasons import Reason
from engine.store import Store
from engine.store.erasing import Leave
from engine.store.forgetting import Named
from engine.testing import NOON, ManualClock, RecordingReceiver, mention
from tests.dispatch.answers import ACCOUNT, MINUTE, THANKS, answer, gates

FIRST_WORDS = [
    "amber",
    "basil",
    "cedar",
    "daisy",
    "ember",
    "frost",
    "grape",
    "hazel",
    "iris",
    "jade",
    "kelp",
    "lilac",
]
# A process that stores a wish and is killed before it can do anything else.
KILLED = """
import asyncio, os, signal, sys
from engine.ports import SourceBatch
from engine.store import Store
from engine.testing import NOON, mention

async def main():
    store = await Store.open(sys.argv[1])
    said = mention("STOP", external_id="9", kind="message")
    await store.log.append(SourceBatch("feed", (said,)), observed_at=NOON)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def in_order(store, **limits):
    """The gates that ask the ledger, as a dispatcher asks them."""
    found = gates(store.sends, **limits)
    return [found.bot_loop, found.opt_out, found.mention_changed, found.duplicate, found.caps]


async def stored(store, *items):
    said = tuple(item.mention for item in items)
    await store.log.append(SourceBatch("feed", said), observed_at=NOON)


async def carry_out(store, chain, item, now=NOON):
    """Judge and reserve one action in its turn; return the reason it was held back for, if any."""
    async with store.sends.turn():
        passage = await pass_gates(chain, [item], now=now)
        if passage.held:
            return passage.held[0].by
        await store.sends.reserve(make_send(item, ACCOUNT, now))
        return None


def replies(count, **fields):
    """Replies of which no two say nearly the same."""
    return [
        answer(number + 1, text=f"{FIRST_WORDS[number]} {THANKS[number * 4 :]}", **fields)
        for number in range(count)
    ]


async def test_of_many_replies_approved_at_once_an_author_gets_one(store):
    items = replies(8, author_id="zoe")
    await stored(store, *items)
    chain = in_order(store, duplicates={"likeness": 1.0})
    found = await asyncio.gather(*(carry_out(store, chain, item) for item in items))
    assert sorted(found, key=str) == [None, *[Reason.CAP] * 7]


async def test_of_many_rules_that_answer_a_mention_one_does(store):
    about = mention(external_id="1")
    items = [answer(n, about=about, text=f"{FIRST_WORDS[n]} {n}") for n in range(1, 9)]
    await stored(store, items[0])
    found = await asyncio.gather(*(carry_out(store, in_order(store), item) for item in items))
    assert sorted(found, key=str) == [None, *[Reason.DUPLICATE] * 7]


async def test_after_stop_nothing_is_sent_whatever_waits(store):
    items = replies(4, author_id="zoe", handle="@zoe")
    await stored(store, *items)
    chain = in_order(store, caps={"author": {"most": 9}}, duplicates={"likeness": 1.0})
    assert await carry_out(store, chain, items[0]) is None
    said = mention("stop!", external_id="9", author_id="zoe", in_reply_to="r1")
    await store.log.append(SourceBatch("feed", (said,)), observed_at=NOON)
    for item in items[1:]:
        assert await carry_out(store, chain, item, NOON + MINUTE) is Reason.OPT_OUT
    await store.opt_outs.lift(handle="@zoe", by="tom", reason="she said so", at=NOON)
    assert await carry_out(store, chain, items[1], NOON + MINUTE) is None


class One:
    """The same receiver for every action."""

    def __init__(self):
        self.receiver = RecordingReceiver()

    def for_item(self, item):
        del item
        return self.receiver


async def halted_meanwhile(store):
    await store.halts.halt(Scope("all"), reason="storm", by="ann", at=NOON)


async def opted_out_meanwhile(store):
    said = mention("STOP", external_id="9", author_id="zoe", kind="message")
    await store.log.append(SourceBatch("feed", (said,)), observed_at=NOON)


async def forgotten_meanwhile(store):
    await store.privacy.forget(Named("zoe"), leave=Leave("ann", "request 7", NOON))


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        pytest.param(halted_meanwhile, Reason.HALTED, id="halted"),
        pytest.param(opted_out_meanwhile, Reason.OPT_OUT, id="asked to stop"),
        pytest.param(forgotten_meanwhile, Reason.MENTION_GONE, id="forgotten"),
    ],
)
async def test_what_people_do_while_an_action_is_judged_still_holds_it(store, act, reason):
    item = answer(1, author_id="zoe")
    await stored(store, item)

    async def meanwhile(items, *, now):
        del now
        await act(store)
        return Passage(tuple(items))

    first, again, one = gates(store.sends), gates(store.sends), One()
    halted = HaltGate(store.halts.holding)
    attempter = Attempter(
        one,
        ManualClock(),
        (halted, first.opt_out, first.mention_changed, meanwhile),
        Backoff(MINUTE, MINUTE, 3),
        MINUTE,
        ledger=store.sends,
        last_look=(halted, again.opt_out, again.mention_changed),
    )
    end = await attempter.carry_out(item)
    assert (end.state, end.reason) == (ActionState.SUPPRESSED, reason)
    assert one.receiver.sent == []


async def test_what_is_not_stored_is_not_answered(store):
    assert await carry_out(store, in_order(store), answer(1)) is Reason.MENTION_GONE


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system kills in other ways")
async def test_a_wish_is_heeded_though_the_engine_was_killed_right_after(sqlite_url):
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, sqlite_url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    store = await Store.open(sqlite_url)
    try:
        item = answer(1, author_id="77", handle="@zoe")
        await stored(store, item)
        assert await carry_out(store, in_order(store), item) is Reason.OPT_OUT
    finally:
        await store.close()
