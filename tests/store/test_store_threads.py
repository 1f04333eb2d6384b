"""Which notice was the first about an incident, in both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.decision import Action, ActionState, Mode, Phase
from engine.incidents import Incidents
from engine.ports import Decided, Settled
from engine.store.incidents import record_incidents
from engine.testing import mention
from tests.incidents.stories import enters, firing, minute
from tests.store.samples import action, batch, mentions, plan


def notice(number, channel="team", **params):
    return Action(
        f"notice-{number}",
        "notify",
        0,
        {"channel": channel, **params},
        Mode.ENFORCE,
        ActionState.PLANNED,
    )


async def told(store, at, *notices, rule="surge", since=0, **fields):
    """Store a firing's telling with its notices."""
    counts = await store.queries.counts()
    await store.log.append(batch(*mentions(1, start=counts["mentions"] + 1)), observed_at=minute(0))
    [entry] = await store.log.undecided(limit=10)
    decision = firing(Phase.TOLD, rule, at, since=since, actions=notices, step=at, **fields)
    decision = replace(decision, mention=entry.mention.id)
    decided = Decided(entry.seq, entry.mention, (), (), over_time=(decision,))
    await store.log.record([decided], state={}, at=minute(at))


async def sent(store, number, at):
    """Send a notice; its receipt tells it apart."""
    claimed = await store.outbox.claim(now=minute(at), limit=100)
    ours = f"notice-{number}"
    for item in claimed:
        is_ours = item.action.id == ours
        state = ActionState.SENT if is_ours else ActionState.PLANNED
        receipt = {"ts": ours} if is_ours else {}
        one = Settled(item.action.id, state, receipt=receipt)
        await store.outbox.settle([one], at=minute(at))


async def first(store, number, channel="team"):
    found = await store.threads.first_notice(f"notice-{number}", channel=channel)
    return None if found is None else found["ts"]


async def incident(store, *rules):
    incidents = Incidents()
    changes = [one for rule in rules for one in incidents.apply(enters(rule, 0), mention())]
    async with store._database.write() as connection:
        await record_incidents(connection, changes, causes={}, followed=0, at=minute(0))
    [opened] = incidents.open()
    return opened.id


async def test_the_notices_of_one_firing_follow_its_first(store):

    await told(store, 0, notice(1))
    assert await first(store, 1) is None
    await sent(store, 1, 0)
    await told(store, 5, notice(2), notice(3, "other"))
    assert await first(store, 2) == "notice-1"
    assert await first(store, 3, "other") is None
    await sent(store, 2, 5)
    await told(store, 9, notice(4))
    assert await first(store, 4) == "notice-1"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"rule": "spike"}, id="another rule's"),
        pytest.param({"key": {"brand": "rival"}}, id="of another key"),
        pytest.param({"since": 4}, id="a later one"),
    ],
)
async def test_other_firings_stand_for_themselves(store, other):
    await told(store, 0, notice(1))
    await sent(store, 1, 0)
    await told(store, 5, notice(2), **{"rule": "surge", **other})
    assert await first(store, 2) is None


async def test_all_that_one_incident_holds_stands_together(store):
    named = await incident(store, "surge", "spike")
    await told(store, 0, notice(1))
    await sent(store, 1, 0)
    await told(store, 5, notice(2), rule="spike")
    await told(store, 6, notice(3, incident=named), key={"incident": named})
    assert await first(store, 2) == "notice-1"
    assert await first(store, 3) == "notice-1"


async def test_what_was_not_sent_leads_nothing(store):
    await told(store, 0, notice(1))
    await told(store, 5, notice(2))
    assert await first(store, 2) is None


async def test_a_notice_about_a_mention_alone_has_no_thread(store):
    await plan(store, action("a"), action("b", index=1))
    assert await store.threads.first_notice("action-a", channel="team") is None
    assert await store.threads.first_notice("unheard-of", channel="team") is None
