"""Deletions and edits that senders tell of, in each form of intake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import MentionError
from engine.sending import UpstreamChange
from engine.testing import NOON
from streams.sources.intake import Received, read_events, read_webhook
from streams.sources.lines import MentionReader

READER = MentionReader("in", "request-1")
AT = "2026-03-02T12:00:00Z"
NEW = {"external_id": "7", "source": "mastodon", "text": "new words", "published_at": AT}


def event(kind: str, data: Any, **fields: Any) -> Received:
    body = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "mastodon",
        "type": kind,
        "time": AT,
        "data": data,
        **fields,
    }
    headers = {"content-type": "application/cloudevents+json"}
    return read_events(headers, json.dumps(body).encode(), READER)


def webhook(kind: str, data: Any) -> Received:
    body = {"type": kind, "timestamp": AT, "data": data}
    return read_webhook({}, json.dumps(body).encode(), READER)


@pytest.mark.parametrize(
    "data",
    [
        {"external_id": "7"},
        {"type": "Delete", "object": {"type": "Tombstone", "id": "7"}},
        {"object": "7"},
    ],
    ids=["by its external id", "as a tombstone", "as an object's address"],
)
def test_an_event_of_a_deletion_names_its_mention(data: dict[str, Any]) -> None:
    found = event("mention.deleted", data)

    assert found == Received((), (), (UpstreamChange("mastodon", "7", "deleted", NOON),))


def test_an_event_of_an_edit_brings_the_new_words() -> None:
    found = event("com.example.mention.updated", NEW)

    assert [one.text for one in found.mentions] == ["new words"]
    assert found.upstream == (UpstreamChange("mastodon", "7", "edited", NOON),)


def test_an_event_of_a_new_mention_changes_none() -> None:
    assert event("mention.created", NEW).upstream == ()


def test_an_event_that_does_not_say_which_mention_is_set_aside() -> None:
    found = event("mention.deleted", {"reason": "gone"})

    assert [one.reason for one in found.dead] == [
        "line 1: external_id is missing: nothing says which mention was deleted"
    ]


def test_a_webhook_tells_of_deletions() -> None:
    found = webhook("mention.deleted", {"mentions": [{"external_id": "7"}, {"external_id": "8"}]})

    assert [one.external_id for one in found.upstream] == ["7", "8"]
    assert not found.mentions
    assert {one.source for one in found.upstream} == {"import"}


def test_a_webhook_tells_of_edits() -> None:
    found = webhook("mention.updated", NEW)

    assert found.upstream == (UpstreamChange("mastodon", "7", "edited", NOON),)
    assert [one.text for one in found.mentions] == ["new words"]


@pytest.mark.parametrize("data", [[1], "7"], ids=["a list", "a text"])
def test_what_is_no_mention_is_set_aside(data: Any) -> None:
    found = webhook("mention.deleted", {"mentions": [data]})

    assert len(found.dead) == 1


@pytest.mark.parametrize("tell", [event, webhook])
@pytest.mark.parametrize("kind", ["mention.deleted", "mention.updated"])
def test_what_is_nested_too_deeply_is_refused_in_words(tell: Any, kind: str) -> None:
    deep = json.loads("[" * 300 + "]" * 300)

    with pytest.raises(MentionError, match="nested deeper than 254 levels"):
        tell(kind, {"external_id": deep})
