"""The queue: what waits for people, the most pressing first, and all there is to know of it."""

from datetime import timedelta

import pytest

from engine.approving import ApprovalTerms
from engine.decision import Severity
from engine.errors import VerdictError
from engine.store import Store
from engine.testing import NOON
from tests.approval.people import approve, drafted, edit, reject, reply

SOON = NOON + timedelta(minutes=1)


async def test_the_gravest_then_the_riskiest_then_the_longest_waiting(store):
    await drafted(store, reply("new"), recorded_at=SOON)
    await drafted(store, reply("old"), rule="b")
    await drafted(store, reply("risky", text="a refund"), rule="c", recorded_at=SOON)
    await drafted(store, reply("grave"), rule="d", severity=Severity.CRITICAL)

    rows = await store.verdicts.queue(now=NOON)

    wanted = ["action-grave", "action-risky", "action-old", "action-new"]
    assert [row["id"] for row in rows] == wanted
    second = await store.verdicts.queue(now=NOON, limit=1, offset=1)
    assert [row["id"] for row in second] == wanted[1:2]


async def test_a_row_says_who_approved_and_by_when_it_is_due(store):
    await drafted(store, reply(approval="four_eyes"), severity=Severity.MAJOR)
    await edit(store, "Tom", "So sorry")
    await approve(store, "Zoe")

    [row] = await store.verdicts.queue(now=NOON + timedelta(hours=2))

    assert (row["needed"], row["approvals"], row["edited_by"]) == (2, ["Zoe"], "Tom")
    assert (row["waiting_since"], row["due"]) == ("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z")
    assert row["is_late"] is True
    assert (row["params"]["text"], row["about"]["text"]) == ("So sorry", "hello acme, number 1")
    assert row["expires_at"] == "2026-03-09T12:00:00Z"


async def test_how_soon_people_should_answer_is_theirs_to_say(store_url):
    terms = ApprovalTerms(answer_within={Severity.MINOR: timedelta(minutes=5)})
    store = await Store.open(store_url, approval=terms)
    try:
        await drafted(store)
        [row] = await store.verdicts.queue(now=NOON + timedelta(minutes=5))
        assert (row["due"], row["is_late"]) == ("2026-03-02T12:05:00Z", False)
    finally:
        await store.close()


async def test_everything_shows_what_was_judged_behind_what_waits(store):
    await drafted(store, reply(1), reply(2))
    await drafted(store, reply(3), rule="b")
    await drafted(store, reply(4), rule="c")
    await approve(store, "zoe", 1)
    await store.verdicts.reject("action-3", by="zoe", reason="no", at=SOON)

    assert [row["id"] for row in await store.verdicts.queue(now=NOON)] == ["action-4"]
    rows = await store.verdicts.queue(now=NOON, everything=True)
    assert [(row["id"], row["state"], row["due"] is None) for row in rows] == [
        ("action-4", "awaiting_approval", False),
        ("action-3", "cancelled", True),
        ("action-1", "approved", True),
        ("action-2", "cancelled", True),
    ]


async def test_a_draft_is_shown_with_all_that_is_known_of_it(store):
    await drafted(store, reply(1, text="We refund 20 euros"), reply(2))
    await edit(store, "tom", "We refund 30 euros")

    shown = await store.verdicts.show("action-1", now=NOON)

    assert [one["name"] for one in shown["risk_factors"]] == ["promise", "number", "severity"]
    assert shown["risk"] == 0.278
    assert [(one["judgement"], one["by"]) for one in shown["verdicts"]] == [("edited", "tom")]
    assert shown["decision"]["trace"]["condition"] == "sentiment: negative"
    assert shown["beside"] == [{"id": "action-2", "rule": "angry", "text": "We are sorry"}]
    with pytest.raises(VerdictError, match="no draft"):
        await store.verdicts.show("action-9", now=NOON)


async def test_verdicts_tell_how_precise_a_rule_is(store):
    for number, end in enumerate(("approved", "edited", "rejected", "expired", "waits"), start=1):
        at = NOON if end == "expired" else NOON + timedelta(days=1)
        await drafted(store, reply(number), recorded_at=at)
        if end == "approved":
            await approve(store, "zoe", number)
        if end == "edited":
            await approve(store, "zoe", number, text="So sorry")
        if end == "rejected":
            await reject(store, "zoe", number)
    await store.verdicts.expire(NOON + timedelta(days=7))
    await drafted(store, reply("half", approval="four_eyes"), rule="half")
    await approve(store, "zoe", "half")

    [rule, half] = await store.verdicts.precision()

    assert rule == {
        "policy": "care",
        "rule": "angry",
        "kind": "reply",
        "approved": 1,
        "edited": 1,
        "rejected": 1,
        "given_up": 1,
        "waiting": 1,
        "judged": 3,
        "precision": 0.6667,
    }
    assert (half["judged"], half["waiting"], half["precision"]) == (0, 1, None)
    assert await store.verdicts.precision(since=NOON + timedelta(days=1)) == []
