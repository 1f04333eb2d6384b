"""Halts and doubts in both databases: what people throw, lift and tell, and that the log has it."""

from datetime import timedelta

import pytest

from engine.decision import ActionState
from engine.errors import DoubtError, HaltError
from engine.halt import Scope
from engine.ports import Settled
from engine.reasons import Reason
from engine.sending import Send
from engine.store import Store
from engine.store.doubts import Told
from engine.testing import NOON
from tests.store.samples import LATER, action, count, plan, states

ALL, BRAND = Scope("all"), Scope("brand", "acme")
S = ActionState


async def acts(store, kind):
    return [row for row in await store.queries.outcomes(limit=100) if row["kind"] == kind]


async def halt(store, scope=ALL, at=NOON):
    return await store.halts.halt(scope, reason="storm", by="ann", at=at)


async def test_a_halt_holds_until_it_is_lifted_and_survives_a_restart(store, store_url):
    thrown = await halt(store)
    again = await Store.open(store_url)
    assert await again.halts.holding() == [thrown]
    lifted = await again.halts.resume(ALL, reason="over", by="tom", at=LATER)
    await again.close()
    assert (lifted.id, lifted.lifted_by) == (thrown.id, "tom")
    assert await store.halts.holding() == []
    [row] = await store.halts.recent()
    assert (row["scope"], row["reason"], row["lifted_by"]) == ("all", "storm", "tom")


async def test_a_scope_that_is_halted_is_not_halted_twice(store):
    first = await halt(store)
    assert await halt(store, at=LATER) == first
    other = await halt(store, BRAND)
    assert [one.id for one in await store.halts.holding()] == [first.id, other.id]


async def test_both_acts_stand_in_the_log_with_who_and_why(store):
    await halt(store)
    await store.halts.resume(ALL, reason="over", by="tom", at=LATER)
    lifted, thrown = await acts(store, "halt")
    assert (thrown["action"], thrown["state"], lifted["state"]) == ("halt", "halted", "lifted")
    assert thrown["payload"] == {"by": "ann", "reason": "storm", "scope": "all"}
    assert lifted["payload"] == {"by": "tom", "reason": "over", "scope": "all"}
    assert (await store.queries.verify_chain()).is_intact


async def test_what_is_not_halted_cannot_be_resumed_and_what_is_is_named(store):
    await halt(store, BRAND)
    with pytest.raises(HaltError, match=r"all is not halted; halted now: brand:acme"):
        await store.halts.resume(ALL, reason="over", by="tom", at=LATER)


@pytest.mark.parametrize(("by", "reason"), [("", "storm"), ("ann", " ")])
async def test_nobody_or_nothing_halts_nothing(store, by, reason):
    with pytest.raises(HaltError, match="a halt needs"):
        await store.halts.halt(ALL, reason=reason, by=by, at=NOON)
    assert await store.halts.holding() == []


async def test_a_playbooks_halt_is_thrown_with_its_outcome(store, store_url):
    await plan(store, action(1, kind="halt", params={"do": "halt", "scope": "action:reply"}))
    await store.outbox.settle([Settled("action-1", S.SENT)], at=LATER)
    [found] = await store.halts.holding()
    assert (str(found.scope), found.by) == ("action:reply", "rule care/angry")
    assert count(store_url, "halts") == 1


REPLIES = {"do": "halt", "scope": "action:reply"}


async def done(store, number):
    await store.outbox.settle([Settled(f"action-{number}", S.SENT)], at=LATER)


async def stand_down(store, number, of):
    undo = {**REPLIES, "do": "restore", "undoes": f"action-{of}", "was": "halt"}
    await plan(store, action(number, kind="halt", params=undo))
    await done(store, number)


async def test_standing_down_lifts_the_playbooks_halt_and_the_log_has_it(store):
    await plan(store, action(1, kind="halt", params=REPLIES))
    await done(store, 1)
    await stand_down(store, 2, of=1)
    assert await store.halts.holding() == []
    assert [row["state"] for row in await acts(store, "halt")] == ["lifted", "halted"]


async def test_standing_down_throws_nothing_that_a_person_has_lifted(store, store_url):
    await plan(store, action(1, kind="halt", params=REPLIES))
    await done(store, 1)
    await store.halts.resume(Scope("action", "reply"), reason="calm", by="ann", at=LATER)
    await stand_down(store, 2, of=1)
    assert await store.halts.holding() == []
    assert count(store_url, "halts") == 1


async def test_standing_down_leaves_what_a_person_halted(store):
    await plan(store, action(1, kind="halt", params=REPLIES))
    await halt(store, Scope("action", "reply"))
    await done(store, 1)
    await stand_down(store, 2, of=1)
    assert [one.by for one in await store.halts.holding()] == ["ann"]


async def test_what_two_incidents_halt_goes_on_once_both_have_stood_down(store):
    both = [action(number, kind="halt", params=REPLIES) for number in (1, 2)]
    await plan(store, *both)
    await done(store, 1)
    await done(store, 2)
    await stand_down(store, 3, of=1)
    assert len(await store.halts.holding()) == 1
    await stand_down(store, 4, of=2)
    assert await store.halts.holding() == []


@pytest.fixture
async def unknown(store):
    """One action that was claimed, reserved and then lost."""
    await plan(store, action(1))
    [item] = await store.outbox.claim(now=NOON, limit=1)
    await store.sends.reserve(reserved(item))
    lost = Settled(
        "action-1", S.UNKNOWN, reason=Reason.UNCONFIRMED, detail="lost", is_in_doubt=True
    )
    await store.outbox.settle([lost], at=NOON)
    return item


def reserved(item):
    mention = item.mention
    return Send(
        item.action.id,
        item.action.kind,
        "channel:team",
        mention.source,
        mention.brand,
        "import:77",
        "import:1",
        mention.id,
        item.policy,
        item.rule,
        NOON,
    )


async def test_a_doubt_is_listed_and_counted_and_stays_in_the_ledger(store, unknown):
    [row] = await store.doubts.list()
    assert (row["id"], row["rule"], row["mention"]) == ("action-1", "angry", "import:1")
    assert row["looked_for_at"] is None
    assert await store.doubts.count() == 1
    assert await store.sends.holds("action-1")
    assert await store.outbox.next_due() is None


@pytest.mark.parametrize(
    ("told", "state"),
    [(Told.SENT, "sent"), (Told.NOT_SENT, "failed"), (Told.AGAIN, "planned")],
)
@pytest.mark.usefixtures("unknown")
async def test_a_person_settles_it(store, told, state):
    found = await store.doubts.settle("action", told, by="ann", reason="looked", at=LATER)
    assert found == "action-1"
    assert await states(store) == {"action-1": state}
    assert await store.sends.holds("action-1") is (told is Told.SENT)
    [act] = await acts(store, "doubt")
    assert act["payload"] == {"by": "ann", "reason": "looked", "told": told.value}
    assert await store.doubts.list() == []
    [again] = await store.outbox.claim(now=LATER, limit=5) if told is Told.AGAIN else [None]
    assert again is None or not again.is_in_doubt


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nobody-knows", "no action 'nobody-knows' is stored"),
        ("act", "no action 'act' is stored"),
        ("action-2", "the action action-2 is not unknown: it is planned"),
    ],
)
async def test_what_is_not_in_doubt_cannot_be_settled(store, unknown, named, said):
    await plan(store, action(2))
    with pytest.raises(DoubtError, match=said):
        await store.doubts.settle(named, Told.SENT, by="ann", reason="looked", at=LATER)


async def test_the_time_to_look_back_is_kept_and_moved(store, unknown):
    soon = NOON + timedelta(seconds=5)
    await store.outbox.postpone("action-1", until=soon, detail="looked for in vain")
    assert await store.outbox.to_look_up(now=NOON, limit=5) == []
    [item] = await store.outbox.to_look_up(now=soon, limit=5)
    assert (item.attempts, item.is_in_doubt, item.last_attempt_at) == (0, True, NOON)
    assert await store.outbox.next_due() == soon
    await store.outbox.settle([Settled("action-1", S.SENT, receipt={"remote_id": "9"})], at=LATER)
    [send] = await store.sends.since(NOON)
    assert send.remote_id == "9"


async def test_a_wait_at_a_gate_takes_its_attempt_back(store):
    await plan(store, action(1))
    for minute in range(3):
        now = NOON + timedelta(minutes=minute)
        [item] = await store.outbox.claim(now=now, limit=1)
        assert (item.attempts, item.first_attempt_at) == (0, now)
        wait = Settled("action-1", S.PLANNED, reason=Reason.PACED, is_untried=True)
        await store.outbox.settle([wait], at=now)
    found = await store.queries.mention("import:1")
    assert found["decisions"][0]["actions"][0]["attempts"] == []


async def test_a_doubt_outlasts_a_retry_and_keeps_the_send_reserved(store):
    await plan(store, action(1))
    [item] = await store.outbox.claim(now=NOON, limit=1)
    await store.sends.reserve(reserved(item))
    await store.outbox.settle([Settled("action-1", S.PLANNED, is_in_doubt=True)], at=NOON)
    assert await store.sends.holds("action-1")
    [again] = await store.outbox.claim(now=LATER, limit=1)
    assert (again.is_in_doubt, again.first_attempt_at, again.last_attempt_at) == (True, NOON, LATER)
    await store.outbox.settle([Settled("action-1", S.PLANNED)], at=LATER)
    [third] = await store.outbox.claim(now=LATER, limit=1)
    assert third.is_in_doubt
