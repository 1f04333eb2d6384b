"""Incidents and silences in both databases: what the engine tells, what people do, what was hid."""

import asyncio
from datetime import timedelta

import pytest

from engine.decision import HeldBack
from engine.errors import IncidentActError
from engine.incidents import Act, Incidents, OperatorAct, Silence
from engine.reasons import Reason
from engine.store.incidents import record_incidents
from engine.testing import NOON, mention
from tests.incidents.stories import enters, minute, resolves
from tests.store.samples import action, plan

LATER = NOON + timedelta(hours=1)


async def record(store, incidents, changes, at=NOON):
    """Store changes as the runner does, in a transaction of its own."""
    async with store._database.write() as connection:
        await record_incidents(
            connection,
            changes,
            causes=incidents.take_causes(),
            followed=incidents.acts,
            at=at,
        )


@pytest.fixture
async def begun(store):
    """An engine whose rule has opened an incident that is stored."""
    incidents = Incidents()
    await record(store, incidents, incidents.apply(enters("surge", 0), mention()))
    return incidents


def name_of(incidents):
    return incidents.open()[0].id


async def test_an_incident_is_stored_as_it_stands(store, begun):
    [row] = await store.incidents.recent()
    assert row["id"] == name_of(begun)
    assert (row["state"], row["severity"], row["brand"]) == ("open", "major", "acme")
    assert (row["opened_at"], row["resolved_at"]) == ("2026-03-02T12:00:00Z", None)
    assert row["key"] == {"brand": "acme"}
    await record(store, begun, begun.apply(resolves("surge", 9, 0)))

    [row] = await store.incidents.recent(is_over=True)
    assert row["resolved_at"] == "2026-03-02T12:09:00Z"
    assert await store.incidents.recent(is_over=False) == []
    assert await store.incidents.counts() == {"resolved": 1}


async def test_a_batch_that_is_stored_twice_is_stored_once(store):
    incidents = Incidents()
    changes = incidents.apply(enters("surge", 0), mention())
    for _ in range(2):
        await record(store, incidents, changes)

    assert len(await store.incidents.recent()) == 1


async def test_an_incident_is_found_by_the_beginning_of_its_id(store, begun):
    name = name_of(begun)
    for asked in (name, name[:8], name.removeprefix("inc-")[:4]):
        assert (await store.incidents.show(asked))["incident"]["id"] == name
    with pytest.raises(IncidentActError, match="no incident 'inc-ffff0000' is stored"):
        await store.incidents.show("inc-ffff0000")
    with pytest.raises(IncidentActError, match="too short"):
        await store.incidents.show("inc-")


async def test_an_act_shows_at_once_and_reaches_the_engine(store, begun):
    name = name_of(begun)
    done = await store.incidents.act(OperatorAct(name, Act.ACKNOWLEDGE, "lea", minute(2), "on it"))
    assert done["state"] == "acknowledged"
    assert (await store.incidents.recent())[0]["acknowledged_at"] == "2026-03-02T12:02:00Z"

    acts = await store.incidents.acts_after(begun.acts)
    [change] = begun.follow(acts)
    assert change.incident.state == "acknowledged"
    assert await store.incidents.acts_after(begun.acts) == []
    await record(store, begun, [change])
    whole = (await store.incidents.show(name))["incident"]
    assert [one["what"] for one in whole["timeline"]] == ["opened", "entered", "acknowledged"]


async def test_what_the_engine_writes_before_it_read_an_act_does_not_undo_the_act(store, begun):
    name = name_of(begun)
    await store.incidents.act(OperatorAct(name, Act.ACKNOWLEDGE, "lea", minute(2)))
    await record(store, begun, begun.apply(enters("spike", 3)))

    whole = (await store.incidents.show(name))["incident"]
    assert whole["state"] == "acknowledged"
    assert whole["fired"] == 2
    begun.follow(await store.incidents.acts_after(begun.acts))
    await record(store, begun, begun.apply(resolves("spike", 5, 3)))
    whole = (await store.incidents.show(name))["incident"]
    assert [one["what"] for one in whole["timeline"]].count("acknowledged") == 1


async def test_an_act_that_does_not_fit_is_refused_and_leaves_nothing(store, begun):
    name = name_of(begun)
    await store.incidents.act(OperatorAct(name, Act.RESOLVE, "lea", minute(2)))
    with pytest.raises(IncidentActError, match=r"is resolved since .*: note"):
        await store.incidents.act(OperatorAct(name, Act.ACKNOWLEDGE, "tom", minute(3)))

    assert len(await store.incidents.acts_after(0)) == 1


async def test_what_engine_and_people_did_stands_in_the_outcome_log(store, begun):
    name = name_of(begun)
    act = OperatorAct(name, Act.ACKNOWLEDGE, "lea", minute(2), "call me on 555")
    await store.incidents.act(act)

    person, engine = await store.queries.outcomes()
    assert (engine["kind"], engine["action"], engine["state"]) == ("incident", "opened", "open")
    assert (person["action"], person["state"]) == ("acknowledge", "acknowledged")
    assert person["action_id"] == name
    assert person["detail"] == "by lea"
    assert (person["payload"]["by"], person["payload"]["reason"]) == ("lea", "call me on 555")
    assert (await store.queries.verify_chain()).is_intact


async def test_two_people_who_act_at_once_are_numbered_as_they_are_seen(store, begun):
    name = name_of(begun)
    notes = [OperatorAct(name, Act.NOTE, "lea", minute(2), str(one)) for one in range(10)]
    await asyncio.gather(*(store.incidents.act(one) for one in notes))

    acts = await store.incidents.acts_after(0)
    assert [one.seq for one in acts] == sorted(one.seq for one in acts)
    whole = (await store.incidents.show(name))["incident"]
    assert [one["detail"] for one in whole["timeline"][2:]] == [one.note for one in acts]


async def test_an_incident_shows_its_cause_its_mentions_and_its_actions(store):
    await plan(store, action(), rule="surge", at=minute(1))
    stored = (await store.queries.mentions())[0]["id"]
    incidents = Incidents()
    changes = incidents.apply(enters("surge", 0), mention())
    firing = changes[0].incident.firings[0].id
    incidents.count(firing, mention("battery on fire", id=stored), ["battery", "fire"])
    incidents.count(firing, mention("my battery", id="import:erased"), ["battery"])
    await record(store, incidents, changes)

    found = await store.incidents.show(changes[0].incident.id)
    assert found["cause"]["terms"][0] == {"name": "battery", "count": 2, "share": 1.0}
    assert list(found["mentions"]) == [stored]
    assert [one["kind"] for one in found["actions"]] == ["notify"]


async def test_a_silence_lives_until_it_ends(store):
    kept = await store.silences.add(
        Silence("care/surge", NOON, LATER, "launch day", "zoe"), at=NOON
    )
    assert kept.id.startswith("sil-")
    assert await store.silences.live(minute(1)) == [kept]
    ended = await store.silences.end(kept.id, by="tom", at=minute(10), reason="all is said")
    assert ended == kept

    [live] = await store.silences.live(minute(11))
    assert live.covers("care", "surge", minute(9))
    assert not live.covers("care", "surge", minute(10))
    assert await store.silences.live(minute(11) + timedelta(days=1)) == []
    [row] = await store.silences.recent()
    assert (row["ended_by"], row["ended_at"]) == ("tom", "2026-03-02T12:10:00Z")
    assert await store.silences.recent(now=minute(11)) == []
    assert [
        (one["state"], one["payload"]["by"], one["payload"]["reason"])
        for one in await store.queries.outcomes(kind="silence")
    ] == [("ended", "tom", "all is said"), ("set", "zoe", "launch day")]
    with pytest.raises(IncidentActError, match="is over since"):
        await store.silences.end(kept.id, by="tom", at=minute(12))
    with pytest.raises(IncidentActError, match="no silence 'sil-x'"):
        await store.silences.end("sil-x", by="tom", at=minute(12))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"until": NOON}, "end before it begins", id="no time"),
        pytest.param({"author": " "}, "needs its author", id="nobody"),
        pytest.param({"reason": ""}, "needs its reason", id="no reason"),
    ],
)
async def test_a_silence_that_says_too_little_is_refused(store, fields, message):
    known = {"rule": "surge", "since": NOON, "until": LATER, "reason": "why", "author": "zoe"}
    with pytest.raises(IncidentActError, match=message):
        await store.silences.add(Silence(**{**known, **fields}), at=NOON)


async def test_a_silence_tells_what_it_hid(store):
    first = await store.silences.add(Silence("angry", NOON, LATER, "a", "zoe"), at=NOON)
    second = await store.silences.add(Silence("angry", NOON, LATER, "a", "zoe"), at=NOON)
    assert first.id != second.id
    held = (
        HeldBack("angry", "notify", Reason.SILENCE, first.detail),
        HeldBack("angry", "tag", Reason.SILENCE, first.detail),
        HeldBack("angry", "reply", Reason.COOLDOWN, first.detail),
    )
    await plan(store, held_back=held)

    rows = await store.silences.recent()
    assert {row["id"]: row["hidden"] for row in rows} == {first.id: 2, second.id: 0}
    assert {one["action"] for one in await store.silences.hid(first.id)} == {"notify", "tag"}


async def test_a_restart_goes_on_where_the_stored_pieces_stand(store):
    incidents = Incidents()
    changes = incidents.apply(enters("surge", 0), mention())
    incidents.count(changes[0].incident.firings[0].id, mention("fire"), ["fire"])
    await store.log.record([], state=incidents.changes(), at=NOON)

    again = Incidents.restore(await store.log.load_state())
    assert again.open() == incidents.open()
    assert again.cause(name_of(again)).view() == incidents.cause(name_of(again)).view()
    [change] = again.apply(resolves("surge", 9, 0))
    assert change.incident.state == "resolved"
    again.advance(minute(60))
    await store.log.record([], state=again.changes(), at=NOON)
    assert set(await store.log.load_state()) == {"incident:clock"}
