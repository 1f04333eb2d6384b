"""The ledger of changes: what one look at an object tells of what lies there."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.change_layers import judge_layers, take_out
from engine.changes import Change, ChangeState
from engine.errors import StoreError
from engine.testing import NOON

BEGUN, MADE, RESTORING = ChangeState.BEGUN, ChangeState.MADE, ChangeState.RESTORING
RESTORED, LEFT, REFUSED = ChangeState.RESTORED, ChangeState.LEFT, ChangeState.REFUSED


def change(action="a", before="100", after="70", **fields):
    known = {"account": "account:main", "object": "7", "field": "daily_budget", "at": NOON}
    return Change(action, before=before, after=after, **{**known, **fields})


def states(changes):
    return [one.state for one in changes]


async def made(store, *changes):
    for one in changes:
        await store.changes.begin(one)
        await store.changes.settle(one, MADE, at=NOON, by=one.action_id)


@pytest.mark.parametrize(
    ("state", "found", "becomes"),
    [
        pytest.param(BEGUN, "70", MADE, id="begun and there"),
        pytest.param(BEGUN, "100", REFUSED, id="begun and not there"),
        pytest.param(BEGUN, "55", LEFT, id="begun and somebody set a third value"),
        pytest.param(MADE, "70", None, id="made and there"),
        pytest.param(MADE, "100", LEFT, id="made and somebody set it back"),
        pytest.param(RESTORING, "70", None, id="not put back yet"),
        pytest.param(RESTORING, "100", RESTORED, id="put back before the engine died"),
        pytest.param(RESTORING, "55", LEFT, id="somebody set a third value meanwhile"),
    ],
)
def test_one_look_settles_a_change(state, found, becomes):
    standing, settled = judge_layers([change(state=state)], found)
    assert states(settled) == ([] if becomes is None else [becomes])
    assert states(standing) == {None: [state], MADE: [MADE]}.get(becomes, [])


def test_what_people_override_is_left_down_to_the_ground():
    layers = [change("a", state=MADE), change("b", "70", "35", state=MADE)]
    standing, settled = judge_layers(layers, "50")
    assert (standing, states(settled)) == ([], [LEFT, LEFT])


def test_a_change_that_was_not_made_uncovers_the_one_below():
    layers = [change("a", state=MADE), change("b", "70", "35")]
    standing, settled = judge_layers(layers, "70")
    assert (standing, states(settled)) == (layers[:1], [REFUSED])


@given(
    cuts=st.lists(st.integers(1, 99), min_size=1, max_size=6, unique=True),
    order=st.randoms(use_true_random=False),
)
def test_in_whichever_order_they_are_taken_out_the_last_finds_what_people_had(cuts, order):
    values = ["100", *map(str, cuts)]
    layers = [
        change(str(number), before, after, state=MADE)
        for number, (before, after) in enumerate(itertools.pairwise(values))
    ]
    now = values[-1]
    left = list(layers)
    order.shuffle(left)
    for one in left:
        layers, settled = judge_layers(layers, now)
        assert settled == []
        released, above = take_out(layers, one)
        now = released.before if released.state is RESTORING else now
        layers = [
            above if above is not None and layer.action_id == above.action_id else layer
            for layer in layers
            if layer.action_id != one.action_id
        ]
    assert (layers, now) == ([], "100")


async def test_what_was_found_is_stored_once_whatever_is_said_again(store):
    await made(store, change())
    again = await store.changes.begin(change(before="70", after="49"))
    assert (again.before, again.after, again.state) == ("100", "70", MADE)
    assert await store.changes.of("a") == [replace(change(), state=MADE)]


async def test_a_change_that_was_refused_may_begin_anew_on_top(store):
    await store.changes.begin(change())
    await made(store, change("b", "100", "50"))
    assert states(await store.changes.of("a")) == [REFUSED]
    anew = await store.changes.begin(change(before="50", after="35"))
    assert (anew.before, anew.state) == ("50", BEGUN)
    assert [one.action_id for one in await store.changes.open_on("account:main")] == ["b", "a"]


async def test_the_upper_of_two_keeps_the_value_and_inherits_what_was_found(store):
    await made(store, change(), change("b", "70", "35"))
    released = await store.changes.release(change(), found="35", at=NOON, by="r")
    assert (released.change.state, released.held_by) == (RESTORED, "b")
    [upper] = await store.changes.of("b")
    assert (upper.before, upper.after) == ("100", "35")
    last = await store.changes.release(upper, found="35", at=NOON, by="r")
    assert (last.change.state, last.change.before, last.held_by) == (RESTORING, "100", "")


async def test_putting_back_goes_on_where_a_crash_left_it(store):
    await made(store, change(), change("b", "70", "35"))
    [upper] = await store.changes.of("b")
    await store.changes.release(upper, found="35", at=NOON, by="r")
    again = await store.changes.release(upper, found="35", at=NOON, by="r")
    assert again.change.state is RESTORING
    done = await store.changes.release(upper, found="70", at=NOON, by="r")
    assert done.change.state is RESTORED
    assert states(await store.changes.of("a")) == [MADE]


async def test_what_is_put_back_or_left_stays_so(store):
    await made(store, change())
    left = await store.changes.release(change(), found="80", at=NOON, by="r")
    assert left.change.state is LEFT
    await store.changes.settle(change(), RESTORED, at=NOON, by="r")
    assert states(await store.changes.of("a")) == [LEFT]
    assert (await store.changes.begin(change(before="80", after="56"))).state is LEFT


async def test_what_was_never_begun_cannot_be_released(store):
    with pytest.raises(StoreError, match="never began to change 7"):
        await store.changes.release(change(), found="70", at=NOON, by="r")


async def test_the_day_counts_what_changed_something_put_back_or_not(store):
    old = change("old", at=NOON - timedelta(days=1, seconds=1))
    await made(store, old)
    await made(store, change("b", "70", "70"), change("c", "70", "35"))
    await store.changes.begin(change("d", "35", "20"))
    [refused] = await store.changes.of("d")
    await store.changes.settle(refused, REFUSED, at=NOON, by="d")
    found = await store.changes.since("account:main", NOON - timedelta(days=1))
    assert [one.action_id for one in found] == ["c"]


async def test_listed_is_what_is_not_as_people_had_it(store):
    await made(store, change(object="1", field="status", before="ACTIVE", after="PAUSED"))
    await made(store, change("b", object="2", field="status", before="PAUSED", after="PAUSED"))
    [row] = await store.changes.held()
    assert (row["action"], row["object"], row["before"], row["rule"]) == ("a", "1", "ACTIVE", None)
