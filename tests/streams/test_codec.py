from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from engine.ports import Settled
from engine.reasons import Reason
from engine.testing import mention
from streams.codec import CodecError, decode, encode
from tests.strategies import (
    INSTANTS,
    JSON,
    MENTIONS,
    OBJECTS,
    WORDS,
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
