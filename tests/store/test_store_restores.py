"""Restores: those whose originals were never sent, and those that people order."""

from __future__ import annotations

import pytest

from engine.changes import Change
from engine.decision import ActionState, Mode
from engine.errors import StoreError
from engine.ports import Settled
from engine.reasons import Reason
from engine.testing import NOON
from tests.store.samples import LATER, action, plan, states

ADS = {"do": "pause", "select": {"tag": ["brand"]}, "restore": "on_resolve"}
SENT, FAILED = ActionState.SENT, ActionState.FAILED
AWAITING = ActionState.AWAITING_APPROVAL


def pause(number=1, **fields):
    return action(number, kind="ads", params=ADS, **fields)


def restore(number=2, of=1, **fields):
    params = {**ADS, "do": "restore", "undoes": f"action-{of}", "was": "pause"}
    return action(number, kind="ads", params=params, **fields)


async def ended(store, state, name="action-1"):
    await store.outbox.claim(now=LATER, limit=5)
    await store.outbox.settle([Settled(name, state)], at=LATER)


async def changed(store, name="action-1"):
    one = Change(name, "account:main", "7", "status", "ACTIVE", "PAUSED", NOON)
    await store.changes.begin(one)


@pytest.mark.parametrize(
    "state", [ActionState.PLANNED, AWAITING], ids=["waits for its turn", "waits for a person"]
)
async def test_an_original_that_still_waits_is_cancelled_and_its_restore_needs_nothing(
    store, state
):
    await plan(store, pause(state=state, mode=Mode.DRAFT))
    await plan(store, restore(state=state), recorded_at=LATER)

    assert await states(store) == {"action-1": "cancelled", "action-2": "suppressed"}
    outcomes = await store.queries.outcomes(limit=9)
    assert [(row["action_id"], row["state"], row["reason"]) for row in outcomes] == [
        ("action-2", "suppressed", "nothing_to_restore"),
        ("action-1", "cancelled", "expired"),
    ]
    assert outcomes[0]["detail"] == f"what it undoes was still {state}"
    assert (await store.queries.verify_chain()).is_intact


async def test_what_resolves_as_it_enters_does_neither(store):
    await plan(store, pause(), restore())
    assert await states(store) == {"action-1": "cancelled", "action-2": "suppressed"}


async def test_what_was_sent_or_is_under_way_is_put_back(store):
    await plan(store, pause())
    await store.outbox.claim(now=LATER, limit=5)
    await plan(store, restore(2))
    await store.outbox.settle([Settled("action-1", SENT)], at=LATER)
    await plan(store, restore(3))
    assert await states(store) == {
        "action-1": "sent",
        "action-2": "planned",
        "action-3": "planned",
    }


async def test_what_was_tried_and_is_to_be_tried_again_ends_and_is_put_back_as_far_as_it_went(
    store,
):
    await plan(store, pause())
    await ended(store, ActionState.PLANNED)
    await plan(store, restore())
    assert await states(store) == {"action-1": "cancelled", "action-2": "planned"}


@pytest.mark.parametrize(("is_changed", "state"), [(True, "planned"), (False, "suppressed")])
async def test_of_what_failed_only_a_change_that_is_open_is_put_back(store, is_changed, state):
    await plan(store, pause())
    if is_changed:
        await changed(store)
    await ended(store, FAILED)
    await plan(store, restore())
    assert await states(store) == {"action-1": "failed", "action-2": state}


async def test_an_original_that_was_held_back_from_the_start_has_nothing_to_restore(store):
    held = pause(state=ActionState.SUPPRESSED, reason=Reason.COOLDOWN)
    await plan(store, held)
    await plan(store, restore(), restore(3, of=99))
    assert await states(store) == {
        "action-1": "suppressed",
        "action-2": "suppressed",
        "action-3": "suppressed",
    }


async def test_said_again_nothing_moves_and_nothing_is_logged_twice(store):
    await plan(store, pause())
    await plan(store, restore())
    before = await store.queries.outcomes(limit=9)
    await plan(store, restore())
    assert await store.queries.outcomes(limit=9) == before


async def test_a_person_orders_a_restore_once_while_it_waits_and_again_once_it_failed(store):
    await plan(store, pause())
    await changed(store)
    await ended(store, SENT)
    first = await store.restores.order("action-1", by="zoe", reason="it is over", at=LATER)
    assert await store.restores.order("action-1", by="max", reason="too", at=LATER) == first
    [item] = await store.outbox.claim(now=LATER, limit=5)
    assert (item.action.id, item.action.mode, item.action.kind) == (first, Mode.ENFORCE, "ads")
    assert item.action.params == {
        **ADS,
        "do": "restore",
        "undoes": "action-1",
        "was": "pause",
        "ordered_by": "zoe",
        "why": "it is over",
    }
    await store.outbox.settle([Settled(first, FAILED)], at=LATER)
    again = await store.restores.order("action-1", by="max", reason="again", at=LATER)
    assert again != first
    acts = [row for row in await store.queries.outcomes(limit=9) if row["kind"] == "restore"]
    assert [(row["payload"]["by"], row["payload"]["why"]) for row in acts] == [
        ("max", "again"),
        ("zoe", "it is over"),
    ]


@pytest.mark.parametrize(
    ("named", "by", "reason", "said"),
    [
        ("action-1", "", "why", "somebody"),
        ("action-1", "zoe", " ", "somebody"),
        ("action-9", "zoe", "why", "'action-9'"),
        ("action-2", "zoe", "why", "'action-2'"),
    ],
)
async def test_an_order_names_who_why_and_what_changed_something(store, *, named, by, reason, said):
    await plan(store, pause())
    await store.outbox.claim(now=LATER, limit=5)
    await plan(store, restore())
    with pytest.raises(StoreError, match=said):
        await store.restores.order(named, by=by, reason=reason, at=LATER)


async def test_gates_are_told_where_originals_stand_and_what_is_open(store):
    await plan(store, pause())
    await changed(store)
    names = ["action-1", "action-9"]
    assert await store.restores.states(names) == {"action-1": ActionState.PLANNED}
    assert await store.restores.changed(names) == {"action-1"}
