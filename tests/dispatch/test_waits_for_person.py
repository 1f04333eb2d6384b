"""A reply that only a person may let through: back to the queue, approved, and sent once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dispatch_bench import BACKOFF, Bench, ByKind, bench
from pack_doubles import PACKS, World

from engine.decision import ActionState, Mode
from engine.dispatch.disclosure import Disclosing
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.gates.chain import Held, Passage
from engine.dispatch.gates.pack_caps import PackCapsGate
from engine.dispatch.gates.platform import PlatformGate
from engine.errors import StoreUnavailableError, UnconfirmedActionError
from engine.reasons import Reason
from engine.receiving import LookedUp
from engine.testing import NOON, ManualClock, RecordingReceiver, planned
from tests.approval.people import approve, outcomes, reject
from tests.approval.people import reply as draft
from tests.store.samples import plan, states

S = ActionState
MINUTE = timedelta(minutes=1)
# What reddit asks, for the source that the store's samples come from.
STRICT = {"import": replace(PACKS["reddit"], id="import", disclosure={"en": "By a machine."})}


def engine_of(store, packs=STRICT):
    """A dispatcher on a store that judges by packs, and what it would send by."""
    receiver = RecordingReceiver()
    world = World(packs=packs)
    facts = replace(world.facts, ledger=store.sends, verdicts=store.verdicts.of)
    dispatcher = Dispatcher(
        store.outbox,
        ByKind({"reply": receiver}),
        ManualClock(NOON + MINUTE),
        backoff=BACKOFF,
        gates=(PlatformGate(facts), PackCapsGate(facts)),
        ledger=store.sends,
        complete=Disclosing(facts),
    )
    return dispatcher, receiver


async def planned_alone(store):
    """Plan a reply that no rule wants a person for."""
    alone = draft(approval="none", state=S.PLANNED, mode=Mode.ENFORCE)
    await plan(store, alone)


async def test_it_goes_to_the_queue_and_from_there_once_approved(store):
    await planned_alone(store)
    dispatcher, receiver = engine_of(store)

    await dispatcher.run_once()

    assert (receiver.sent, await states(store)) == ([], {"action-1": "awaiting_approval"})
    assert await store.sends.since(NOON) == []
    [row] = await store.queries.actions(limit=5)
    assert (row["reason"], row["attempts"]) == ("platform", 0)
    assert row["detail"].startswith("import: nobody is answered there without a person")
    [waiting] = await store.verdicts.queue(now=NOON)
    assert waiting["id"] == "action-1"
    assert await dispatcher.run_once() == 0

    await approve(store, "lea")
    await dispatcher.run_once()

    assert await states(store) == {"action-1": "sent"}
    assert [one.action.params["text"] for one in receiver.sent] == ["We are sorry"]
    assert await dispatcher.run_once() == 0
    assert [row[2] for row in await outcomes(store)] == ["approved", "sent"]


async def test_it_is_never_sent_once_rejected(store):
    await planned_alone(store)
    dispatcher, receiver = engine_of(store)
    await dispatcher.run_once()
    await reject(store, "lea")
    await dispatcher.run_once()
    assert (receiver.sent, await states(store)) == ([], {"action-1": "cancelled"})


async def test_what_needs_nobody_says_that_nobody_reviewed_it(store):
    await planned_alone(store)
    anyone = PACKS["youtube"].automatic.ANYONE
    dispatcher, receiver = engine_of(store, {"import": replace(STRICT["import"], automatic=anyone)})
    await dispatcher.run_once()
    assert [one.action.params["text"] for one in receiver.sent] == ["We are sorry\n\nBy a machine."]
    [row] = await store.queries.actions(limit=5)
    assert row["params"]["text"] == "We are sorry"


def for_person(is_open):
    async def gate(items, *, now):
        del now
        held = [Held(one, Reason.PLATFORM, "shut", for_person=True) for one in items]
        return Passage(tuple(items)) if is_open else Passage((), tuple(held))

    return gate


async def test_what_may_have_been_sent_goes_to_no_queue():
    desk, receiver = bench([UnconfirmedActionError("lost")], is_idempotent=True)
    item = planned()
    desk.outbox.add(item)
    await desk.dispatcher(gates=[for_person(is_open=True)]).run_once()
    desk.clock.advance(5 * MINUTE)
    await desk.dispatcher(gates=[for_person(is_open=False)]).run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    assert len(receiver.sent) == 1


class Whole(RecordingReceiver):
    """Looks for the very text that it was sent."""

    async def look_up(self, item, *, now):
        del now
        sent = [one.action.params["text"] for one in self.sent]
        return LookedUp(is_there=item.action.params["text"] in sent)


async def exclaimed(item):
    params = {**item.action.params, "text": f"{item.action.params['text']}!"}
    return replace(item, action=replace(item.action, params=params))


async def test_what_was_sent_is_looked_for_as_it_was_sent():
    receiver = Whole([UnconfirmedActionError("lost")])
    desk, item = Bench({"notify": receiver}), planned()
    desk.outbox.add(item)
    dispatcher = desk.dispatcher(complete=exclaimed)
    await dispatcher.run_once()
    assert desk.outbox.state(item) is S.UNKNOWN
    desk.clock.advance(MINUTE)
    await dispatcher.run_once()
    assert desk.outbox.state(item) is S.SENT


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), RuntimeError("a bug")])
async def test_what_cannot_be_made_whole_is_not_sent_and_tried_again(error):
    failing = [error]

    async def complete(item):
        if failing:
            raise failing.pop()
        return item

    desk, receiver = bench()
    item = planned()
    desk.outbox.add(item)
    dispatcher = desk.dispatcher(complete=complete)
    await dispatcher.run_once()
    assert (desk.outbox.state(item), receiver.sent) == (S.PLANNED, [])
    desk.clock.advance(MINUTE)
    await dispatcher.run_once()
    assert (desk.outbox.state(item), len(receiver.sent)) == (S.SENT, 1)
