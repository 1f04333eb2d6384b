"""Intake: what is stored, what is a duplicate, what is a dead letter."""

import asyncio
from dataclasses import replace

import pytest

from engine.errors import StoreError
from engine.mention_json import text_hash
from engine.ports import DeadLetter, Stored
from engine.store import Store
from engine.testing import NOON, mention
from tests.store.samples import LATER, batch, count, meddle, mentions

BAD_LINE = DeadLetter("feed", "feed.jsonl:7", "text is missing", '{"txet": "hi"}')


async def test_a_batch_is_stored_in_order_and_waits_to_be_decided(store):
    found = await store.log.append(batch(*mentions(3)), observed_at=NOON)

    assert found == Stored(stored=3, duplicates=0, dead_letters=0)
    assert await store.log.backlog() == 3
    entries = await store.log.undecided(limit=2)
    assert [entry.mention.id for entry in entries] == ["import:1", "import:2"]
    assert entries[0].seq < entries[1].seq


async def test_the_same_batch_again_changes_nothing(store):
    await store.log.append(batch(*mentions(3), dead=(BAD_LINE,)), observed_at=NOON)
    again = await store.log.append(batch(*mentions(3), dead=(BAD_LINE,)), observed_at=LATER)

    assert again == Stored(stored=0, duplicates=3, dead_letters=1)
    counts = await store.queries.counts()
    assert (counts["mentions"], counts["dead_letters"]) == (3, 1)


async def test_a_mention_twice_in_one_batch_is_one_duplicate(store):
    twice = mention("hello", external_id="1")
    found = await store.log.append(batch(twice, twice), observed_at=NOON)
    assert found == Stored(stored=1, duplicates=1, dead_letters=0)


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        pytest.param(
            "Caf\u00e9  acme\n", True, id="composition and white space make no difference"
        ),
        pytest.param("Cafe\u0301 acme", True, id="an accent in two characters is the same"),
        pytest.param("Cafe acme", False, id="an accent less is another text"),
        pytest.param("caf\u00e9 acme", False, id="case is another text"),
    ],
)
def test_texts_are_the_same(text, is_same):
    assert (text_hash(text) == text_hash("Caf\u00e9 acme")) is is_same


@pytest.mark.parametrize("apart", [False, True], ids=["in one batch", "in two batches"])
async def test_another_text_under_a_taken_identity_is_a_dead_letter_naming_both(store, apart):
    first = mention("the first text", external_id="1")
    second = mention("the second text", external_id="1")
    if apart:
        await store.log.append(batch(first), observed_at=NOON)
        found = await store.log.append(batch(second), observed_at=NOON)
        assert found == Stored(stored=0, duplicates=0, dead_letters=1)
    else:
        found = await store.log.append(batch(first, second), observed_at=NOON)
        assert found == Stored(stored=1, duplicates=0, dead_letters=1)

    [letter] = await store.queries.dead_letters()
    assert "the identity of '1' of source 'import'" in letter["reason"]
    assert "'the first text'" in letter["reason"]
    assert "'the second text'" in letter["reason"]
    assert "the second text" in letter["raw"]
    [kept] = await store.queries.mentions()
    assert kept["text"] == "the first text"


async def test_an_id_that_belongs_to_another_identity_is_a_dead_letter(store):
    await store.log.append(batch(mention("one", id="m1", external_id="1")), observed_at=NOON)
    other = mention("one", id="m1", external_id="2")
    found = await store.log.append(batch(other), observed_at=NOON)

    assert found == Stored(stored=0, duplicates=0, dead_letters=1)
    [letter] = await store.queries.dead_letters()
    assert letter["reason"].startswith("the id of '2' of source 'import' (id 'm1')")


async def test_the_same_external_id_of_another_source_is_another_mention(store):
    here, there = mention("hi", source="x"), mention("hi", source="reddit")
    found = await store.log.append(batch(here, there), observed_at=NOON)
    assert found.stored == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"external_id": "x" * 2_001}, "external_id", id="a key too long for an index"),
        pytest.param({"text": "   "}, "text is missing or empty", id="no text is left"),
        pytest.param({"kind": "rant"}, "kind must be one of", id="a kind that is none"),
    ],
)
async def test_a_mention_that_could_not_be_read_back_is_a_dead_letter(store, fields, reason):
    bad = replace(mention(), **fields)
    found = await store.log.append(batch(bad, *mentions(1, start=5)), observed_at=NOON)

    assert found == Stored(stored=1, duplicates=0, dead_letters=1)
    [letter] = await store.queries.dead_letters()
    assert reason in letter["reason"]


async def test_a_mention_without_an_arrival_arrived_when_it_was_stored(store):
    given = replace(mention(external_id="2"), observed_at=NOON)
    await store.log.append(batch(mention(), given), observed_at=LATER)
    entries = await store.log.undecided(limit=5)
    assert [entry.mention.observed_at for entry in entries] == [LATER, NOON]


async def test_the_cursor_is_none_before_the_first_batch_and_follows_each(store):
    assert await store.log.cursor("feed") is None
    await store.log.append(batch(cursor={"offset": 10}), observed_at=NOON)
    await store.log.append(batch(cursor={"offset": 20}), observed_at=NOON)
    await store.log.append(batch(*mentions(1)), observed_at=NOON)
    assert await store.log.cursor("feed") == {"offset": 20}
    assert await store.log.cursor("other") is None


async def test_a_cursor_that_cannot_be_stored_takes_its_mentions_back(store, store_url):
    await store.log.append(batch(source="one", cursor={"at": 1}), observed_at=NOON)
    meddle(store_url, "CREATE UNIQUE INDEX fault ON source_cursors (cursor)")

    with pytest.raises(StoreError, match="did not do what was asked"):
        await store.log.append(
            batch(*mentions(2), dead=(BAD_LINE,), source="two", cursor={"at": 1}), observed_at=NOON
        )
    assert await store.log.backlog() == 0
    assert count(store_url, "dead_letters") == 0
    assert await store.log.cursor("two") is None

    meddle(store_url, "DROP INDEX fault")
    found = await store.log.append(batch(*mentions(2), cursor={"at": 1}), observed_at=NOON)
    assert found.stored == 2


async def test_two_intakes_at_once_share_the_work_without_loss(store, store_url):
    other = await Store.open(store_url)
    try:
        parts = [mentions(40, start=start) for start in (1, 21, 41, 61)]
        found = await asyncio.gather(
            *(
                one.log.append(batch(*part), observed_at=NOON)
                for part, one in zip(parts, (store, other, store, other), strict=True)
            )
        )
    finally:
        await other.close()
    assert sum(one.stored for one in found) == 100
    assert sum(one.duplicates for one in found) == 60
    assert await store.log.backlog() == 100


async def test_a_batch_larger_than_one_statement_may_name_is_stored_whole(store):
    many = mentions(1_000)
    assert (await store.log.append(batch(*many), observed_at=NOON)).stored == 1_000
    assert (await store.log.append(batch(*many), observed_at=NOON)).duplicates == 1_000
