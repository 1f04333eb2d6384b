"""The outbox: each action claimed once, moved only as allowed, logged once."""

import asyncio
from datetime import timedelta

import pytest

from engine.decision import ALLOWED_MOVES, ActionState, Severity
from engine.errors import StoreError
from engine.ports import Settled
from engine.reasons import Reason
from engine.store import Store
from engine.testing import NOON
from tests.store.samples import LATER, action, plan, states

SENT = ActionState.SENT
SOON = NOON + timedelta(minutes=1)


def ids(items):
    return [item.action.id for item in items]


async def test_a_claimed_action_is_sending_with_an_attempt(store):
    await plan(store, action(1))
    [item] = await store.outbox.claim(now=LATER, limit=5)

    assert (item.action.state, item.attempts) == (ActionState.SENDING, 0)
    assert (item.policy, item.rule, item.created_at) == ("care", "angry", NOON)
    assert item.mention.text == "hello acme, number 1"
    assert item.action.params == {"channel": "team", "text": "look"}
    assert await states(store) == {"action-1": "sending"}
    found = await store.queries.mention("import:1")
    [attempt] = found["decisions"][0]["actions"][0]["attempts"]
    assert (attempt["number"], attempt["started_at"]) == (1, "2026-03-02T12:05:00Z")
    assert await store.outbox.claim(now=LATER, limit=5) == []


async def test_the_gravest_come_first_then_the_oldest(store):
    await plan(store, action("minor-new"), at=LATER)
    await plan(store, action("minor-old"), at=NOON)
    await plan(store, action("critical-new"), severity=Severity.CRITICAL, at=LATER)
    await plan(store, action("info"), severity=Severity.INFO, at=NOON)
    wanted = ["action-critical-new", "action-minor-old", "action-minor-new", "action-info"]

    assert ids(await store.outbox.due(now=LATER, limit=9)) == wanted
    assert ids(await store.outbox.claim(now=LATER, limit=2)) == wanted[:2]
    assert ids(await store.outbox.claim(now=LATER, limit=9)) == wanted[2:]


async def test_due_moves_nothing(store):
    await plan(store, action(1))
    assert ids(await store.outbox.due(now=NOON, limit=5)) == ["action-1"]
    assert ids(await store.outbox.due(now=NOON, limit=5)) == ["action-1"]
    assert await states(store) == {"action-1": "planned"}


async def test_only_the_kinds_asked_for_are_claimed(store):
    await plan(store, action(1, kind="tag"), action(2, kind="reply"), action(3))
    assert ids(await store.outbox.due(now=NOON, limit=5, kinds=("tag",))) == ["action-1"]
    assert ids(await store.outbox.claim(now=NOON, limit=5, kinds=("reply",))) == ["action-2"]


async def test_what_waits_for_a_person_is_claimed_once_approved(store):
    await plan(store, action(1, state=ActionState.AWAITING_APPROVAL))
    assert await store.outbox.claim(now=LATER, limit=5) == []
    assert await store.outbox.next_due() is None
    await store.outbox.settle([Settled("action-1", ActionState.APPROVED)], at=NOON)
    assert await store.outbox.next_due() == NOON
    assert ids(await store.outbox.claim(now=LATER, limit=5)) == ["action-1"]


async def test_two_claimers_at_once_never_get_the_same_action(store, store_url):
    await plan(store, *(action(number) for number in range(60)))
    other = await Store.open(store_url)
    try:
        claims = [one.outbox.claim(now=LATER, limit=7) for _ in range(6) for one in (store, other)]
        claimed = [action_id for items in await asyncio.gather(*claims) for action_id in ids(items)]
    finally:
        await other.close()
    assert len(claimed) == len(set(claimed))
    left = ids(await store.outbox.claim(now=LATER, limit=60))
    assert sorted([*claimed, *left]) == sorted(f"action-{number}" for number in range(60))


async def test_a_refused_attempt_waits_until_it_may_be_tried_again(store):
    await plan(store, action(1))
    await store.outbox.claim(now=NOON, limit=1)
    again = Settled("action-1", ActionState.PLANNED, detail="busy", not_before=LATER)
    await store.outbox.settle([again], at=SOON)

    assert await store.outbox.next_due() == LATER
    assert await store.outbox.claim(now=SOON, limit=1) == []
    [item] = await store.outbox.claim(now=LATER, limit=1)
    assert item.attempts == 1
    assert (await store.queries.counts())["outcomes"] == 0
    [first, second] = (await store.queries.mention("import:1"))["decisions"][0]["actions"][0][
        "attempts"
    ]
    assert (first["result"], first["detail"]) == ("planned", "busy")
    assert (second["result"], second["ended_at"]) == (None, None)


async def test_next_due_of_a_fresh_action_is_when_it_was_recorded(store):
    assert await store.outbox.next_due() is None
    await plan(store, action(1), recorded_at=SOON)
    assert await store.outbox.next_due() == SOON


async def test_a_sent_action_has_one_outcome_with_its_receipt(store):
    await plan(store, action(1))
    await store.outbox.claim(now=NOON, limit=1)
    sent = Settled("action-1", SENT, detail="fine", receipt={"id": "r-9"})
    await store.outbox.settle([sent], at=LATER)
    await store.outbox.settle([sent], at=LATER + timedelta(hours=1))

    [outcome] = await store.queries.outcomes()
    assert outcome["state"] == "sent"
    assert outcome["payload"]["receipt"] == {"id": "r-9"}
    assert outcome["payload"]["attempts"] == 1
    assert outcome["at"] == "2026-03-02T12:05:00Z"
    assert "look" not in str(outcome), "the log names what was sent by its hash"
    [row] = await store.queries.actions()
    assert (row["state"], row["receipt"], row["detail"]) == ("sent", {"id": "r-9"}, "fine")


async def test_a_record_only_action_is_sent_without_an_attempt(store):
    await plan(store, action(1, kind="tag"))
    await store.outbox.settle([Settled("action-1", SENT)], at=NOON)
    assert await states(store) == {"action-1": "sent"}
    assert (await store.queries.outcomes())[0]["payload"]["attempts"] == 0


async def test_an_unknown_end_is_logged_and_so_is_what_it_proved_to_be(store):
    await plan(store, action(1))
    await store.outbox.claim(now=NOON, limit=1)
    unknown = Settled("action-1", ActionState.UNKNOWN, Reason.UNCONFIRMED)
    await store.outbox.settle([unknown], at=NOON)
    await store.outbox.settle([unknown], at=NOON)
    await store.outbox.settle([Settled("action-1", SENT)], at=LATER)
    found = [(row["state"], row["reason"]) for row in await store.queries.outcomes(after_seq=0)]
    assert found == [("unknown", "unconfirmed"), ("sent", None)]


async def test_an_unknown_action_may_be_sent_again_with_a_new_attempt(store):
    await plan(store, action(1))
    await store.outbox.claim(now=NOON, limit=1)
    steps = [ActionState.UNKNOWN, ActionState.SENDING, SENT]
    await store.outbox.settle([Settled("action-1", state) for state in steps], at=LATER)
    tried = (await store.queries.mention("import:1"))["decisions"][0]["actions"][0]["attempts"]
    assert [(one["number"], one["result"]) for one in tried] == [(1, "unknown"), (2, "sent")]


async def bring_to(store, state):
    """Bring action-1 to a state by allowed moves."""
    start = ActionState.PLANNED
    if state in {ActionState.AWAITING_APPROVAL, ActionState.APPROVED}:
        start = ActionState.AWAITING_APPROVAL
    await plan(store, action(1, state=start))
    through = {
        ActionState.FAILED: [ActionState.SENDING],
        ActionState.UNKNOWN: [ActionState.SENDING],
    }
    steps = through.get(state, []) + ([state] if state is not start else [])
    await store.outbox.settle([Settled("action-1", step) for step in steps], at=NOON)


@pytest.mark.parametrize("before", list(ActionState))
async def test_only_allowed_moves_are_made_from(store, before):
    await bring_to(store, before)
    logged = (await store.queries.counts())["outcomes"]
    for after in ActionState:
        if after in ALLOWED_MOVES[before] or (after is before and logged):
            continue
        with pytest.raises(StoreError, match=f"action-1 cannot move from {before} to {after}"):
            await store.outbox.settle([Settled("action-1", after)], at=NOON)
    assert await states(store) == {"action-1": before}
    assert (await store.queries.counts())["outcomes"] == logged


async def test_one_move_that_is_not_allowed_undoes_the_whole_call(store):
    await plan(store, action(1), action(2))
    with pytest.raises(StoreError, match="action-2 cannot move from planned to failed"):
        await store.outbox.settle(
            [Settled("action-1", SENT), Settled("action-2", ActionState.FAILED)], at=NOON
        )
    with pytest.raises(StoreError, match="action nobody is not in the store"):
        await store.outbox.settle([Settled("action-1", SENT), Settled("nobody", SENT)], at=NOON)
    assert await states(store) == {"action-1": "planned", "action-2": "planned"}
    assert (await store.queries.counts())["outcomes"] == 0


async def test_what_a_dead_process_left_sending_is_found_after_a_restart(store, store_url):
    await plan(store, action(1), action(2))
    await store.outbox.claim(now=NOON, limit=1)
    other = await Store.open(store_url)
    try:
        [item] = await other.outbox.interrupted(now=NOON - timedelta(days=1), limit=5)
    finally:
        await other.close()
    assert (item.action.id, item.action.state, item.attempts) == ("action-1", "sending", 0)
