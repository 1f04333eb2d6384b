"""Opt-outs and upstream changes: stored with the mention that brings them, heeded until lifted."""

from datetime import timedelta

import pytest

from engine.dispatch.recall import make_send
from engine.errors import OptOutError, StoreError
from engine.sending import Cap, OptOut, Reach, Standing, UpstreamChange
from engine.store import Store
from engine.testing import NOON, mention, planned
from tests.store.samples import LATER, batch, mentions

STOP = mention("STOP", external_id="9", in_reply_to="8")
WHO = {"by": "tom", "reason": "she called us"}


async def past(store, about):
    """What the gates are told of a reply to a mention."""
    send = make_send(planned("reply", mention=about), "account:acme", NOON)
    day = timedelta(days=1)
    return await store.sends.past(send, about, reach=Reach(day, Cap(1, day), Cap(1, day), day))


async def hear(store, *said, at=NOON, **fields):
    await store.log.append(batch(*said, **fields), observed_at=at)


async def test_a_wish_is_stored_with_the_mention_that_says_so(store):
    await hear(store, *mentions(3), STOP)
    found = await store.opt_outs.asked(STOP)
    assert found == OptOut("import", "import:77", "zoe", NOON, mention="import:9")


async def test_a_wish_outlives_a_process_that_ends_right_after(store, store_url):
    """The store is left as a killed process leaves it: nothing is closed, nothing more is called."""
    await hear(store, STOP)
    other = await Store.open(store_url)
    try:
        assert await other.opt_outs.asked(STOP) is not None
    finally:
        await other.close()


async def test_where_the_mention_is_not_stored_neither_is_the_wish(store):
    """The cursor cannot be written as JSON, so the transaction fails after the wish was noted."""
    with pytest.raises(StoreError, match="not JSON"):
        await hear(store, STOP, cursor={"at": object()})
    assert await store.opt_outs.asked(STOP) is None
    assert (await store.queries.counts())["mentions"] == 0


@pytest.mark.parametrize(
    ("fields", "is_heeded"),
    [
        pytest.param({}, True, id="the same author"),
        pytest.param({"handle": None}, True, id="the same id alone"),
        pytest.param({"author_id": "5"}, True, id="the same handle"),
        pytest.param({"author_id": "5", "handle": "ZOE"}, True, id="the same handle, folded"),
        pytest.param({"author_id": "5", "source": "x"}, True, id="the same handle elsewhere"),
        pytest.param(
            {"author_id": "5", "handle": "\uff20\uff3a\uff4f\uff45"}, True, id="full width"
        ),
        pytest.param({"handle": None, "source": "x"}, False, id="the same id elsewhere"),
        pytest.param({"author_id": "5", "handle": "@tom"}, False, id="somebody else"),
        pytest.param({"author_id": None, "handle": None}, False, id="nobody"),
    ],
)
async def test_a_wish_holds_for_the_author_across_channels(store, fields, is_heeded):
    await hear(store, STOP)
    other = mention("hello", external_id="10", **fields)
    found = await store.opt_outs.asked(other)
    assert (found is not None) is is_heeded
    assert (await past(store, other)).opt_out == found


async def test_what_is_said_to_nobody_is_no_wish_but_to_our_handle_it_is(store_url):
    for handles, is_heeded in (((), False), (("@Acme",), True)):
        store = await Store.open(store_url, own_handles=lambda found=handles: found)
        try:
            said = mention("@acme stop messaging me", external_id=str(len(handles)))
            await hear(store, said)
            assert (await store.opt_outs.asked(said) is not None) is is_heeded
        finally:
            await store.close()


async def test_a_person_records_a_wish_once(store):
    wish = OptOut("", None, "@Zoe", NOON, by="tom")
    assert await store.opt_outs.add(wish, reason="by phone") is True
    assert await store.opt_outs.add(wish, reason="again") is False
    found = await store.opt_outs.asked(mention("hello", source="x", author_id="1"))
    assert (found.handle, found.by) == ("zoe", "tom")


async def test_a_lifted_wish_stays_lifted_when_its_mention_comes_again(store):
    await hear(store, STOP)
    assert await store.opt_outs.lift(handle="@zoe", at=LATER, **WHO) == 1
    assert await store.opt_outs.asked(STOP) is None
    await hear(store, STOP, at=LATER)
    assert await store.opt_outs.asked(STOP) is None
    await hear(store, mention("stop", external_id="10", kind="message"), at=LATER)
    assert await store.opt_outs.asked(STOP) is not None
    rows = await store.opt_outs.recent(standing=False)
    assert [(row["mention"], row["lifted_by"]) for row in rows] == [
        ("import:10", None),
        ("import:9", "tom"),
    ]
    assert [row["mention"] for row in await store.opt_outs.recent()] == ["import:10"]


async def test_every_change_is_in_the_log_with_who_and_why_and_without_the_author(store):
    await hear(store, STOP)
    await store.opt_outs.lift(author="import:77", at=LATER, **WHO)
    rows = sorted(await store.queries.outcomes(limit=9), key=lambda row: row["seq"])
    assert [(row["kind"], row["state"], row["mention"]) for row in rows] == [
        ("opt_out", "asked", "import:9"),
        ("opt_out", "lifted", "import:9"),
    ]
    assert [row["detail"] for row in rows] == ["by the author", "by tom"]
    assert rows[1]["payload"] == WHO
    assert not any("zoe" in str(row) or "77" in str(row["payload"]) for row in rows)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param({"handle": "@nobody", **WHO}, id="no such wish stands"),
        pytest.param(WHO, id="nobody is named"),
        pytest.param({"handle": "@zoe", "by": " ", "reason": "x"}, id="nobody does it"),
        pytest.param({"handle": "@zoe", "by": "tom", "reason": ""}, id="for no reason"),
    ],
)
async def test_a_wish_is_not_lifted_without_who_and_why(store, act):
    await hear(store, STOP)
    with pytest.raises(OptOutError):
        await store.opt_outs.lift(at=LATER, **act)
    assert await store.opt_outs.asked(STOP) is not None


@pytest.mark.parametrize(
    "wish",
    [OptOut("x", None, None, NOON, by="tom"), OptOut("x", None, "zoe", NOON)],
    ids=["of nobody", "told by nobody"],
)
async def test_a_wish_is_not_recorded_without_whose_and_who(store, wish):
    with pytest.raises(OptOutError):
        await store.opt_outs.add(wish, reason="by phone")


def change(kind, at=NOON, external_id="1"):
    return UpstreamChange("import", external_id, kind, at)


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        pytest.param([change("edited")], change("edited"), id="edited"),
        pytest.param(
            [change("edited"), change("edited", LATER)], change("edited"), id="edited twice"
        ),
        pytest.param(
            [change("edited"), change("deleted", LATER)],
            change("deleted", LATER),
            id="edited, then deleted",
        ),
        pytest.param(
            [change("deleted"), change("edited", LATER)],
            change("deleted"),
            id="deleted, then edited",
        ),
        pytest.param(
            [change("deleted"), change("deleted", LATER)], change("deleted"), id="deleted twice"
        ),
        pytest.param([change("deleted", external_id="2")], None, id="another one"),
    ],
)
async def test_what_became_of_a_mention(store, told, stands):
    [one] = mentions(1)
    await hear(store, one)
    for each in told:
        await hear(store, upstream=(each,))
    assert await store.upstream.of(one) == stands
    assert (await past(store, one)).standing == Standing(is_stored=True, change=stands)


async def test_a_mention_that_was_never_stored_does_not_stand(store):
    await store.upstream.note([change("edited", external_id="2")])
    known, unknown = mentions(2)
    await hear(store, known)
    assert (await past(store, unknown)).standing == Standing(
        is_stored=False, change=change("edited", external_id="2")
    )


async def test_mentions_are_found_by_id(store):
    one, two = mentions(2)
    await hear(store, one, two)
    found = await store.upstream.mentions(["import:2", "import:7"])
    assert {name: each.text for name, each in found.items()} == {"import:2": two.text}
