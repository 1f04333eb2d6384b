"""Verdicts: who may approve, edit and reject what, and what comes of it."""

from datetime import timedelta

import pytest

from engine.approving import ApprovalTerms
from engine.decision import ActionState, Mode, Severity
from engine.errors import VerdictError
from engine.ports import Settled
from engine.store import Store
from engine.testing import NOON
from tests.approval.people import approve, drafted, edit, outcomes, reject, reply
from tests.store.samples import action, states

WEEK = timedelta(days=7)


async def state(store, number=1):
    return (await states(store))[f"action-{number}"]


async def test_one_approval_sends_a_draft_on_its_way(store):
    await drafted(store)

    told = await approve(store, "zoe", reason="fine")

    assert (told.state, told.needed, told.approvals) == (ActionState.APPROVED, 1, ("zoe",))
    assert (told.is_changed, told.said) == (True, "approved")
    [item] = await store.outbox.claim(now=NOON, limit=5)
    assert item.action.id == "action-1"


async def test_two_people_are_needed_where_the_policy_says_so(store):
    await drafted(store, reply(approval="four_eyes"))

    first = await approve(store, "zoe")
    assert (first.state, first.needed) == (ActionState.AWAITING_APPROVAL, 2)
    assert first.said == "noted; somebody else has to approve it too"
    second = await approve(store, "tom")

    assert (second.state, second.approvals) == (ActionState.APPROVED, ("zoe", "tom"))


@pytest.mark.parametrize("again", ["zoe", "Zoe", " zoe ", "ZOE", "ｚｏｅ"])
async def test_one_person_is_not_two_however_the_name_is_written(store, again):
    await drafted(store, reply(approval="four_eyes"))
    await approve(store, "zoe")

    told = await approve(store, again)

    assert (told.state, told.is_changed) == (ActionState.AWAITING_APPROVAL, False)
    assert told.said == "you approved it already"
    assert len(await store.verdicts.of("action-1")) == 1


async def test_two_people_are_needed_where_the_risk_is_high(store_url):
    store = await Store.open(store_url, approval=ApprovalTerms(four_eyes_above=0.3))
    try:
        await drafted(store, severity=Severity.MAJOR)
        assert (await approve(store, "zoe")).state is ActionState.AWAITING_APPROVAL
        assert (await approve(store, "tom")).state is ActionState.APPROVED
    finally:
        await store.close()


async def test_what_an_edit_says_counts_for_the_risk(store_url):
    store = await Store.open(store_url, approval=ApprovalTerms(four_eyes_above=0.2))
    try:
        await drafted(store)
        told = await approve(store, "zoe", text="We refund you 20 euros: https://acme.example")
        assert (told.state, told.needed) == (ActionState.AWAITING_APPROVAL, 2)
        assert (await approve(store, "tom")).state is ActionState.APPROVED
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["reply", "hide"])
async def test_what_is_too_delicate_waits_though_its_rule_may_act_alone(store_url, kind):
    store = await Store.open(store_url, approval=ApprovalTerms(four_eyes_above=0.3))
    bold = {"mode": Mode.ENFORCE, "state": ActionState.PLANNED, "kind": kind}
    try:
        await drafted(store, reply("calm", approval="none", **bold))
        await drafted(store, reply("grave", approval="none", **bold), severity=Severity.CRITICAL)
        assert await state(store, "calm") == "planned"
        assert await state(store, "grave") == "awaiting_approval"
    finally:
        await store.close()


async def test_an_escalation_is_not_held_up_by_its_gravity(store_url):
    store = await Store.open(store_url, approval=ApprovalTerms(four_eyes_above=0.3))
    try:
        await drafted(store, action(1, kind="escalate"), severity=Severity.CRITICAL)
        assert await state(store) == "planned"
    finally:
        await store.close()


async def test_who_rewrote_a_draft_cannot_approve_it_alone(store):
    await drafted(store)
    await edit(store, "zoe", "We are very sorry")

    with pytest.raises(VerdictError, match="you wrote its present text") as refused:
        await approve(store, "zoe")
    assert refused.value.code == "own_draft"
    assert (await approve(store, "tom")).state is ActionState.APPROVED


async def test_the_machines_text_may_be_rewritten_and_approved_in_one_step(store):
    await drafted(store)

    told = await approve(store, "zoe", text="We are very sorry")

    assert told.state is ActionState.APPROVED
    [item] = await store.outbox.claim(now=NOON, limit=5)
    assert item.action.params["text"] == "We are very sorry"
    assert item.action.params["template"] == "sorry"


async def test_anothers_text_may_not_be_rewritten_and_approved_in_one_step(store):
    await drafted(store)
    await edit(store, "tom", "We are very sorry")

    told = await approve(store, "zoe", text="We are so sorry")

    assert (told.state, told.approvals) == (ActionState.AWAITING_APPROVAL, ("zoe",))
    assert (await approve(store, "tom")).state is ActionState.APPROVED


async def test_rewriting_and_approving_is_the_first_pair_of_four_eyes(store):
    await drafted(store, reply(approval="four_eyes"))

    assert (await approve(store, "zoe", text="So sorry")).state is ActionState.AWAITING_APPROVAL
    assert (await approve(store, "zoe")).is_changed is False
    assert (await approve(store, "tom")).state is ActionState.APPROVED


async def test_an_edit_takes_earlier_approvals_away(store):
    await drafted(store, reply(approval="four_eyes"))
    await approve(store, "zoe")
    told = await edit(store, "tom", "So sorry")
    assert told.approvals == ()

    assert (await approve(store, "tom")).state is ActionState.AWAITING_APPROVAL
    assert (await approve(store, "zoe")).state is ActionState.APPROVED


async def test_an_edit_that_says_the_same_changes_nothing(store):
    await drafted(store, reply(approval="four_eyes"))
    await approve(store, "zoe")

    told = await edit(store, "tom", "We are sorry")

    assert (told.is_changed, told.said, told.approvals) == (False, "it says so already", ("zoe",))


async def test_nobody_approves_a_text_he_never_saw(store):
    await drafted(store)
    soon, late = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    await store.verdicts.edit("action-1", by="tom", text="So sorry", at=soon)

    with pytest.raises(VerdictError, match="tom rewrote it after you looked") as refused:
        await store.verdicts.approve("action-1", by="zoe", at=late, as_of=NOON)
    assert refused.value.code == "changed"
    told = await store.verdicts.approve("action-1", by="zoe", at=late, as_of=soon)
    assert told.state is ActionState.APPROVED


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the text is empty"),
        (" \n ", "the text is empty"),
        ("a\x00b", r"character 2 is a control character \(U\+0000\)"),
        ("a\x1b[2J", r"U\+001B"),
        ("abc\u202edef", r"U\+202E"),
        ("x" * 10_001, "the text has 10,001 characters; at most 10,000 are taken"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_refused(store, text, fault):
    await drafted(store)
    with pytest.raises(VerdictError, match=fault):
        await edit(store, "zoe", text)
    with pytest.raises(VerdictError, match=fault):
        await approve(store, "zoe", text=text)
    assert await store.verdicts.of("action-1") == []


async def test_only_a_reply_can_be_rewritten(store):
    waits = ActionState.AWAITING_APPROVAL
    await drafted(store, action(1, kind="webhook", mode=Mode.DRAFT, state=waits))
    with pytest.raises(VerdictError, match="kind webhook has no text of its own"):
        await edit(store, "zoe", "else")


async def test_a_rejected_draft_is_never_sent_and_says_why(store):
    await drafted(store)
    told = await reject(store, "zoe")

    assert told.state is ActionState.CANCELLED
    [row] = await store.queries.actions()
    assert (row["reason"], row["detail"]) == ("rejected", "not our tone")
    assert await store.outbox.claim(now=NOON, limit=5) == []
    assert (await reject(store, "zoe")).is_changed is False
    with pytest.raises(VerdictError, match="it is cancelled: a person rejected it") as refused:
        await approve(store, "tom")
    assert refused.value.code == "not_waiting"


@pytest.mark.parametrize("reason", ["", "  "])
async def test_a_rejection_needs_its_reason(store, reason):
    await drafted(store)
    with pytest.raises(VerdictError, match="a rejection needs its reason"):
        await reject(store, "zoe", reason=reason)


@pytest.mark.parametrize("by", ["", "  ", "x" * 201, "zo\x07e"])
async def test_a_verdict_needs_a_name(store, by):
    await drafted(store)
    with pytest.raises(VerdictError, match="needs the name of who gives it"):
        await approve(store, by)


async def test_an_approval_rules_the_other_replies_out(store):
    waits = ActionState.AWAITING_APPROVAL
    hook = action("hook", kind="webhook", mode=Mode.DRAFT, state=waits)
    await drafted(store, reply(1), reply(2, approval="four_eyes"), hook)
    await drafted(store, reply("elsewhere"), rule="other")

    assert (await approve(store, "zoe", 2)).cancelled == ()
    told = await approve(store, "tom", 2)

    assert told.cancelled == ("action-1",)
    assert await states(store) == {
        "action-1": "cancelled",
        "action-2": "approved",
        "action-hook": "awaiting_approval",
        "action-elsewhere": "awaiting_approval",
    }


@pytest.mark.parametrize("ends", [ActionState.SENT, ActionState.UNKNOWN])
async def test_a_second_reply_to_a_mention_is_refused(store, ends):
    bold = reply(1, approval="none", mode=Mode.ENFORCE, state=ActionState.PLANNED)
    await drafted(store, bold, reply(2))
    with pytest.raises(VerdictError, match="another reply to this mention is planned"):
        await approve(store, "zoe", 2)
    await store.outbox.claim(now=NOON, limit=1)
    await store.outbox.settle([Settled("action-1", ends)], at=NOON)

    with pytest.raises(VerdictError, match=f"another reply to this mention is {ends}") as refused:
        await approve(store, "zoe", 2)
    assert refused.value.code == "conflict"
    assert await state(store, 2) == "awaiting_approval"


async def test_a_reply_that_came_to_nothing_leaves_room_for_another(store):
    bold = reply(1, approval="none", mode=Mode.ENFORCE, state=ActionState.PLANNED)
    await drafted(store, bold, reply(2))
    await store.outbox.claim(now=NOON, limit=1)
    await store.outbox.settle([Settled("action-1", ActionState.FAILED)], at=NOON)

    assert (await approve(store, "zoe", 2)).state is ActionState.APPROVED


async def test_what_waited_too_long_is_given_up(store):
    await drafted(store)
    assert await store.verdicts.next_expiry() == NOON + WEEK

    assert await store.verdicts.expire(NOON + WEEK - timedelta(seconds=1)) == 0
    assert await store.verdicts.expire(NOON + WEEK) == 1

    [row] = await store.queries.actions()
    assert (row["state"], row["reason"]) == ("cancelled", "expired")
    assert await outcomes(store) == [("action", "reply", "cancelled", "expired")]
    assert await store.verdicts.next_expiry() is None


async def test_what_is_over_cannot_be_approved_though_nobody_gave_it_up_yet(store):
    await drafted(store)
    late = NOON + WEEK
    with pytest.raises(VerdictError, match=r"its time was over at 2026-03-09T12:00:00"):
        await store.verdicts.approve("action-1", by="zoe", at=late)


async def test_a_draft_does_not_outlive_the_platforms_window(store_url):
    terms = ApprovalTerms(windows={"import": timedelta(hours=24)})
    store = await Store.open(store_url, approval=terms)
    try:
        await drafted(store, recorded_at=NOON + timedelta(hours=23))
        assert await store.verdicts.next_expiry() == NOON + timedelta(hours=24)
    finally:
        await store.close()
