"""Meta Ads: what is changed, what is remembered of it, and how it is put back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.budget_guard import BudgetLimits
from engine.changes import ChangeState
from engine.errors import (
    PermanentActionError,
    RecoverableActionError,
)
from engine.reasons import Reason
from engine.receiving import ReadsBack
from engine.testing import NOON, mention
from tests.platforms.ads_parts import (
    Book,
    account,
    ads,
    begun,
    carried_out,
    restore_of,
    running,
    world,
)


def status(server):
    return {name: one for name, one in server.values("status").items() if name in "123"}


async def test_a_pause_pauses_what_is_selected_and_its_restore_puts_back_what_was_found(store):
    server, pause = world(), ads(select={"campaign": ["1", "3"]})
    async with running(server, store.changes) as receiver:
        receipt = await receiver.send(pause, now=NOON)
        assert status(server) == {"1": "PAUSED", "2": "ACTIVE", "3": "PAUSED"}
        assert [one["object"] for one in receipt["changed"]] == ["1"]
        assert [one["object"] for one in receipt["unchanged"]] == ["3"]
        assert receipt["changed"][0] == {
            "account": "main",
            "object": "1",
            "name": "Spring",
            "field": "status",
            "before": "ACTIVE",
            "after": "PAUSED",
        }
        undone = await receiver.send(restore_of(pause), now=NOON)
    assert status(server) == {"1": "ACTIVE", "2": "ACTIVE", "3": "PAUSED"}
    assert [one["object"] for one in undone["restored"]] == ["3", "1"]
    assert await store.changes.held() == []


async def test_sending_again_changes_nothing_further(store):
    server, cut = world(), ads(do="budget", by=-0.3)
    async with running(server, store.changes) as receiver:
        await receiver.send(cut, now=NOON)
        once = server.values("daily_budget")
        await receiver.send(cut, now=NOON)
        assert (
            server.values("daily_budget")
            == once
            == {"1": "1400", "21": "700", "22": "351", "3": "900"}
        )
        await receiver.send(restore_of(cut), now=NOON)
        await receiver.send(restore_of(cut), now=NOON)
        again = await receiver.send(cut, now=NOON)  # a late repetition does not begin anew
    assert server.values("daily_budget") == {"1": "2000", "21": "1000", "22": "501", "3": "900"}
    assert len(again["changed"]) == 3
    assert all(one["count"] == 1 for one in server.seen())


async def test_what_two_actions_pause_goes_on_only_once_both_are_put_back(store):
    server, first, second = world(), ads(1), ads(2)
    async with running(server, store.changes) as receiver:
        await receiver.send(first, now=NOON)
        await receiver.send(second, now=NOON)
        held = await receiver.send(restore_of(first), now=NOON)
        assert {one["held_by"] for one in held["held"]} == {second.action.id}
        assert status(server)["1"] == "PAUSED"
        await receiver.send(restore_of(second), now=NOON)
    assert status(server)["1"] == "ACTIVE"


async def test_what_somebody_changed_by_hand_is_left_alone_and_said(store):
    server, pause = world(), ads()
    async with running(server, store.changes) as receiver:
        await receiver.send(pause, now=NOON)
        server.by_hand("1", status="ACTIVE")
        receipt = await receiver.send(restore_of(pause), now=NOON)
    assert [one["object"] for one in receipt["left"]] == ["1"]
    assert [one["object"] for one in receipt["restored"]] == ["2"]


async def test_what_is_gone_by_then_is_left_alone(store):
    server, pause = world(), ads()
    async with running(server, store.changes) as receiver:
        await receiver.send(pause, now=NOON)
        server.by_hand("1", status="DELETED")
        server.by_hand("2", status="ARCHIVED")
        receipt = await receiver.send(restore_of(pause), now=NOON)
    assert [one["object"] for one in receipt["left"]] == ["2", "1"]


async def test_a_selection_wants_all_it_says_and_reads_every_page(store):
    server = world()
    for number in range(100, 160):
        server.campaign(str(number), "Many")
    server.page = 7
    async with running(server, store.changes) as receiver:
        await receiver.send(ads(1, select={"name": ["many"], "platform": ["meta"]}), now=NOON)
        assert [v for k, v in server.values("status").items() if len(k) == 3] == ["PAUSED"] * 60
        assert status(server)["1"] == "ACTIVE"
        with pytest.raises(PermanentActionError, match="no campaign fits"):
            await receiver.send(ads(2, select={"tag": ["brand"], "name": ["many"]}), now=NOON)
        with pytest.raises(
            PermanentActionError,
            match="no ad account of the settings serves brand 'acme' on tiktok",
        ):
            await receiver.send(ads(3, select={"platform": ["tiktok"]}), now=NOON)


async def test_another_brands_money_is_not_touched(store):
    server = world()

    def accounts(url):
        return [account(url, brands=("velo",))]

    async with running(server, store.changes, accounts=accounts) as receiver:
        with pytest.raises(PermanentActionError, match="serves brand 'acme'"):
            receiver.account(ads())
        assert receiver.account(ads(mention=mention(brand="velo"))) == "account:main"


async def test_terms_cannot_be_excluded_here_and_it_says_so(store):
    async with running(world(), store.changes) as receiver:
        with pytest.raises(PermanentActionError, match="no terms to exclude"):
            await receiver.send(ads(do="exclude_terms", terms=["fire"]), now=NOON)


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ("throttled", RecoverableActionError, "error 80004"),
        ("app_throttled", RecoverableActionError, "error 4:"),
        ("user_throttled", RecoverableActionError, "error 17"),
        ("transient", RecoverableActionError, "error 2:"),
        ("unknown_error", RecoverableActionError, "error 1:"),
        ("bad_gateway", RecoverableActionError, "502"),
        ("unavailable", RecoverableActionError, "503"),
        ("cut_before", RecoverableActionError, "lost"),
        ("cut_body", RecoverableActionError, "cut short"),
        ("forbidden", PermanentActionError, "error 200"),
        ("no_permission", PermanentActionError, "error 10"),
        ("invalid", PermanentActionError, "error 100"),
        ("error_in_200", PermanentActionError, "answered 200, error 100"),
    ],
)
async def test_each_refusal_says_whether_another_try_may_help(store, fault, error, said):
    server = world()
    async with running(server, store.changes) as receiver:
        server.fault(fault)
        with pytest.raises(error, match=said):
            await receiver.send(ads(), now=NOON)
        assert status(server)["1"] == "ACTIVE"
        await receiver.send(ads(), now=NOON)
    assert status(server)["1"] == "PAUSED"


@pytest.mark.parametrize(
    "fault", ["cut_after", "cut_body", "not_done", "server_error", "transient"]
)
@pytest.mark.parametrize("what", ["pause", "restore"])
async def test_a_lost_answer_to_a_change_is_settled_by_reading_back_or_again(store, fault, what):
    server, pause = world(), ads(select={"campaign": ["1"]})
    async with running(server, store.changes) as receiver:
        if what == "restore":
            await receiver.send(pause, now=NOON)
        item = pause if what == "pause" else restore_of(pause)
        server.fault(fault, at="CHANGE /v26.0/1")
        await carried_out(receiver, item)
    assert status(server)["1"] == ("PAUSED" if what == "pause" else "ACTIVE")
    assert await store.changes.held() == [] or what == "pause"


async def test_the_wait_and_what_is_left_come_from_the_usage_headers(store):
    server, book = world(), Book()
    async with running(server, store.changes, book=book) as receiver:
        server.fault("throttled")
        with pytest.raises(RecoverableActionError) as caught:
            await receiver.send(ads(), now=NOON)
        assert caught.value.retry_after == timedelta(minutes=7)
        assert [(name, left.remaining) for name, left in book.said] == [("account:main", 0)]
        await receiver.send(ads(), now=NOON)
    assert book.said[-1][1].remaining == 72


async def test_a_dead_token_ends_it_before_anything_is_changed(store):
    server = world()
    async with running(server, store.changes) as receiver:
        server.do_expire_token()
        with pytest.raises(PermanentActionError, match="token of account 'main' is refused"):
            await receiver.send(ads(), now=NOON)
    assert len(server.requests) == 1
    assert await store.changes.of(ads().action.id) == []


async def test_where_one_of_two_is_refused_the_other_is_done_and_can_be_put_back(store):
    server, pause = world(), ads()
    async with running(server, store.changes) as receiver:
        server.fault("invalid", at="POST /v26.0/2", times=1)
        with pytest.raises(PermanentActionError, match=r"0 of 1 done; main: .* error 100"):
            await receiver.send(pause, now=NOON)  # the dry run tells, and nothing is changed
        assert status(server)["1"] == "ACTIVE"
        server.fault("invalid", at="CHANGE /v26.0/2")
        with pytest.raises(PermanentActionError, match=r"1 of 2 done; 2: .* error 100"):
            await receiver.send(pause, now=NOON)
        assert status(server) == {"1": "PAUSED", "2": "ACTIVE", "3": "PAUSED"}
        assert [one.state for one in await store.changes.of(pause.action.id)] == [
            ChangeState.MADE,
            ChangeState.REFUSED,
        ]
        await receiver.send(restore_of(pause), now=NOON)
    assert status(server)["1"] == "ACTIVE"


async def test_a_crash_between_ledger_and_change_and_after_it_is_told_apart_by_looking(store):
    server, pause = world(), ads()
    async with running(server, store.changes) as receiver:
        for name in "12":
            await store.changes.begin(begun(pause, name))
        server.by_hand("2", status="PAUSED")  # this one had been made when the engine died
        assert (await receiver.look_up(pause, now=NOON)).is_there is False
        await receiver.send(pause, now=NOON)
        assert status(server) == {"1": "PAUSED", "2": "PAUSED", "3": "PAUSED"}
        found = await receiver.look_up(pause, now=NOON)
        assert (found.is_there, len(found.receipt["changed"])) == (True, 2)
        await receiver.send(restore_of(pause), now=NOON)
        assert (await receiver.look_up(restore_of(pause), now=NOON)).is_there
    assert status(server) == {"1": "ACTIVE", "2": "ACTIVE", "3": "PAUSED"}


async def test_only_what_the_engine_paused_is_resumed_and_nothing_an_incident_holds(store):
    server = world()
    kept = ads(1, select={"campaign": ["1"]}, restore="never")
    passing = ads(2, select={"campaign": ["2"]})
    resume = ads(3, "resume", {"campaign": ["1", "2", "3"]}, restore="never")
    async with running(server, store.changes) as receiver:
        await receiver.send(kept, now=NOON)
        await receiver.send(passing, now=NOON)
        receipt = await receiver.send(resume, now=NOON)
        assert [one["object"] for one in receipt["changed"]] == ["1"]
        assert status(server) == {"1": "ACTIVE", "2": "PAUSED", "3": "PAUSED"}
        assert [one["object"] for one in await store.changes.held()] == ["2"]
        await receiver.send(restore_of(passing), now=NOON)
    assert status(server) == {"1": "ACTIVE", "2": "ACTIVE", "3": "PAUSED"}


async def test_settings_may_let_it_resume_what_people_paused(store):
    server, limits = world(), BudgetLimits(resumes_any=True)
    async with running(server, store.changes, limits=limits) as receiver:
        await receiver.send(ads(1, "resume", {"campaign": ["3"]}), now=NOON)
    assert status(server)["3"] == "ACTIVE"


async def test_two_cuts_at_once_do_not_slip_past_the_guard_together(store):
    server, limits = world(), BudgetLimits(step=Decimal("0.5"), day=Decimal("0.5"))
    cuts = [ads(number, "budget", {"campaign": ["1"]}, by=-0.3) for number in (1, 2)]
    async with running(server, store.changes, limits=limits) as receiver:
        ends = await asyncio.gather(
            *(receiver.send(one, now=NOON) for one in cuts), return_exceptions=True
        )
    [refused] = [one for one in ends if isinstance(one, Exception)]
    assert (type(refused), refused.reason) == (PermanentActionError, Reason.BUDGET)
    assert "1: 1400 to 980 is 51.0% away from 2000" in str(refused)
    assert server.values("daily_budget")["1"] == "1400"


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (BudgetLimits(step=Decimal("0.2")), "30.0% at once, at most 20.0%"),
        (BudgetLimits(floor=600), "22: 501 to 351 is below the floor of 600"),
        (BudgetLimits(objects=2), "3 campaigns or ad sets at once, at most 2"),
        (BudgetLimits(changes=2), "3 more, at most 2 are allowed"),
    ],
)
async def test_what_the_guard_minds_changes_nothing(store, limits, said):
    server = world()
    before = server.values("daily_budget")
    async with running(server, store.changes, limits=limits) as receiver:
        with pytest.raises(PermanentActionError, match=said) as caught:
            await receiver.send(ads(do="budget", by=-0.3), now=NOON)
    assert caught.value.reason is Reason.BUDGET
    assert (server.values("daily_budget"), server.seen()) == (before, [])


async def test_effective_status_lags_and_nothing_is_judged_by_it(store):
    server = world()
    server.lags = True
    async with running(server, store.changes) as receiver:
        assert len((await receiver.send(ads(), now=NOON))["changed"]) == 2


async def test_an_account_that_left_the_settings_is_named_when_its_changes_are_put_back(store):
    server, pause = world(), ads()
    async with running(server, store.changes) as receiver:
        await receiver.send(pause, now=NOON)
    async with running(server, store.changes, accounts=lambda _: []) as receiver:
        with pytest.raises(PermanentActionError, match="'main' is no longer in the settings"):
            await receiver.send(restore_of(pause), now=NOON)
    assert len(await store.changes.held()) == 2


async def test_it_promises_to_look_back_and_to_be_sent_again(store):
    async with running(world(), store.changes) as receiver:
        assert isinstance(receiver, ReadsBack)
        assert (receiver.is_idempotent, receiver.idempotent_for) == (True, None)
        assert (await receiver.look_up(ads(), now=NOON)).is_there is False
