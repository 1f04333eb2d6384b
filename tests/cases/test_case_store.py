"""Cases in both databases: opened by what was assigned, answered, waited for, worked on, watched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.cases import Act, CaseAct
from engine.decision import ActionState
from engine.errors import CaseActError
from engine.mention import Author
from engine.policy.shared_documents import Queue, Sla
from engine.ports import Settled
from engine.store.tables import actions
from engine.testing import NOON, mention
from tests.cases.case_samples import HOUR, OFFICE, record_sent
from tests.store.samples import action, batch, count, decided, undecided

ZOE = Author(id="77", handle="@zoe")
TEN = timedelta(minutes=10)
QUEUES = {
    "care": Queue(
        "care",
        sla={"first-reply": Sla(HOUR), "resolution": Sla(8 * HOUR, OFFICE)},
        notify="desk",
    ),
    "legal": Queue("legal"),
}


@pytest.fixture
def cases(store):
    """The cases of a store whose engine knows two queues, and whose own account is ``@acme``."""
    store.cases.queues = lambda: QUEUES
    store.cases.is_ours = lambda one: one.author.handle == "@acme"
    return store.cases


def assign(number, queue="care", **fields):
    params = {"queue": queue, "sla": "first-reply"} if queue == "care" else {"queue": queue}
    fields.setdefault("params", params)
    return action(number, kind="assign", **fields)


def reply(number):
    return action(number, kind="reply", params={"text": "hello"})


def after(hours=0.0):
    return NOON + timedelta(hours=hours)


async def tell(store, one, *planned, **fields):
    """Let a mention be stored and decided, with the actions its rule plans."""
    await store.log.append(batch(one), observed_at=NOON)
    [entry] = await store.log.undecided(limit=10)
    fields.setdefault("at", one.published_at)
    made = decided(entry, *planned, **fields) if planned else undecided(entry)
    await store.log.record([made], state={}, at=fields["at"])


async def settle(store, *names, at=NOON, times=1):
    """Record what becomes of actions of these numbers that are settled as sent."""
    for _ in range(times):
        await record_sent(store, [f"action-{name}" for name in names], at=at)


def said(text="bad", *, number="m1", at=NOON, **fields):
    fields.setdefault("author", ZOE)
    fields.setdefault("brand", "acme")
    return mention(text, external_id=number, published_at=at, **fields)


async def opened(store, **fields):
    """Let a mention of Zoé be assigned to care at noon, and return its case."""
    await tell(store, said(), assign(1), **fields)
    await settle(store, 1)
    [found] = await store.cases.recent(now=NOON)
    return found


def act(case, name, hours, **fields):
    return CaseAct(case["id"], Act(name), fields.pop("by", "lea"), after(hours), **fields)


def clocks(found):
    return {one["kind"]: one for one in found["clocks"]}


async def test_an_assign_opens_a_case_with_the_clocks_of_its_queue(store, cases):
    found = await opened(store)

    assert (found["state"], found["queue"], found["person"]) == ("open", "care", None)
    assert found["opened_at"] == "2026-03-02T12:00:00Z"
    assert found["due_at"] == "2026-03-02T13:00:00Z"
    assert clocks(found)["first_response"]["name"] == "first-reply"
    assert clocks(found)["resolution"]["due_at"] == "2026-03-03T11:30:00Z"
    shown = await cases.show(found["id"], now=NOON)
    assert shown["mentions"] == ["import:m1"]
    assert [(one["act"], one["by"]) for one in shown["acts"]] == [("open", "engine")]


async def test_what_is_recorded_again_opens_and_answers_nothing_twice(store, cases, store_url):
    await tell(store, said(), assign(1), reply(2))
    await settle(store, 1, 2, times=3)
    await settle(store, 2, 1)

    assert count(store_url, "cases") == 1
    assert count(store_url, "case_mentions") == 1
    assert count(store_url, "answers") == 1
    [found] = await cases.recent(now=NOON)
    shown = await cases.show(found["id"], now=NOON)
    assert [one["act"] for one in shown["acts"]] == ["open", "answer"]
    assert (await store.queries.verify_chain()).is_intact


async def test_an_edited_queue_moves_no_clock_that_runs(store, cases):
    found = await opened(store)
    cases.queues = lambda: {"care": Queue("care", sla={"first-reply": Sla(9 * HOUR)})}
    await cases.act(act(found, "take", 0.5))

    shown = await cases.show(found["id"], now=NOON)
    assert clocks(shown["case"])["first_response"]["due_at"] == "2026-03-02T13:00:00Z"


async def test_a_time_the_queue_lost_before_the_case_opened_is_said(store, cases):
    cases.queues = lambda: {"care": Queue("care")}
    found = await opened(store)

    assert found["clocks"] == []
    shown = await cases.show(found["id"], now=NOON)
    assert shown["acts"][0]["note"] == "queue care has no time 'first-reply' any more"


async def test_further_mentions_of_an_author_or_a_thread_join_the_open_case(store, cases):
    first = await opened(store)
    await tell(store, said("again", number="m2", at=after(0.2)), assign(2))
    tom = Author(id="78", handle="@tom")
    await tell(
        store, said("me too", number="m3", author=tom, in_reply_to="m1", at=after(0.3)), assign(3)
    )
    await settle(store, 2, 3, at=after(0.4), times=2)

    [found] = await cases.recent(now=NOON)
    assert found["due_at"] == first["due_at"]
    shown = await cases.show(found["id"], now=NOON)
    assert shown["mentions"] == ["import:m1", "import:m2", "import:m3"]


@pytest.mark.parametrize(
    ("fields", "queue"),
    [
        pytest.param({}, "legal", id="for another queue"),
        pytest.param({"brand": "other"}, "care", id="of another brand"),
        pytest.param({"author": Author(id="78")}, "care", id="of another author and thread"),
        pytest.param({"source": "rss"}, "care", id="of another source"),
    ],
)
async def test_what_is_not_the_same_conversation_opens_a_case_of_its_own(
    store, cases, fields, queue
):
    await opened(store)
    await tell(store, said("again", number="m2", **fields), assign(2, queue))
    await settle(store, 2)

    assert len(await cases.recent(now=NOON)) == 2


async def test_a_person_is_assigned_without_a_queue(store, cases):
    await tell(store, said(), assign(1, params={"person": "tom"}))
    await settle(store, 1)

    [found] = await cases.recent(now=NOON, person="tom")
    assert (found["queue"], found["clocks"]) == (None, [])


async def test_a_reply_that_was_sent_is_the_first_answer_to_all_its_mentions(store, cases):
    found = await opened(store)
    await tell(store, said("again", number="m2", at=after(0.2)), assign(2), reply(3))
    await settle(store, 2, at=after(0.3))
    await settle(store, 3, at=after(0.5))

    [found] = await cases.recent(now=after(2))
    assert found["answered_at"] == "2026-03-02T12:30:00Z"
    assert clocks(found)["first_response"]["state"] == "stopped"
    assert not found["is_overdue"]
    heard = await cases.answers_after(0)
    assert {one.mention for one in heard} == {"import:m1", "import:m2"}
    assert {one.at for one in heard} == {after(0.5)}
    assert await cases.answers_after(heard[-1].seq) == []


async def test_a_reply_sent_before_the_case_was_opened_counts(store, cases):
    await tell(store, said(), reply(2), assign(1))
    await settle(store, 2, at=after(0.1))
    await settle(store, 1, at=after(0.2))

    [found] = await cases.recent(now=NOON)
    assert found["answered_at"] == "2026-03-02T12:06:00Z"


async def test_our_own_account_answers_by_hand_and_others_do_not(store, cases):
    await opened(store)
    for number, handle, at in (("x", "@tom", 0.2), ("y", "@acme", 0.5)):
        writer = Author(id=handle, handle=handle)
        await tell(
            store, said("hello", number=number, author=writer, in_reply_to="m1", at=after(at))
        )

    [found] = await cases.recent(now=NOON)
    assert found["answered_at"] == "2026-03-02T12:30:00Z"
    assert [one.mention for one in await cases.answers_after(0)] == ["import:m1"]


async def test_an_own_answer_decided_before_the_case_was_opened_counts(store, cases):
    await tell(store, said(), assign(1))
    ours = Author(id="1", handle="@acme")
    await tell(store, said("hello", number="y", author=ours, in_reply_to="m1", at=after(0.5)))
    await settle(store, 1, at=after(0.6))

    [found] = await cases.recent(now=NOON)
    assert found["answered_at"] == "2026-03-02T12:30:00Z"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        pytest.param({"in_reply_to": "m1"}, "open", id="in the thread"),
        pytest.param({"kind": "message"}, "open", id="in a private message"),
        pytest.param({}, "waiting", id="elsewhere"),
        pytest.param(
            {"in_reply_to": "m1", "author": Author(id="78")}, "waiting", id="somebody else"
        ),
    ],
)
async def test_what_waits_goes_on_as_its_customer_writes(store, cases, fields, state):
    found = await opened(store)
    waiting = await cases.act(act(found, "wait", 0.5))
    assert (waiting["state"], waiting["due_at"]) == ("waiting", None)
    await tell(store, said("well", number="m2", at=after(48), **fields))

    [found] = await cases.recent(now=after(48))
    assert found["state"] == state
    if state == "open":
        assert clocks(found)["first_response"]["due_at"] == "2026-03-04T12:30:00Z"
        shown = await cases.show(found["id"], now=after(48))
        assert [one["act"] for one in shown["acts"]] == ["open", "wait", "customer wrote"]
        assert shown["mentions"] == ["import:m1", "import:m2"]


@pytest.mark.parametrize(
    ("days", "states"),
    [
        pytest.param(7, ["reopened"], id="within seven days"),
        pytest.param(7.01, ["open", "resolved"], id="later"),
    ],
)
async def test_an_assign_in_the_thread_reopens_what_was_resolved_lately(store, cases, days, states):
    found = await opened(store)
    await cases.act(act(found, "resolve", 0))
    at = NOON + timedelta(days=days)
    await tell(store, said("still bad", number="m2", in_reply_to="m1", at=at), assign(2))
    await settle(store, 2, at=at)

    assert [one["state"] for one in await cases.recent(now=at)] == states


async def test_an_authors_new_complaint_does_not_reopen_what_was_resolved(store, cases):
    found = await opened(store)
    await cases.act(act(found, "resolve", 0))
    await tell(store, said("another thing", number="m2", at=after(1)), assign(2))
    await settle(store, 2, at=after(1))

    assert [one["state"] for one in await cases.recent(now=NOON)] == ["open", "resolved"]


async def test_every_act_is_kept_with_who_and_in_the_outcome_log(store, cases):
    found = await opened(store)
    await cases.act(act(found, "take", 0.1, by="zoe"))
    await cases.act(act(found, "note", 0.2, note="called the depot"))
    await cases.act(act(found, "give", 0.3, queue="legal"))
    await cases.act(act(found, "resolve", 0.4, by="tom", note="refunded"))

    shown = await cases.show(found["id"][:9], now=after(1))
    assert [(one["act"], one["by"], one["note"]) for one in shown["acts"][1:]] == [
        ("take", "zoe", ""),
        ("note", "lea", "called the depot"),
        ("give", "lea", ""),
        ("resolve", "tom", "refunded"),
    ]
    logged = [one for one in await store.queries.outcomes() if one["kind"] == "case"][::-1]
    assert [(one["action"], one["state"], one["detail"]) for one in logged] == [
        ("open", "open", "by engine"),
        ("take", "open", "by zoe"),
        ("note", "open", "by lea"),
        ("give", "open", "by lea"),
        ("resolve", "resolved", "by tom"),
    ]
    assert [one["payload"].get("reason") for one in logged] == [
        None,
        "",
        "called the depot",
        "",
        "refunded",
    ]
    assert "zoe" not in str(logged[0])
    assert (await store.queries.verify_chain()).is_intact


@pytest.mark.parametrize("name", ["wait", "answer", "resolve"])
async def test_what_people_settle_needs_no_further_answer(store, cases, name):
    found = await opened(store)
    await cases.act(act(found, "take", 0.1))
    assert await cases.answers_after(0) == []
    await cases.act(act(found, name, 0.2))

    [answer] = await cases.answers_after(0)
    assert (answer.mention, answer.at) == ("import:m1", after(0.2))


async def test_what_is_refused_leaves_nothing(store, cases, store_url):
    found = await opened(store)
    for wrong, message in (
        (act(found, "reopen", 1), "only what is resolved"),
        (act({"id": "case-ffff00"}, "take", 1), "no case 'case-ffff00' is stored"),
        (act({"id": "case-f"}, "take", 1), "too short"),
        (act({"id": "case-\udcff\udcff\udcff\0"}, "take", 1), "no case 'case-.+' is stored"),
        (act(found, "give", 1, queue="lgeal"), "no queue is called 'lgeal'; there are care, legal"),
    ):
        with pytest.raises(CaseActError, match=message):
            await cases.act(wrong)
    assert count(store_url, "case_acts") == 1


async def test_lists_are_narrowed_by_queue_person_state_and_what_is_overdue(store, cases):
    found = await opened(store)
    other = Author(id="78")
    await tell(store, said(number="m2", author=other), assign(2, "legal"))
    await settle(store, 2)

    async def listed(**filters):
        now = filters.pop("now", NOON)
        return [one["mention"] for one in await cases.recent(now=now, **filters)]

    assert await listed(queue="care") == ["import:m1"]
    assert await listed(is_overdue=True) == []
    assert await listed(is_overdue=True, now=after(1)) == ["import:m1"]
    assert await cases.counts(after(1)) == [
        {"queue": "care", "open": 1, "overdue": 1},
        {"queue": "legal", "open": 1, "overdue": 0},
    ]
    await cases.act(act(found, "take", 1.1, by="tom"))
    assert await listed(person="tom") == ["import:m1"]
    await cases.act(act(found, "resolve", 1.2))
    assert await listed(is_over=False) == ["import:m2"]
    assert await listed(state="resolved") == ["import:m1"]
    assert await listed(limit=1) == ["import:m2"]
    assert await cases.counts(after(2)) == [{"queue": "legal", "open": 1, "overdue": 0}]


async def test_what_falls_due_is_told_once_and_its_queues_channel_is_notified(store, cases):
    found = await opened(store)
    assert await cases.due(after(0.7)) == []
    [warning] = await cases.due(after(0.75))
    assert (warning.mark, warning.at) == ("warned", after(0.75))
    assert warning.text == (
        f"{found['id']} of queue care: first-reply (1h) runs out at 2026-03-02T13:00:00Z"
    )
    [breach] = await cases.due(after(1.5))
    assert breach.text.endswith("first-reply (1h) ran out at 2026-03-02T13:00:00Z")
    assert await cases.due(after(1.5)) == []

    planned = [one for one in await store.queries.actions() if one["kind"] == "notify"][::-1]
    assert [one["params"]["text"] for one in planned] == [warning.text, breach.text]
    assert {one["params"]["channel"] for one in planned} == {"desk"}
    assert {one["state"] for one in planned} == {"planned"}
    due = await store.outbox.claim(now=after(1.5), limit=10, kinds=["notify"])
    assert [one.mention.id for one in due] == ["import:m1"] * 2
    sent = [Settled(one.action.id, ActionState.SENT) for one in due]
    await store.outbox.settle(sent, at=after(1.5))
    shown = await cases.show(found["id"], now=after(1.5))
    assert [one["act"] for one in shown["acts"]] == ["open", "warned", "breached"]


async def test_what_was_answered_in_time_or_waits_is_told_to_nobody(store, cases):
    found = await opened(store)
    await cases.act(act(found, "wait", 0.5))
    assert await cases.due(after(30)) == []
    await cases.act(act(found, "resume", 30))
    await cases.act(act(found, "answer", 30.2))

    assert await cases.due(after(31)) == []


async def test_a_queue_that_notifies_nobody_still_has_its_breach_logged(store, cases):
    found = await opened(store)
    cases.queues = dict
    [breach] = await cases.due(after(1))

    assert breach.case.id == found["id"]
    async with store._database.read() as connection:
        kinds = (await connection.execute(select(actions.c.kind))).scalars().all()
    assert kinds == ["assign"]
    [logged] = [one for one in await store.queries.outcomes() if one["action"] == "breached"]
    assert logged["payload"]["fell_due_at"] == "2026-03-02T13:00:00Z"


async def test_names_longer_than_an_index_takes_are_kept_and_found(store, cases):
    long = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1_990))
    await tell(store, said(in_reply_to=long, author=Author(id="78")), assign(1))
    await settle(store, 1)
    await tell(store, said("x", number="m2", in_reply_to=long, author=ZOE), assign(2))
    await settle(store, 2)

    [found] = await cases.recent(now=NOON)
    assert (await cases.show(found["id"], now=NOON))["mentions"] == ["import:m1", "import:m2"]
