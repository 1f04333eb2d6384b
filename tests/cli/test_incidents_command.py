"""Incidents and silences from the command line, on a database that an engine has written."""

import asyncio

import pytest

from engine.incidents import Incidents
from engine.store import Store
from engine.store.incidents import record_incidents
from engine.store.policies import EventKind, PolicyEvent, PolicyRevision
from engine.testing import NOON, mention
from tests.incidents.stories import action, enters, joins, minute, resolves, tells
from tests.store.samples import batch

FIRE = (action(title="Battery fire | <b>now</b>", playbook="recall"),)


def other(number):
    """A mention that came later and was erased since."""
    published = minute(number)
    return mention("fire", external_id=str(number), handle=f"@u{number}", published_at=published)


async def written(url):
    """A crisis of an hour as the engine stores it; returns the incidents' ids, oldest first."""
    store, incidents = await Store.open(url), Incidents()
    seen = mention("my *battery* is on fire", external_id="z", handle="@zoe")
    changes = []
    for decision in (
        joins("spike", 0),
        enters("surge", 3, actions=FIRE),
        tells("surge", 3, 3, ["lea"]),
        enters("surge", 5, key={"brand": "velo"}),
        resolves("surge", 9, 5, key={"brand": "velo"}),
    ):
        changes += incidents.apply(decision, mention())
    [open_one] = incidents.open()
    for number in range(12):
        incidents.count(
            open_one.firings[0].id,
            seen if number == 0 else other(number),
            ["battery", "fire"],
        )
    try:
        await store.log.append(batch(seen), observed_at=NOON)
        revision = PolicyRevision("r1", {"care.yaml": "x"}, modes={"care": {"surge": {}}})
        event = PolicyEvent(EventKind.STARTUP, revision.texts, "r1")
        await store.policies.keep(revision, event, at=NOON)
        async with store._database.write() as connection:
            await record_incidents(
                connection, changes, causes=incidents.take_causes(), at=minute(10)
            )
    finally:
        await store.close()
    return open_one.id


@pytest.fixture
def incident(tmp_path):
    """The id of an open incident in the database that the commands use."""
    return asyncio.run(written(f"sqlite:///{tmp_path}/test.db"))


def test_list_shows_what_goes_on_and_all_of_it_when_asked(tocsin, incident):
    shown = tocsin("incidents", "list")
    assert shown.code == 0, shown.err
    [line] = shown.out.splitlines()
    assert line.startswith(f"{incident}  open          major     2026-03-02 12:03")
    assert len(tocsin("incidents", "list", "--all").out.splitlines()) == 2
    rows = tocsin("incidents", "list", "--state", "resolved", "--format", "json").json
    assert [row["brand"] for row in rows] == ["velo"]


def test_show_says_what_it_is_what_happened_and_why(tocsin, incident):
    shown = tocsin("incidents", "show", incident[:9])
    assert shown.code == 0, shown.err
    lines = shown.out.splitlines()
    assert lines[0] == "MAJOR  Battery fire | <b>now</b>"
    assert lines[1] == f"{incident} is OPEN, opened 12:03"
    assert "  12:03:00  entered       care/surge  brand=acme; count 30" in lines
    assert "  12:03:00  told          care/surge  step 1: lea" in lines
    assert "  12 mention(s) by 12 author(s)." in lines
    assert '  First: @zoe (import): "my *battery* is on fire"' in lines
    assert lines[-1] == "Now: ack takes it on, mitigate and resolve close it"


def test_a_person_takes_an_incident_to_its_end(tocsin, incident):
    by = ("--by", "lea", "--format", "json")
    states = [
        tocsin("incidents", "ack", incident, "--note", "on it", *by).json["state"],
        tocsin("incidents", "note", incident, "called the plant", *by).json["state"],
        tocsin("incidents", "mitigate", incident, *by).json["state"],
        tocsin("incidents", "resolve", incident, *by).json["state"],
    ]
    assert states == ["acknowledged", "acknowledged", "mitigated", "resolved"]
    refused = tocsin("incidents", "ack", incident, "--by", "tom")
    assert refused.code == 2
    assert "what may be done now: note" in refused.err
    assert tocsin("verify-log").code == 0


def test_the_record_has_figures_and_no_mention_draws_the_page(tocsin, incident):
    tocsin("incidents", "ack", incident, "--by", "lea", "--note", "on it")
    done = tocsin("incidents", "show", incident, "--record")
    assert done.code == 0, done.err
    assert done.out.startswith("# Battery fire \\| \\<b\\>now\\</b\\>\n\n")
    assert "| Time to acknowledge | " in done.out
    assert "| Mentions counted | 12 |" in done.out
    assert " acknowledged: lea: on it" in done.out
    assert "- 2026-03-02T12:03:00Z told: care/surge: step 1: lea" in done.out
    assert "my \\*battery\\* is on fire" in done.out


def test_an_incident_that_is_not_there_is_told(tocsin, incident):
    done = tocsin("incidents", "show", "inc-ffffffff")
    assert (done.code, done.out) == (2, "")
    assert "no incident 'inc-ffffffff' is stored" in done.err


def test_a_silence_is_set_listed_and_ended(tocsin, incident):
    why = ("--for", "2h", "--by", "zoe", "--reason", "launch day")
    added = tocsin("silence", "add", "care/surge", *why, "--format", "json")
    assert added.code == 0, added.err
    name = added.json["id"]
    listed = tocsin("silence", "list")
    assert listed.out.startswith(f"{name}  care/surge  until ")
    assert 'hid 0  by zoe  "launch day"' in listed.out

    assert (
        tocsin("silence", "end", name, "--by", "tom").out == f"{name}: care/surge is heard again\n"
    )
    assert tocsin("silence", "list").out == ""
    [row] = tocsin("silence", "list", "--all", "--format", "json").json
    assert row["ended_by"] == "tom"


def test_a_silence_of_a_rule_that_does_not_run_is_refused(tocsin, incident):
    why = ("--for", "2h", "--by", "zoe", "--reason", "launch day")
    refused = tocsin("silence", "add", "sruge", *why)
    assert refused.code == 2
    assert "no rule 'sruge' runs; did you mean surge?" in refused.err
    assert tocsin("silence", "add", "sruge", *why, "--force").code == 0
    assert tocsin("silence", "add", "surge", "--for", "x", "--reason", "y").code == 2
