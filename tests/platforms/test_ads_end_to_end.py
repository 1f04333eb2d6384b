"""From the outbox to the platform and back: pauses, restores, people, crashes, and the log."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from engine.actions.ads.meta import MetaAdsReceiver
from engine.actions.channels import build_receivers
from engine.actions.http import HttpClient
from engine.budget_guard import BudgetLimits
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.gates.budget import BudgetGate
from engine.dispatch.gates.restore_order import RestoreOrderGate
from engine.errors import RecoverableActionError
from engine.ports import Backoff
from engine.testing import NOON, ManualClock
from tests.platforms.ads_parts import account, world
from tests.store.samples import action, plan, states

MINUTE = timedelta(minutes=1)
PAUSE = {"do": "pause", "select": {"tag": ["brand"]}, "restore": "on_resolve"}
CUT = {"do": "budget", "by": -0.3, "select": {"campaign": ["1"]}, "restore": "on_resolve"}


@asynccontextmanager
async def engine(store, server, clock):
    """A dispatcher on a store and a server that listens."""
    limits = BudgetLimits()
    async with HttpClient() as client:
        ads = MetaAdsReceiver([account(server.url)], client, store.changes, limits=limits)
        yield Dispatcher(
            store.outbox,
            build_receivers({}, client, ads=ads),
            clock,
            backoff=Backoff(timedelta(seconds=1), MINUTE, 4),
            gates=(
                RestoreOrderGate(store.restores),
                BudgetGate(store.changes, limits, ads.account),
            ),
        )


@pytest.fixture
async def server():
    found = world()
    async with found.listening():
        yield found
        assert found.complaints == []


def ads(number, params, **more):
    return action(number, kind="ads", params={**params, **more})


def restore(number, of, params):
    return ads(number, params, do="restore", undoes=f"action-{of}", was=params["do"])


async def test_an_incident_that_comes_and_goes_leaves_all_as_it_was_and_in_the_log(store, server):
    clock = ManualClock()
    before = server.values("status"), server.values("daily_budget")
    async with engine(store, server, clock) as dispatcher:
        await plan(store, ads(1, PAUSE), ads(2, CUT))
        await dispatcher.run_once()
        assert server.values("status")["1"] == "PAUSED"
        assert server.values("daily_budget")["1"] == "1400"
        await plan(store, restore(3, 1, PAUSE), restore(4, 2, CUT))
        await dispatcher.run_once()
    assert (server.values("status"), server.values("daily_budget")) == before
    assert set((await states(store)).values()) == {"sent"}
    outcomes = {row["action_id"]: row for row in await store.queries.outcomes(limit=9)}
    receipt = outcomes["action-4"]["payload"]["receipt"]
    assert receipt["undoes"] == "action-2"
    assert [(one["object"], one["before"]) for one in receipt["restored"]] == [("1", "2000")]
    assert (await store.queries.verify_chain()).is_intact


async def test_what_is_throttled_waits_and_then_goes_through_once(store, server):
    clock = ManualClock()
    server.fault("throttled", at="CHANGE")
    async with engine(store, server, clock) as dispatcher:
        await plan(store, ads(1, PAUSE))
        await dispatcher.run_once()
        assert await states(store) == {"action-1": "planned"}
        assert await store.outbox.next_due() == NOON + 7 * MINUTE
        clock.advance(7 * MINUTE)
        await dispatcher.run_once()
    assert await states(store) == {"action-1": "sent"}
    assert [one["count"] for one in server.seen()] == [1, 1]


async def test_an_engine_that_died_in_mid_attempt_finds_what_it_had_done(store, server):
    clock = ManualClock()
    await plan(store, ads(1, PAUSE))
    [item] = await store.outbox.claim(now=NOON, limit=1)
    server.fault("throttled", at="CHANGE /v26.0/2")
    async with HttpClient() as client:
        ads_receiver = MetaAdsReceiver([account(server.url)], client, store.changes)
        with pytest.raises(RecoverableActionError, match="1 of 2 done"):
            await ads_receiver.send(item, now=NOON)
    async with engine(store, server, clock) as again:
        assert await again.recover() == 1
        clock.advance(MINUTE)
        await again.run_once()
    assert await states(store) == {"action-1": "sent"}
    assert [one["count"] for one in server.seen()] == [1, 1]


async def test_a_person_puts_back_what_failed_half_way(store, server):
    clock = ManualClock()
    async with engine(store, server, clock) as dispatcher:
        server.fault("invalid", at="CHANGE /v26.0/2")
        await plan(store, ads(1, PAUSE))
        await dispatcher.run_once()
        assert await states(store) == {"action-1": "failed"}
        assert [row["object"] for row in await store.changes.held()] == ["1"]
        await store.restores.order("action-1", by="zoe", reason="all clear", at=clock.now())
        await dispatcher.run_once()
    assert sorted((await states(store)).values()) == ["failed", "sent"]
    assert server.values("status")["1"] == "ACTIVE"


async def test_what_the_guard_minds_is_never_sent(store, server):
    async with engine(store, server, ManualClock()) as dispatcher:
        await plan(store, ads(1, CUT, by=-0.9))
        await dispatcher.run_once()
    assert await states(store) == {"action-1": "suppressed"}
    [outcome] = await store.queries.outcomes(limit=9)
    assert (outcome["reason"], outcome["detail"]) == (
        "budget",
        "90.0% at once, at most 50.0% is allowed",
    )
    assert server.requests == []
