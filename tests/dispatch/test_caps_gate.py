"""Caps: the last that is allowed, and one more."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispatch.recall import make_send
from engine.reasons import Reason
from engine.testing import NOON
from tests.dispatch.answers import ACCOUNT, DAY, HOUR, MINUTE, answer, gates, sent, verdict
from tests.dispatch.ledger import MemoryLedger


@pytest.mark.parametrize(
    ("ago", "goes"),
    [
        pytest.param(DAY - MINUTE, False, id="23 h 59 after the last"),
        pytest.param(DAY, True, id="24 h after the last"),
        pytest.param(DAY + MINUTE, True, id="24 h 01 after the last"),
    ],
)
@pytest.mark.parametrize("same", ["author", "thread"])
async def test_an_author_and_a_thread_get_one_reply_a_day(ago, goes, same):
    fields = {"author_id": "zoe"} if same == "author" else {"in_reply_to": "post"}
    ledger = MemoryLedger(sent(answer(1, **fields), ago))
    caps = {"thread": {"most": 1}}
    held = await verdict(gates(ledger, caps=caps).caps, answer(2, **fields))
    assert (held is None) is goes
    if held:
        assert (held.by, held.until) == (Reason.CAP, None)
        assert held.detail == f"{same}: 1 of 1 in 1d were sent"


async def test_the_replies_up_to_the_cap_go_and_the_next_does_not():
    caps = {"author": {"most": 3, "within": "24h"}, "thread": {"most": 99}}
    before = [sent(answer(n, author_id="zoe"), n * HOUR) for n in (1, 2)]
    assert (
        await verdict(gates(MemoryLedger(*before), caps=caps).caps, answer(9, author_id="zoe"))
        is None
    )
    before.append(sent(answer(3, author_id="zoe"), 3 * HOUR))
    held = await verdict(gates(MemoryLedger(*before), caps=caps).caps, answer(9, author_id="zoe"))
    assert held.detail == "author: 3 of 3 in 1d were sent"


@pytest.mark.parametrize(("before", "goes"), [(9, True), (10, False)])
async def test_ten_authors_under_one_post_of_ours_are_answered_a_day(before, goes):
    found = [
        sent(answer(n, author_id=f"a{n}", in_reply_to="ours"), n * HOUR)
        for n in range(1, before + 1)
    ]
    next_one = answer(99, author_id="zoe", in_reply_to="ours")
    held = await verdict(gates(MemoryLedger(*found)).caps, next_one)
    assert (held is None) is goes


async def test_others_have_caps_of_their_own():
    ledger = MemoryLedger(sent(answer(1, author_id="zoe", in_reply_to="post"), MINUTE))
    assert (
        await verdict(gates(ledger).caps, answer(2, author_id="tom", in_reply_to="other")) is None
    )
    there = answer(3, author_id="zoe", source="mastodon")
    assert await verdict(gates(ledger).caps, there) is None


async def test_authors_that_nobody_names_share_no_cap():
    nobody = {"author_id": None}
    ledger = MemoryLedger(sent(answer(1, **nobody), MINUTE))
    assert await verdict(gates(ledger).caps, answer(2, **nobody)) is None


@pytest.mark.parametrize("scope", ["rule", "account"])
async def test_a_full_rule_or_account_makes_wait_until_a_place_is_free(scope):
    caps = {scope: {"most": 2, "within": "1h"}}
    before = [sent(answer(1), 50 * MINUTE), sent(answer(2), 10 * MINUTE)]
    gate = gates(MemoryLedger(*before), caps=caps).caps
    held = await verdict(gate, answer(9))
    assert (held.by, held.until) == (Reason.CAP, NOON + 10 * MINUTE)
    assert held.detail == f"{scope}: 2 of 2 in 1h were sent"
    assert await verdict(gate, answer(9), now=held.until) is None
    assert await verdict(gate, answer(9), now=held.until - timedelta.resolution) is not None


async def test_a_namesake_of_the_rule_and_another_account_have_room():
    ledger = MemoryLedger(sent(answer(1), MINUTE))
    caps = {"rule": {"most": 1}}
    assert await verdict(gates(ledger, caps=caps).caps, answer(2, rule="calm")) is None
    caps = {"account": {"most": 1}}
    assert await verdict(gates(ledger, caps=caps, account="account:other").caps, answer(2)) is None


async def test_hidings_count_through_an_account_and_not_to_an_author():
    ledger = MemoryLedger(sent(answer(1, kind="hide", author_id="zoe"), MINUTE))
    assert await verdict(gates(ledger).caps, answer(2, author_id="zoe")) is None
    held = await verdict(gates(ledger, caps={"account": {"most": 1}}).caps, answer(2))
    assert held.by is Reason.CAP


@pytest.mark.parametrize("kind", ["notify", "tag", "ads", "webhook"])
async def test_what_answers_nobody_has_no_cap(kind):
    ledger = MemoryLedger(sent(answer(1, author_id="zoe"), MINUTE))
    assert await verdict(gates(ledger).caps, answer(2, kind=kind, author_id="zoe")) is None


async def test_an_action_tried_again_does_not_stand_in_its_own_way():
    item = answer(1, author_id="zoe")
    caps = {scope: {"most": 1} for scope in ("account", "author", "thread", "rule")}
    assert await verdict(gates(MemoryLedger(sent(item, MINUTE)), caps=caps).caps, item) is None


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 40),  # minutes that pass
        st.sampled_from(["send", "give back"]),
        st.integers(0, 5),  # which author, and which earlier send
        st.sampled_from(["angry", "calm"]),
    ),
    max_size=40,
)


@given(steps=_STEPS)
def test_no_order_of_sending_and_giving_back_passes_a_cap(steps):
    caps = {
        "author": {"most": 2, "within": "3h"},
        "thread": {"most": 99, "within": "1h"},
        "rule": {"most": 3, "within": "2h"},
        "account": {"most": 4, "within": "1h"},
    }
    asyncio.run(_play(steps, caps))


async def _play(steps, caps):
    ledger, now = MemoryLedger(), NOON
    gate = gates(ledger, caps=caps).caps
    for number, (minutes, act, which, rule) in enumerate(steps, start=1):
        now += minutes * MINUTE
        if act == "give back" and which < len(ledger.sends):
            del ledger.sends[sorted(ledger.sends)[which]]
            continue
        item = answer(number, author_id=f"author-{which}", rule=rule)
        if await verdict(gate, item, now) is None:
            await ledger.reserve(make_send(item, ACCOUNT, now))
        for name, key in (("author", "author"), ("rule", "rule"), ("account", "account")):
            counts = {}
            for one in ledger.sends.values():
                if one.at > now - timedelta(hours=int(caps[name]["within"][:-1])):
                    counts[getattr(one, key)] = counts.get(getattr(one, key), 0) + 1
            assert max(counts.values(), default=0) <= caps[name]["most"]
