"""Advertisements and publishing from the command line, on a database an engine has written."""

import asyncio

import pytest

from engine.changes import Change, ChangeState
from engine.store import Store
from engine.testing import NOON
from tests.store.samples import action, plan, states

ADS = {"do": "pause", "select": {"tag": ["brand"]}, "restore": "on_resolve"}


def on(url, ask):
    """Ask the store of the commands something."""

    async def asked():
        store = await Store.open(url)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(asked())


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/test.db"


async def paused(store):
    """Two actions that were sent, each with a campaign paused."""
    for number in (1, 2):
        await plan(store, action(number, kind="ads", params=ADS))
        place = {"account": "account:main", "object": str(number), "field": "status"}
        one = Change(
            f"action-{number}",
            before="ACTIVE",
            after="PAUSED",
            at=NOON,
            name="Spring",
            is_passing=number == 1,
            **place,
        )
        await store.changes.begin(one)
        await store.changes.settle(one, ChangeState.MADE, at=NOON, by="")
    await store.outbox.claim(now=NOON, limit=9)


def test_what_is_changed_is_listed_and_put_back_by_order_of_a_person(tocsin, url):
    on(url, paused)
    listed = tocsin("ads", "list")
    assert listed.code == 0, listed.err
    assert listed.out.splitlines()[0] == (
        "2026-03-02T12:00:00Z  action-1  main  Spring (1): status ACTIVE -> PAUSED, made by "
        "care/angry"
    )
    assert listed.out.splitlines()[1].endswith("until a person restores it")
    assert [row["object"] for row in tocsin("ads", "list", "--format", "json").json] == ["1", "2"]

    ordered = tocsin("ads", "restore", "action-1", "--reason", "it is over", "--by", "zoe")
    assert ordered.code == 0, ordered.err
    assert "what action-1 changed is put back" in ordered.out
    every = ("ads", "restore", "all", "--reason", "all clear", "--by", "zoe", "--format", "json")
    rows = tocsin(*every).json
    assert [row["undoes"] for row in rows] == ["action-2", "action-1"]
    found = on(url, states)
    assert [found[row["restore"]] for row in rows] == ["planned", "planned"]
    assert len(found) == 4  # the first was ordered already


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("act", "too short"),
        ("action-", "may be any of"),
        ("nothing-of-the-kind", "no change of an action 'nothing-of-the-kind' is open"),
    ],
)
def test_an_order_names_one_action_that_changed_something(tocsin, url, named, said):
    on(url, paused)
    refused = tocsin("ads", "restore", named, "--reason", "x", "--by", "zoe")
    assert refused.code == 2
    assert said in refused.err


def test_where_nothing_is_changed_it_says_so(tocsin, url):
    on(url, states)
    assert "every campaign is as people had it" in tocsin("ads", "list").err
    assert "nothing to restore" in tocsin("ads", "restore", "all", "--reason", "x").err


def test_publishing_is_suspended_listed_and_resumed(tocsin, url):
    on(url, states)
    assert "is not suspended" in tocsin("publishing", "list").err
    made = tocsin("publishing", "suspend", "brand:acme", "--reason", "a recall", "--by", "zoe")
    assert made.code == 0, made.err
    name = made.out.partition(":")[0]
    listed = tocsin("publishing", "list").out
    assert f"{name}  brand:acme" in listed
    assert "by zoe: a recall" in listed
    lifted = tocsin("publishing", "resume", name, "--reason", "over", "--by", "max")
    assert lifted.out == f"{name} is lifted\n"
    assert tocsin("publishing", "list", "--format", "json").json == []
    assert "lifted" in tocsin("publishing", "list", "--all").out
    again = tocsin("publishing", "resume", name, "--reason", "over", "--by", "max")
    assert (again.code, f"no suspension '{name}' holds" in again.err) == (2, True)
    wrong = tocsin("publishing", "suspend", "everything", "--reason", "x", "--by", "zoe")
    assert "write all, brand:NAME or source:NAME" in wrong.err
