"""Verdicts in the store: each in the log, each once however many judge, each by a short id."""

import asyncio
from datetime import timedelta

import pytest

from engine.decision import ActionState
from engine.errors import VerdictError
from engine.ports import Settled
from engine.store import Store
from engine.testing import NOON
from tests.approval.people import approve, drafted, edit, outcomes, reject, reply
from tests.store.samples import plan, states


async def test_every_verdict_stands_in_the_log_with_who_and_why(store):
    await drafted(store, reply(1, approval="four_eyes"), reply(2))
    await approve(store, "zoe", reason="good")
    await edit(store, "tom", "So sorry")
    await approve(store, "zoe")
    await approve(store, "lea")

    assert await outcomes(store) == [
        ("verdict", "approved", "awaiting_approval", None),
        ("verdict", "edited", "awaiting_approval", None),
        ("verdict", "approved", "awaiting_approval", None),
        ("verdict", "approved", "approved", None),
        ("action", "reply", "cancelled", "conflict"),
    ]
    first, second, *_ = await store.queries.outcomes(after_seq=0)
    assert (first["detail"], first["payload"]["by"]) == ("by zoe: good", "zoe")
    assert first["payload"]["needed"] == 2
    assert first["payload"]["params_sha256"] != second["payload"]["params_sha256"]
    assert "So sorry" not in str(second)
    assert (await store.queries.verify_chain()).is_intact


async def test_a_rejection_stands_in_the_log_as_verdict_and_as_end(store):
    await drafted(store)
    await reject(store, "zoe")
    assert await outcomes(store) == [
        ("verdict", "rejected", "cancelled", "rejected"),
        ("action", "reply", "cancelled", "rejected"),
    ]


async def test_many_who_approve_at_once_are_each_counted_once(store, store_url):
    await drafted(store, reply(approval="four_eyes"))
    other = await Store.open(store_url)
    try:
        calls = [approve(one, by) for by in ("zoe", "tom") for one in (store, other)]
        told = await asyncio.gather(*calls)
    finally:
        await other.close()
    assert sorted(one.is_changed for one in told) == [False, False, True, True]
    assert [one.by for one in await store.verdicts.of("action-1")] in (
        ["zoe", "tom"],
        ["tom", "zoe"],
    )
    assert (await states(store))["action-1"] == "approved"


async def test_two_who_approve_rival_drafts_at_once_send_one(store, store_url):
    await drafted(store, reply(1), reply(2))
    other = await Store.open(store_url)
    try:
        calls = [approve(store, "zoe", 1), approve(other, "tom", 2)]
        told = await asyncio.gather(*calls, return_exceptions=True)
    finally:
        await other.close()
    assert [type(one).__name__ for one in told].count("VerdictError") == 1
    assert sorted((await states(store)).values()) == ["approved", "cancelled"]


async def test_who_judges_and_who_settles_at_once_never_wait_for_one_another(store, store_url):
    await drafted(store, reply(1), reply(2))
    await approve(store, "zoe", 1)
    other = await Store.open(store_url, busy_timeout=timedelta(seconds=20))
    try:
        await store.outbox.claim(now=NOON, limit=1)
        back = Settled("action-1", ActionState.AWAITING_APPROVAL)
        calls = [other.outbox.settle([back], at=NOON)]
        calls += [approve(one, "zoe", 1) for _ in range(10) for one in (store, other)]
        await asyncio.gather(*calls)
    finally:
        await other.close()
    assert (await store.queries.verify_chain()).is_intact


async def test_a_draft_is_found_by_the_beginning_of_its_id(store):
    await plan(store, reply("abc"), reply("abd"))
    at = {"by": "zoe", "at": NOON}
    assert (await store.verdicts.approve("action-abc", **at)).action_id == "action-abc"
    cases = {
        "actio": ("invalid", "is too short for a draft; write at least 6 digits"),
        "action-ab": ("ambiguous", "several drafts begin with 'action-ab': action-abc, action-abd"),
        "nothing": ("unknown", "no draft 'nothing' is stored"),
        "action-%": ("unknown", "no draft"),
    }
    for named, (code, message) in cases.items():
        with pytest.raises(VerdictError, match=message) as refused:
            await store.verdicts.approve(named, **at)
        assert refused.value.code == code
