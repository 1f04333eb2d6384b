"""Recording what was decided: everything with the cursor, or nothing at all."""

from dataclasses import replace

import pytest

from engine.decision import HeldBack
from engine.errors import StoreError
from engine.reasons import Reason
from engine.store.decisions import decision_id
from engine.testing import NOON
from tests.store.samples import (
    LATER,
    action,
    batch,
    count,
    decided,
    meddle,
    mentions,
    suppressed,
    undecided,
)


@pytest.fixture
async def entries(store):
    """Three mentions that wait to be decided."""
    await store.log.append(batch(*mentions(3)), observed_at=NOON)
    return await store.log.undecided(limit=10)


async def test_what_is_recorded_is_no_longer_undecided(store, entries):
    await store.log.record(
        [decided(entries[0], action(1)), undecided(entries[1])], state={}, at=NOON
    )

    assert [entry.seq for entry in await store.log.undecided(limit=10)] == [entries[2].seq]
    assert await store.log.backlog() == 1
    counts = await store.queries.counts()
    assert counts == {
        "mentions": 3,
        "classified": 2,
        "decided": 2,
        "decisions": 1,
        "dead_letters": 0,
        "actions": {"planned": 1},
        "outcomes": 0,
        "backlog": 1,
        "halted": [],
    }


async def test_a_decision_has_the_id_of_its_rule_revision_and_mention(store, entries):
    await store.log.record([decided(entries[0])], state={}, at=NOON)
    [found] = await store.queries.decisions()
    match = decided(entries[0]).decisions[0].matches[0]
    assert found["id"] == decision_id(match, "import:1")
    assert found["id"] != decision_id(replace(match, revision="angry-2"), "import:1")


async def test_what_was_held_back_is_kept_with_its_reason(store, entries):
    held = (
        HeldBack("calm", "", Reason.EXCEPT, "own-staff"),
        HeldBack("angry", "reply", Reason.SHADOW),
    )
    await store.log.record([decided(entries[0], held_back=held)], state={}, at=NOON)
    found = await store.queries.mention("import:1")
    kept = [
        (row["rule"], row["action"], row["reason"], row["detail"]) for row in found["held_back"]
    ]
    assert kept == [("calm", "", "except", "own-staff"), ("angry", "reply", "shadow", "")]


async def test_an_action_suppressed_from_the_start_stands_in_the_outcome_log(store, entries):
    await store.log.record([decided(entries[0], action(1), suppressed(2))], state={}, at=LATER)
    [outcome] = await store.queries.outcomes()
    assert outcome["action_id"] == "action-2"
    assert (outcome["state"], outcome["reason"]) == ("suppressed", "cooldown")
    assert outcome["at"] == "2026-03-02T12:05:00Z"


@pytest.mark.parametrize(
    "picked",
    [
        pytest.param([1], id="the first one is left out"),
        pytest.param([0, 2], id="one in the middle is left out"),
        pytest.param([1, 0], id="out of order"),
        pytest.param([0, 0], id="one twice"),
    ],
)
async def test_mentions_that_are_not_the_next_are_refused_and_nothing_is_written(
    store, entries, picked
):
    rows = [decided(entries[index], suppressed(index)) for index in picked]
    with pytest.raises(StoreError, match="the decide cursor stands at 0"):
        await store.log.record(rows, state={"window": {"n": 1}}, at=NOON)
    counts = await store.queries.counts()
    assert (counts["decided"], counts["decisions"], counts["outcomes"]) == (0, 0, 0)
    assert await store.log.load_state() == {}


async def test_what_another_process_has_recorded_is_refused(store, entries):
    rows = [decided(entries[0], action(1)), undecided(entries[1])]
    await store.log.record(rows, state={}, at=NOON)
    with pytest.raises(StoreError, match="another process has decided them"):
        await store.log.record(rows, state={}, at=NOON)
    assert (await store.queries.counts())["actions"] == {"planned": 1}


async def test_a_fault_at_the_last_write_takes_everything_back(store, store_url, entries):
    # Two pieces of state written at one instant break this index, after all else was written.
    meddle(store_url, "CREATE UNIQUE INDEX fault ON window_snapshots (at)")
    rows = [decided(entries[0], action(1), suppressed(2))]
    with pytest.raises(StoreError, match="did not do what was asked"):
        await store.log.record(rows, state={"one": {}, "two": {}}, at=NOON)

    tables = ("classifications", "decisions", "actions", "outcomes", "window_snapshots")
    assert [count(store_url, table) for table in tables] == [0] * len(tables)
    assert await store.log.backlog() == 3

    meddle(store_url, "DROP INDEX fault")
    await store.log.record(rows, state={"one": {}, "two": {}}, at=NOON)
    assert await store.log.backlog() == 2
    assert (await store.queries.verify_chain()).rows == 1


async def test_an_action_planned_before_is_not_planned_or_logged_again(store, entries):
    await store.log.record([decided(entries[0], action(1), suppressed(2))], state={}, at=NOON)
    await store.log.record([decided(entries[1], action(1), suppressed(2))], state={}, at=LATER)
    counts = await store.queries.counts()
    assert counts["actions"] == {"planned": 1, "suppressed": 1}
    assert counts["outcomes"] == 1


async def test_state_is_kept_replaced_and_deleted_by_key(store, entries):
    long_key = "cooldown/care/angry/" + "\u00e9\x00\ud800" * 1_000
    await store.log.record(
        [undecided(entries[0])], state={"a": {"n": 1}, "b": {"n": 2}, long_key: {"u": "x"}}, at=NOON
    )
    await store.log.record([undecided(entries[1])], state={"a": {"n": 3}, "b": None}, at=NOON)
    assert await store.log.load_state() == {"a": {"n": 3}, long_key: {"u": "x"}}


async def test_state_alone_may_be_recorded(store, entries):
    await store.log.record([], state={"a": {"n": 1}}, at=NOON)
    assert await store.log.load_state() == {"a": {"n": 1}}
    assert await store.log.backlog() == len(entries)
