from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classification import Classification
from engine.decision import (
    Action,
    ActionState,
    CooldownStart,
    Decision,
    HeldBack,
    Match,
    Mode,
    Severity,
    TraceNode,
)
from engine.mention import KINDS, Author, Mention, Metrics, Place
from engine.ports import Settled
from engine.reasons import Reason
from engine.testing import mention
from streams.codec import CodecError, decode, encode

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
MAYBE = st.none() | WORDS
COUNTS = st.none() | st.integers(0, 2**63 - 1)
INSTANTS = st.integers(-(10**15), 10**16).map(
    lambda us: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(microseconds=us)
)
SCORES = st.floats(0, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=3)
CLASSIFICATIONS = st.builds(
    Classification,
    WORDS,
    WORDS,
    SCORES,
    st.dictionaries(WORDS, SCORES, max_size=3),
    WORDS,
    st.just(""),
)
MENTIONS = st.builds(
    Mention,
    id=WORDS,
    source=WORDS,
    external_id=WORDS,
    text=WORDS.filter(str.strip),
    published_at=INSTANTS,
    kind=st.sampled_from(KINDS),
    language=st.sampled_from([None, "en", "fr"]),
    observed_at=st.none() | INSTANTS,
    url=MAYBE,
    links=st.lists(WORDS, max_size=2).map(tuple),
    hashtags=st.lists(st.sampled_from(["acme", "été"]), max_size=2).map(tuple),
    brand=MAYBE,
    in_reply_to=MAYBE,
    media=st.lists(WORDS | OBJECTS, max_size=2).map(tuple),
    place=st.none() | st.builds(Place, MAYBE, MAYBE),
    author=st.builds(
        Author, MAYBE, MAYBE, MAYBE, COUNTS, st.none() | st.booleans(), st.none() | INSTANTS
    ),
    metrics=st.builds(Metrics, COUNTS, COUNTS, COUNTS, COUNTS),
    classifications=st.lists(CLASSIFICATIONS, max_size=2, unique_by=lambda one: one.task).map(
        tuple
    ),
)
REASONS = st.none() | st.sampled_from(Reason)
TRACES = st.recursive(
    st.builds(TraceNode, WORDS, st.none() | st.booleans(), JSON, JSON),
    lambda inner: st.builds(
        TraceNode,
        WORDS,
        st.none() | st.booleans(),
        JSON,
        JSON,
        st.lists(inner, max_size=2).map(tuple),
    ),
    max_leaves=4,
)
ACTIONS = st.builds(
    Action,
    WORDS,
    WORDS,
    st.integers(0, 9),
    OBJECTS,
    st.sampled_from(Mode),
    st.sampled_from(ActionState),
    REASONS,
)
SPANS = st.timedeltas(timedelta(0), timedelta(days=3650))
MATCHES = st.builds(
    Match,
    WORDS,
    WORDS,
    st.sampled_from(Severity),
    st.sampled_from(Mode),
    st.lists(ACTIONS, max_size=2).map(tuple),
    st.none() | TRACES,
    st.none() | st.builds(CooldownStart, WORDS, WORDS, INSTANTS, SPANS),
)
HELD_BACK = st.builds(HeldBack, WORDS, WORDS, st.sampled_from(Reason), WORDS)
DECISIONS = st.builds(
    Decision,
    WORDS,
    WORDS,
    WORDS,
    INSTANTS,
    st.lists(MATCHES, max_size=2).map(tuple),
    st.lists(HELD_BACK, max_size=2).map(tuple),
)
SETTLED = st.builds(
    Settled, WORDS, st.sampled_from(ActionState), REASONS, WORDS, st.none() | INSTANTS, OBJECTS
)


@settings(max_examples=150, deadline=None)
@given(MENTIONS | DECISIONS | SETTLED)
def test_what_is_written_reads_back_equal(value):
    assert decode(encode(value)) == value


def test_the_envelope_is_the_contract():
    written = orjson.loads(encode(mention("hello")))
    assert (written["v"], written["type"], written["body"]["text"]) == (1, "mention", "hello")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b'{"v":2,"type":"mention","body":{}}', "version 2 .* reads 1", id="newer"),
        pytest.param(b'{"type":"mention","body":{}}', "version None", id="no-version"),
        pytest.param(b'{"v":1,"type":"post","body":{}}', "'post' is unknown", id="other-type"),
        pytest.param(b'{"v":1,"type":["x"],"body":{}}', "is unknown", id="type-is-a-list"),
        pytest.param(b'{"v":1,"type":"mention"}', "no sense: KeyError", id="no-body"),
        pytest.param(b'{"v":1,"type":"mention","body":{"text":"x"}}', "published_at", id="no-date"),
        pytest.param(b'{"v":1,"type":"decision","body":{"policy":1}}', "no sense", id="half-body"),
        pytest.param(b'{"v":1,"type":"settled","body":[]}', "no sense", id="body-is-a-list"),
        pytest.param(b"\xff\xfe", "not JSON", id="no-json"),
        pytest.param(b"[1]", "no object", id="no-object"),
    ],
)
def test_what_cannot_be_read_says_why(data, said):
    with pytest.raises(CodecError, match=said):
        decode(data)


def test_what_does_not_fit_says_so():
    with pytest.raises(CodecError, match="settled does not fit into JSON"):
        encode(Settled("a", ActionState.SENT, receipt={"n": 2**70}))
