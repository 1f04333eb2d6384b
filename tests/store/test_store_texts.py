"""Any text a mention may hold goes in and comes out the same, on both databases."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.mention import Author, Metrics, Place
from engine.mention_json import read_mention, write_mention
from engine.ports import DeadLetter
from engine.store.column_types import storable, write_instant
from engine.testing import NOON, mention
from engine.testing import given as given_labels
from tests.store.samples import batch, decided, meddle

NUMBERS = itertools.count(1)
NAMES = st.none() | st.text(min_size=1, max_size=20)
COUNTS = st.none() | st.integers(0, 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.datetimes(
    min_value=NOON.replace(tzinfo=None, year=1900),
    max_value=NOON.replace(tzinfo=None, year=2200),
    timezones=st.just(UTC),
)
MENTIONS = st.builds(
    mention,
    # Any character, lone surrogates and NUL among them.
    text=st.text(st.characters(), min_size=1, max_size=200),
    author=st.builds(
        Author,
        id=NAMES,
        handle=NAMES,
        name=NAMES,
        followers=COUNTS,
        created_at=st.none() | INSTANTS,
    ),
    metrics=st.builds(Metrics, likes=COUNTS, reach=COUNTS),
    place=st.none() | st.builds(Place, name=NAMES, country=NAMES),
    media=st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=2).map(tuple),
    links=st.lists(st.text(), max_size=2).map(tuple),
    hashtags=st.lists(st.text().map(str.lower), max_size=2).map(tuple),
    brand=NAMES,
    language=st.none() | st.sampled_from(["fr", "pt-br"]),
    published_at=INSTANTS,
    observed_at=INSTANTS,
    classifications=st.just(()) | st.just(given_labels(sentiment=("negative", 0.25))),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(found=st.lists(MENTIONS, min_size=1, max_size=20))
async def test_every_mention_comes_back_as_it_went_in(store, found):
    wanted = []
    for one in found:
        numbered = replace(one, id=f"m{next(NUMBERS)}", external_id=f"\U0001f525{next(NUMBERS)}")
        if numbered.text.replace("\x00", "").strip():
            wanted.append(read_mention(write_mention(numbered)))
    stored = await store.log.append(batch(*wanted), observed_at=NOON)
    assert stored.stored == len(wanted)

    entries = await store.log.undecided(limit=100)
    assert [entry.mention for entry in entries] == wanted
    assert (await store.log.append(batch(*wanted), observed_at=NOON)).duplicates == len(wanted)
    await store.log.record([decided(entry) for entry in entries], state={}, at=NOON)
    for one in wanted[:2]:
        known = await store.queries.mention(one.id)
        assert (known["mention"]["text"], len(known["decisions"])) == (one.text, 1)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("plain", "plain", id="ASCII"),
        pytest.param("caf\u00e9 \U0001f525 \u4e16", "caf\u00e9 \U0001f525 \u4e16", id="any script"),
        pytest.param("a\x00b", "a\\x00b", id="NUL"),
        pytest.param("\u00e9\x00", "\u00e9\\x00", id="NUL beside an accent"),
        pytest.param("half \ud83d", "half \\ud83d", id="a lone surrogate"),
    ],
)
def test_what_no_column_can_hold_is_escaped(text, kept):
    assert storable(text) == kept


async def test_keys_with_nul_and_lone_surrogates_stay_apart_and_are_found(store):
    one = mention("hi", external_id="x\ud83d", author=Author(handle="@z\ud83d"))
    two = mention("hi", external_id="x\ud83e")
    assert (await store.log.append(batch(one, two), observed_at=NOON)).stored == 2
    assert (await store.log.append(batch(one, two), observed_at=NOON)).duplicates == 2
    found = await store.queries.mention("import:x\ud83d")
    assert found["mention"]["author"]["handle"] == "@z\ud83d"


async def test_a_dead_letter_keeps_its_input_to_the_character(store):
    raw = '{"text": "\x00\ud83d"}'
    letter = DeadLetter("feed\x00", "f:1\ud83d", "bad \x00", raw)
    assert (await store.log.append(batch(dead=(letter,)), observed_at=NOON)).dead_letters == 1
    [found] = await store.queries.dead_letters()
    assert found["raw"] == raw
    assert found["place"] == "f:1\\ud83d"


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(datetime(2026, 3, 2, 12, tzinfo=UTC), id="UTC"),
        pytest.param(datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2))), id="an offset"),
    ],
)
def test_instants_are_written_in_utc_at_one_width(instant):
    assert write_instant(instant) == "2026-03-02T12:00:00.000000Z"


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="names no time zone"):
        write_instant(NOON.replace(tzinfo=None))


async def test_a_stored_mention_spoilt_from_outside_is_named(store, store_url):
    await store.log.append(batch(mention()), observed_at=NOON)
    meddle(store_url, 'UPDATE mentions SET body = \'{"text": ""}\'')
    with pytest.raises(StoreError, match="mention 1 of the log was changed from outside"):
        await store.log.undecided(limit=1)
