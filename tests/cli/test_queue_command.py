"""The queue from the command line, on a database that an engine has written."""

import asyncio
from datetime import timedelta

import pytest

from engine.approving import ApprovalTerms
from engine.decision import Severity
from engine.store import Store
from tests.approval.people import drafted, reply

# The commands read the system's clock, which is far from noon of 2 March 2026.
FOR_EVER = ApprovalTerms(expires=timedelta(days=36_500))
FIRST, SECOND, GRAVE = "aaaaaa11", "aaaaaa22", "bbbbbb33"


async def written(url):
    store = await Store.open(url, approval=FOR_EVER)
    try:
        await drafted(store, reply(id=FIRST, text="We refund 20 euros"), reply(id=SECOND))
        grave = reply(id=GRAVE, approval="four_eyes")
        await drafted(store, grave, rule="b", severity=Severity.CRITICAL)
    finally:
        await store.close()


@pytest.fixture
def queue(tmp_path, tocsin):
    """Runs ``tocsin queue …`` as zoe on a database with three drafts, two for one mention."""
    asyncio.run(written(f"sqlite:///{tmp_path}/test.db"))

    def call(*arguments, by="zoe", **more):
        named = ["--by", by] if arguments[0] in ("approve", "edit", "reject") else []
        return tocsin("queue", *arguments, *named, **more)

    return call


def test_list_puts_the_gravest_first_and_is_a_list_in_json(queue):
    shown = queue("list")
    assert shown.code == 0, shown.err
    first, second, third = shown.out.splitlines()
    assert first.startswith(f"{GRAVE}  critical  risk 0.60  0/2  LATE 2026-03-02 12:15")
    assert second.startswith(f"{FIRST}  minor     risk 0.28  0/1")
    assert third.endswith("care/angry  We are sorry")
    rows = queue("list", "--format", "json").json
    assert [row["id"] for row in rows] == [GRAVE, FIRST, SECOND]
    assert rows[0]["needed"] == 2


def test_show_says_all_a_person_needs(queue):
    queue("edit", FIRST, "--text", "-", stdin=b"We refund 30 euros\n", by="tom")
    lines = queue("show", FIRST).out.splitlines()
    assert lines[:3] == [
        "MINOR  reply of care/angry",
        f"{FIRST} is awaiting_approval",
        "approved by nobody yet, 1 needed; text by tom",
    ]
    assert "  We refund 30 euros" in lines
    assert "  hello acme, number 1" in lines
    assert "  0.20  the text promises something" in lines
    assert f"  {SECOND}  angry  We are sorry" in lines
    assert "  ✓ sentiment: negative (saw negative)" in lines
    assert any(line.endswith("edited by tom (rewrote it)") for line in lines)
    assert queue("show", FIRST, "--format", "json").json["beside"][0]["id"] == SECOND


def test_an_approval_sends_it_and_cancels_its_rival(queue):
    done = queue("approve", FIRST[:8], "--reason", "fine")
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        f"{FIRST}: approved (1 of 1)",
        f"{SECOND}: cancelled, it answered the same mention",
    ]
    again = queue("approve", FIRST, "--format", "json").json
    assert (again["changed"], again["said"]) == (False, "you approved it already")
    rows = queue("list", "--all", "--format", "json").json
    assert {row["id"]: row["state"] for row in rows} == {
        GRAVE: "awaiting_approval",
        FIRST: "approved",
        SECOND: "cancelled",
    }


def test_a_text_of_ones_own_is_read_from_a_file(queue, write):
    path = write("said.txt", "So sorry\n")
    assert queue("approve", FIRST, "--text", path).code == 0
    shown = queue("show", FIRST, "--format", "json").json
    assert (shown["params"]["text"], shown["edited_by"]) == ("So sorry", "zoe")


def test_four_eyes_take_two_people(queue):
    first = queue("approve", GRAVE)
    assert first.out == f"{GRAVE}: noted; somebody else has to approve it too (1 of 2)\n"
    assert "approved (2 of 2)" in queue("approve", GRAVE, by="tom").out


def test_a_rejection_keeps_its_reason(queue):
    assert queue("reject", GRAVE).code == 2
    assert queue("reject", GRAVE, "--reason", "not our tone").code == 0
    assert "is cancelled (rejected: not our tone)" in queue("show", GRAVE).out
    rows = queue("stats", "--format", "json").json
    assert [(row["rule"], row["rejected"]) for row in rows] == [("angry", 0), ("b", 1)]
    assert "  0%  care/b reply: 0 approved" in queue("stats").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["approve", "aaaaaa"], "several drafts begin with 'aaaaaa': aaaaaa11, aaaaaa22"),
        (["approve", "aaa"], "'aaa' is too short for a draft"),
        (["show", "cccccc"], "no draft 'cccccc' is stored"),
        (["reject", FIRST, "--reason", " "], "a rejection needs its reason"),
        (["edit", FIRST, "--text", "missing.txt"], "missing.txt cannot be used"),
    ],
)
def test_what_cannot_be_done_is_said(queue, arguments, message):
    done = queue(*arguments)
    assert done.code == 2
    assert message in done.err


def test_the_settings_say_how_many_people(queue):
    done = queue("approve", FIRST, TOCSIN_APPROVAL_FOUR_EYES_ABOVE="0.2")
    assert "(1 of 2)" in done.out


def test_who_approves_is_told_what_is_halted(queue, tocsin):
    thrown = tocsin("halt", "all", "--reason", "storm", "--by", "ann")
    assert thrown.code == 0, thrown.err
    for call in (("list",), ("show", FIRST), ("approve", FIRST)):
        told = queue(*call)
        assert told.code == 0
        assert told.err.replace("\n", " ").startswith(
            "all is halted by ann: storm; what is approved"
        )
