"""What the outbox settles as sent takes effect on publishing, and nothing else does."""

from __future__ import annotations

from engine.decision import ActionState
from engine.ports import Settled
from tests.store.samples import LATER, action, plan


async def test_a_suspension_holds_from_the_very_settlement_of_its_action(store):
    params = {"do": "suspend", "scope": "brand"}
    await plan(store, action(1, kind="publishing", params=params))
    await plan(store, action(2, kind="publishing", params=params))
    await store.outbox.settle([Settled("action-2", ActionState.SUPPRESSED)], at=LATER)
    assert await store.suspensions.is_suspended(brand="acme", source="feed") is None
    await store.outbox.settle([Settled("action-1", ActionState.SENT)], at=LATER)
    assert await store.suspensions.is_suspended(brand="acme", source="feed")
    undo = {"do": "restore", "undoes": "action-1", "scope": "brand"}
    await plan(store, action(3, kind="publishing", params=undo))
    await store.outbox.settle([Settled("action-3", ActionState.SENT)], at=LATER)
    assert await store.suspensions.is_suspended(brand="acme", source="feed") is None
