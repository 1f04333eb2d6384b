"""Cases from the command line, on a database that an engine has written."""

import asyncio

import pytest

from engine.policy.shared_documents import Queue, Sla
from engine.store import Store
from engine.store.policies import EventKind, PolicyEvent, PolicyRevision
from engine.testing import NOON
from tests.cases.case_samples import HOUR, record_sent
from tests.store.samples import action, plan

POLICY = """
policy: care
rules: [{id: give, when: {text: bad}, then: [{assign: {queue: care, sla: first-reply}}]}]
---
queue: care
sla: {first-reply: {within: 1h}}
---
queue: legal
"""


async def written(url):
    """A case of queue ``care`` that was due long ago, and the policies that ran."""
    store = await Store.open(url)
    try:
        store.cases.queues = lambda: {"care": Queue("care", sla={"first-reply": Sla(HOUR)})}
        params = {"queue": "care", "sla": "first-reply"}
        await plan(store, action(1, kind="assign", params=params))
        await record_sent(store, ["action-1"], at=NOON)
        revision = PolicyRevision("r1", {"care.yaml": POLICY}, modes={"care": {"give": {}}})
        event = PolicyEvent(EventKind.STARTUP, revision.texts, "r1")
        await store.policies.keep(revision, event, at=NOON)
        [found] = await store.cases.recent(now=NOON)
    finally:
        await store.close()
    return found["id"]


@pytest.fixture
def case(tmp_path):
    """The id of the one case of the database that the commands use."""
    return asyncio.run(written(f"sqlite:///{tmp_path}/test.db"))


def test_a_case_is_listed_shown_and_worked_on(tocsin, case):
    [row] = tocsin("cases", "list", "--format", "json").json
    assert (row["id"], row["queue"], row["is_overdue"]) == (case, "care", True)
    assert "OVERDUE for" in tocsin("cases", "list", "--overdue", "--queue", "care").out
    short = case.removeprefix("case-")[:4]
    taken = tocsin("cases", "take", short, "--by", "zoe", "--format", "json").json
    assert taken["person"] == "zoe"
    assert tocsin("cases", "list", "--person", "zoe", "--format", "json").json[0]["id"] == case
    tocsin("cases", "note", case, "called the depot", "--by", "zoe")
    tocsin("cases", "wait", case, "--by", "zoe", "--note", "asked for the number")
    assert tocsin("cases", "list", "--state", "waiting", "--format", "json").json[0]["id"] == case
    tocsin("cases", "resume", case, "--by", "zoe")
    tocsin("cases", "answer", case, "--by", "zoe")
    done = tocsin("cases", "resolve", case, "--by", "zoe", "--note", "refunded")
    assert "resolved" in done.out
    assert tocsin("cases", "list", "--format", "json").json == []

    shown = tocsin("cases", "show", case)
    assert [word in shown.out for word in ("stopped, too late", "refunded", "import:1")] == [
        True
    ] * 3
    whole = tocsin("cases", "show", case, "--format", "json").json
    assert [one["act"] for one in whole["acts"]] == [
        "open",
        "take",
        "note",
        "wait",
        "resume",
        "answer",
        "resolve",
    ]
    assert tocsin("cases", "reopen", case, "--by", "tom", "--format", "json").json["state"] == (
        "reopened"
    )
    logged = tocsin("outcomes", "--format", "json").json
    assert [one["action"] for one in logged if one["kind"] == "case"][-1] == "reopen"
    assert tocsin("verify-log").code == 0


def test_a_case_is_given_to_people_and_to_queues_that_there_are(tocsin, case):
    assert tocsin("cases", "give", case, "tom", "--by", "zoe", "--format", "json").json[
        "person"
    ] == ("tom")
    given = tocsin(
        "cases", "give", case, "--queue", "legal", "--by", "zoe", "--format", "json"
    ).json
    assert (given["queue"], given["person"]) == ("legal", None)
    wrong = tocsin("cases", "give", case, "--queue", "lgeal", "--by", "zoe")
    assert (wrong.code, wrong.out) == (2, "")
    assert "no queue is called 'lgeal'; there are care, legal" in wrong.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["take", "case-ffff"], "no case 'case-ffff' is stored", id="no such case"),
        pytest.param(["give", "{}"], "either to a person or to a queue", id="given to nobody"),
        pytest.param(["reopen", "{}"], "only what is resolved", id="does not fit"),
    ],
)
def test_what_does_not_fit_ends_with_a_message(tocsin, case, arguments, message):
    done = tocsin("cases", *(one.format(case) for one in arguments), "--by", "zoe")

    assert (done.code, done.out) == (2, "")
    assert message in done.err
