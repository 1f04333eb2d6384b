"""Opt-outs from the command line."""

import asyncio

import pytest

from engine.store import Store
from engine.testing import NOON, mention
from tests.store.samples import batch

WHY = ("--by", "tom", "--reason", "she called us")


@pytest.fixture
def heard(tmp_path):
    """A database in which one author said stop."""

    async def fill():
        store = await Store.open(f"sqlite:///{tmp_path}/test.db")
        said = mention("STOP", external_id="9", kind="message")
        await store.log.append(batch(said), observed_at=NOON)
        await store.close()

    asyncio.run(fill())


def test_who_said_stop_is_listed_and_may_be_written_to_again(tocsin, heard):
    assert tocsin("optout", "list").out == "import:77 @zoe  2026-03-02T12:00:00Z  in import:9\n"
    lifted = tocsin("optout", "lift", "@Zoe", *WHY, "--format", "json")
    assert lifted.json == {"author": None, "handle": "zoe", "lifted": 1}
    assert tocsin("optout", "list", "--format", "json").json == []
    assert " by tom" in tocsin("optout", "list", "--all").out
    [*_, last] = tocsin("outcomes", "--format", "json").json
    assert (last["kind"], last["payload"]) == ("opt_out", {"by": "tom", "reason": "she called us"})


def test_a_wish_is_recorded_by_handle_or_by_id(tocsin, heard):
    assert tocsin("optout", "add", "@Tom", *WHY).out == "@Tom is not written to any more\n"
    assert tocsin("optout", "add", "x:5", *WHY, "--format", "json").json["new"] is True
    assert tocsin("optout", "add", "@tom", *WHY).out == "@tom was not written to before\n"
    rows = tocsin("optout", "list", "--format", "json").json
    assert [(row["source"], row["author"], row["handle"]) for row in rows] == [
        ("x", "x:5", None),
        ("", None, "tom"),
        ("import", "import:77", "zoe"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "zoe", *WHY), "'zoe' names no author: write @handle, or SOURCE:ID"),
        (("lift", "@nobody", *WHY), "no opt-out of this author stands"),
        (("add", "@zoe", "--by", "tom"), "--reason"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(tocsin, heard, arguments, said):
    refused = tocsin("optout", *arguments)
    assert refused.code == 2
    assert said in refused.err
