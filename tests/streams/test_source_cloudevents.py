from __future__ import annotations

import base64
import json

import pytest
from reading import WHEN, row

from engine.errors import MentionError
from streams.sources.cloudevents import (
    BATCH,
    STRUCTURED,
    is_cloudevent,
    mention_of_event,
    parse_cloudevent,
)
from streams.sources.intake import read_events
from streams.sources.lines import MentionReader

READER = MentionReader("web", "request r1", brand="acme")


def event(data=None, **attributes):
    base = {"specversion": "1.0", "id": "e1", "source": "/forum", "type": "mention.created"}
    data = row() if data is None else data
    whole = {**base, "data": data, **attributes}
    return {name: value for name, value in whole.items() if value is not None}


def read(kind, value, **headers):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_events({"Content-Type": kind, **headers}, body, READER)


def test_structured():
    found = read(f"{STRUCTURED}; charset=utf-8", event())
    (one,) = found.mentions
    assert (one.source, one.external_id, one.text, one.brand) == ("/forum", "e1", "hello", "acme")


def test_batch_keeps_the_good_ones():
    found = read(
        BATCH, [event(), event(id=""), 7, event(row("two"), id="e2"), event({"text": "x"})]
    )
    assert [one.external_id for one in found.mentions] == ["e1", "e2"]
    assert [one.place for one in found.dead] == [f"request r1:{n}" for n in (2, 3, 5)]
    assert "event attribute id is missing or empty, saw ''" in found.dead[0].reason
    assert found.read == 5


def test_binary():
    headers = {
        "ce-specversion": "1.0",
        "CE-Id": "caf%C3%A9%2F1",
        "ce-source": '"/for\\"um"',
        "ce-type": "mention.created",
        "ce-time": WHEN,
    }
    found = read("application/json", {"text": "hi"}, **headers)
    (one,) = found.mentions
    assert (one.source, one.external_id) == ('/for"um', "café/1")
    assert one.published_at.isoformat() == "2026-03-02T09:00:00+00:00"


def test_the_mention_speaks_for_itself_where_it_does():
    data = row(source="forum", external_id="77")
    found = mention_of_event(event(data, time="2020-01-01T00:00:00Z"))
    assert (found["source"], found["external_id"]) == ("forum", "77")
    assert found["published_at"] == WHEN


def test_data_in_base64():
    packed = base64.b64encode(json.dumps(row("packed")).encode()).decode()
    one = {name: value for name, value in event(data_base64=packed).items() if name != "data"}
    assert mention_of_event(one)["text"] == "packed"


@pytest.mark.parametrize(
    ("one", "said"),
    [
        *(
            pytest.param(event(**{name: None}), f"attribute {name} is missing", id=f"no-{name}")
            for name in ("id", "source", "specversion", "type")
        ),
        pytest.param(event(id=7), "attribute id is missing or empty, saw 7", id="id-is-a-number"),
        pytest.param(event(specversion="0.3"), "specversion must be 1.0, saw '0.3'", id="old"),
        pytest.param(event(datacontenttype="text/xml"), "must be JSON, saw 'text/xml'", id="xml"),
        pytest.param(event("text"), "is a mention, a JSON object, saw 'text'", id="data-is-text"),
        pytest.param({**event(), "data": None}, "JSON object, saw None", id="no-data"),
        pytest.param(
            {**event(), "data": None, "data_base64": "!"}, "is not base64", id="bad-base64"
        ),
        pytest.param([], "an event is a JSON object", id="a-list"),
    ],
)
def test_an_event_that_is_none_says_why(one, said):
    with pytest.raises(MentionError, match=said):
        mention_of_event(one)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        pytest.param(STRUCTURED, b"{", "not JSON", id="structured"),
        pytest.param(BATCH, b"{}", "holds a list of events", id="batch-is-an-object"),
        pytest.param(BATCH, b"\xff", "not UTF-8", id="no-text"),
    ],
)
def test_a_body_that_is_none_fails_as_a_whole(kind, body, said):
    with pytest.raises(MentionError, match=said):
        parse_cloudevent({"content-type": kind}, body)


def test_what_is_one():
    assert is_cloudevent({"Ce-SpecVersion": "1.0"})
    assert is_cloudevent({"CONTENT-TYPE": BATCH.upper()})
    assert not is_cloudevent({"content-type": "application/json"})
