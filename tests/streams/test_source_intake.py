from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import collect, row, texts

from engine.errors import MentionError
from engine.testing import NOON, mention
from engine.units import format_instant
from streams.sources.cloudevents import BATCH
from streams.sources.intake import (
    MOST_INPUTS,
    IntakeClosedError,
    IntakeFullError,
    IntakeSource,
    NoCloudEventError,
    Received,
    TooManyInputsError,
    read_events,
    read_lines,
    read_webhook,
)
from streams.sources.lines import MentionReader
from streams.sources.rate_limit import RateLimiter
from streams.sources.threaded import closing_iterator

READER = MentionReader("web", "r1")


def received(*names):
    return Received(tuple(mention(name, external_id=name) for name in names), ())


async def settle():
    """Let every task that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


JSON = {"content-type": "application/json"}
WHEN = "2026-03-02T09:00:00Z"


def as_json(value):
    return json.dumps(value).encode()


def test_a_batch_of_lines_keeps_the_good_ones():
    found = read_lines({}, as_json(row("one")) + b"\n{\n\n" + as_json(row("two")), READER)
    assert [one.text for one in found.mentions] == ["one", "two"]
    assert [one.place for one in found.dead] == ["r1:2"]


@pytest.mark.parametrize(
    ("kind", "value", "read", "dead"),
    [
        pytest.param("application/json", row("one"), ["one"], [], id="one"),
        pytest.param("application/json", [row("one"), row("two")], ["one", "two"], [], id="list"),
        pytest.param("application/x-ndjson", row("one"), ["one"], [], id="lines"),
        pytest.param("", row("one"), ["one"], [], id="lines-where-nothing-is-said"),
        pytest.param(
            "application/json; charset=utf-8",
            [row("one"), 7],
            ["one"],
            ["r1:2"],
            id="list-with-a-bad-one",
        ),
        pytest.param("application/x-ndjson", [row("one")], [], ["r1:1"], id="list-on-a-line"),
    ],
)
def test_a_batch_is_read_by_its_type(kind, value, read, dead):
    found = read_lines({"content-type": kind}, as_json(value), READER)
    assert [one.text for one in found.mentions] == read
    assert [one.place for one in found.dead] == dead


@pytest.mark.parametrize(
    ("data", "read", "dead"),
    [
        pytest.param({"text": "one"}, [("one", WHEN)], [], id="dated-by-its-envelope"),
        pytest.param(
            {"text": "one", "published_at": "2026-03-01T08:00:00Z"},
            [("one", "2026-03-01T08:00:00Z")],
            [],
            id="dated-by-itself",
        ),
        pytest.param(
            {"mentions": [{"text": "one"}, 7, {"text": "two"}]},
            [("one", WHEN), ("two", WHEN)],
            ["r1:2"],
            id="several-with-a-bad-one",
        ),
        pytest.param({"mentions": []}, [], [], id="several-of-none"),
    ],
)
def test_a_webhook_is_unwrapped(data, read, dead):
    envelope = {"type": "mention.created", "timestamp": WHEN, "data": data}
    found = read_webhook({}, as_json(envelope), READER)
    assert [(one.text, format_instant(one.published_at)) for one in found.mentions] == read
    assert [one.place for one in found.dead] == dead


def test_a_webhook_without_a_time_leaves_its_mention_undated():
    found = read_webhook({}, as_json({"data": {"text": "one"}}), READER)
    assert ["published_at is missing" in one.reason for one in found.dead] == [True]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"1", b'{"data": []}', as_json(row("bare"))])
def test_a_webhook_without_an_envelope_fails_as_a_whole(body):
    with pytest.raises(MentionError, match=r"a webhook's body is \{"):
        read_webhook({}, body, READER)


@pytest.mark.parametrize("read", [read_lines, read_webhook])
def test_a_body_that_is_no_json_fails_as_a_whole(read):
    with pytest.raises(MentionError, match="not JSON"):
        read(JSON, b"{", READER)


def test_what_is_no_event_says_what_would_be():
    with pytest.raises(NoCloudEventError, match=r"application/cloudevents\+json"):
        read_events(JSON, as_json(row("one")), READER)


@pytest.mark.parametrize(
    ("read", "kind", "value"),
    [
        pytest.param(read_lines, "application/json", lambda ones: ones, id="list"),
        pytest.param(
            read_webhook,
            "application/json",
            lambda ones: {"data": {"mentions": ones}},
            id="webhook",
        ),
        pytest.param(read_events, BATCH, lambda ones: ones, id="events"),
    ],
)
def test_a_request_holds_so_many_inputs_and_no_more(read, kind, value):
    headers = {"content-type": kind}
    assert read(headers, as_json(value([1] * MOST_INPUTS)), READER).read == MOST_INPUTS
    with pytest.raises(TooManyInputsError, match=f"{MOST_INPUTS + 1} mentions in one request"):
        read(headers, as_json(value([1] * (MOST_INPUTS + 1))), READER)


@given(
    st.sampled_from(
        [
            (read_lines, "application/json"),
            (read_lines, "application/jsonl"),
            (read_webhook, "application/json"),
            (read_events, "application/cloudevents+json"),
            (read_events, BATCH),
        ]
    ),
    st.binary(max_size=60),
)
def test_no_body_raises_anything_else(how, body):
    read, kind = how
    with suppress(MentionError):
        found = read({"content-type": kind}, body, READER)
        assert found.read == len(found.mentions) + len(found.dead)


async def test_an_offer_returns_once_it_is_stored():
    source = IntakeSource("web", 10)
    offer = asyncio.create_task(source.offer(received("one"), key="k"))
    async with closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["one"]
        await settle()
        assert not offer.done()
        asking = asyncio.create_task(anext(batches))
        await offer
        assert source.waiting == 0
        asking.cancel()
        await asyncio.wait([asking])


async def test_waiting_offers_are_handed_on_together():
    source = IntakeSource("web", 10, batch_size=3)
    offers = [
        asyncio.create_task(source.offer(received(*names), key=names))
        for names in ("ab", "c", "de", "fghi", "j")
    ]
    await settle()
    reading = asyncio.create_task(collect(source))
    await settle()
    source.close()
    found = await reading
    await asyncio.gather(*offers)
    assert [texts([batch]) for batch in found] == [list("abc"), list("de"), list("fghi"), list("j")]


async def test_more_than_may_wait_is_refused():
    source = IntakeSource("web", 3)
    waiting = [asyncio.create_task(source.offer(received(*"ab"), key="1"))]
    await settle()
    with pytest.raises(IntakeFullError, match="2 inputs wait to be stored; at most 3 may"):
        await source.offer(received(*"cd"), key="2")
    waiting.append(asyncio.create_task(source.offer(received("e"), key="3")))
    await settle()
    source.close()
    assert texts([batch async for batch in source.batches(None)]) == []
    with pytest.raises(IntakeClosedError):
        await waiting[0]
    with pytest.raises(IntakeClosedError):
        await waiting[1]


async def test_a_request_larger_than_all_is_taken_alone():
    source = IntakeSource("web", 2)
    offer = asyncio.create_task(source.offer(received(*"abcde"), key="1"))
    async with closing_iterator(source.batches(None)) as batches:
        assert len(texts([await anext(batches)])) == 5
        source.close()
        assert await anext(batches, None) is None
        await offer


async def test_the_same_key_while_it_waits_is_one_offer():
    source = IntakeSource("web", 10)
    offers = [asyncio.create_task(source.offer(received("a"), key="1")) for _ in range(3)]
    async with closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["a"]
        source.close()
        assert await anext(batches, None) is None
    await asyncio.gather(*offers)


async def test_a_sender_that_hangs_up_takes_nothing_back():
    source = IntakeSource("web", 10)
    first = asyncio.create_task(source.offer(received("a"), key="1"))
    await settle()
    first.cancel()
    await asyncio.wait([first])
    async with closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["a"]


async def test_a_runner_that_stops_before_storing_fails_the_offer_and_no_other():
    source = IntakeSource("web", 10, batch_size=1)
    first = asyncio.create_task(source.offer(received("a"), key="1"))
    second = asyncio.create_task(source.offer(received("b"), key="2"))
    async with closing_iterator(source.batches(None)) as batches:
        await anext(batches)
    with pytest.raises(IntakeClosedError, match="send it again later"):
        await first
    assert not second.done()
    async with closing_iterator(source.batches(None)) as batches:
        assert texts([await anext(batches)]) == ["b"]
        source.close()
        assert await anext(batches, None) is None
    await second


async def test_closed_takes_nothing():
    source = IntakeSource("web", 10)
    source.close()
    with pytest.raises(IntakeClosedError):
        await source.offer(received("a"), key="1")


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def test_a_burst_then_a_steady_rate():
    """t: 0 takes 3 of 3 | 0 waits 0.5 | 0.5 takes one | 0.5 waits | 10 is full again, not fuller."""
    limiter = RateLimiter(2, 3)
    assert [limiter.take("a", 1, after(0)) for _ in range(4)] == [0, 0, 0, 0.5]
    assert [limiter.take("a", 1, after(0.5)) for _ in range(2)] == [0, 0.5]
    assert limiter.take("a", 3, after(10)) == 0
    assert limiter.take("a", 1, after(10)) == 0.5


def test_keys_are_apart():
    limiter = RateLimiter(1, 1)
    assert limiter.take("a", 1, NOON) == 0
    assert limiter.take("b", 1, NOON) == 0
    assert limiter.take("a", 1, NOON) == 1


def test_a_batch_beyond_the_burst_goes_and_is_owed():
    limiter = RateLimiter(1, 10)
    assert limiter.take("a", 30, NOON) == 0
    assert limiter.take("a", 1, NOON) == 21
    assert limiter.take("a", 1, after(21)) == 0


def test_a_clock_that_goes_back_gives_nothing():
    limiter = RateLimiter(1, 1)
    limiter.take("a", 1, NOON)
    assert limiter.take("a", 1, after(-100)) == 1


def test_senders_that_are_gone_are_forgotten():
    limiter = RateLimiter(1, 1)
    for n in range(25_000):
        limiter.take(str(n), 1, after(n / 100))
    assert len(limiter._buckets) <= 10_000


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 9)), max_size=30))
def test_never_more_than_the_rate_allows(asks):
    limiter = RateLimiter(2, 9)
    taken, at = 0, 0.0
    for gap, n in asks:
        at += gap
        wait = limiter.take("a", n, after(at))
        if wait == 0:
            taken += n
            assert taken <= 9 + 2 * at + 1e-3


@given(st.integers(1, 9), st.floats(0.1, 50))
def test_who_waits_as_long_as_told_is_let_through(n, rate):
    limiter = RateLimiter(rate, 9)
    limiter.take("a", 9, NOON)
    wait = limiter.take("a", n, NOON)
    assert limiter.take("a", n, after(wait + 1e-6)) == 0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_is_above_nothing(rate, burst):
    with pytest.raises(ValueError, match="a rate above 0"):
        RateLimiter(rate, burst)
