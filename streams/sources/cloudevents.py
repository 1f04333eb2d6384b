"""CloudEvents 1.0 over HTTP: structured, batched and binary, each carrying a mention.

Source: github.com/cloudevents/spec, cloudevents/spec.md and bindings/http-protocol-binding.md.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from engine.errors import MentionError
from streams.sources.lines import decode_json

if TYPE_CHECKING:
    from collections.abc import Mapping

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_REQUIRED = ("id", "source", "specversion", "type")
_LONGEST_SEEN = 60


def is_cloudevent(headers: Mapping[str, str]) -> bool:
    """Say whether a request carries CloudEvents, by its headers alone."""
    names = {name.lower() for name in headers}
    return "ce-specversion" in names or media_type(headers) in (STRUCTURED, BATCH)


def parse_cloudevent(headers: Mapping[str, str], body: bytes) -> list[Any]:
    """Return the events of a request, unchecked; several only in batch mode.

    In binary mode the attributes stand in `ce-…` headers and the body is the data.

    Raises:
        MentionError: The body is not JSON, or not of the shape its content type says.
    """
    kind = media_type(headers)
    if kind == STRUCTURED:
        return [decode_json(body)]
    if kind == BATCH:
        events = decode_json(body)
        if not isinstance(events, list):
            message = f"{BATCH} holds a list of events"
            raise MentionError(message)
        return events
    event: dict[str, Any] = {
        name.lower().removeprefix("ce-"): _header_text(value)
        for name, value in headers.items()
        if name.lower().startswith("ce-")
    }
    return [{**event, "datacontenttype": kind or None, "data": decode_json(body)}]


def mention_of_event(event: Any) -> dict[str, Any]:
    """Return the mention's JSON that an event carries.

    The event's ``source`` and ``id`` stand in for the mention's ``source`` and ``external_id``
    where it gives none, its ``time`` for ``published_at``.

    Raises:
        MentionError: A required attribute is missing, or the data is no JSON object.
    """
    if not isinstance(event, dict):
        message = "an event is a JSON object"
        raise MentionError(message)
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            message = f"event attribute {name} is missing or empty, saw {_seen(event.get(name))}"
            raise MentionError(message)
    if event["specversion"] != "1.0":
        message = f"event attribute specversion must be 1.0, saw {_seen(event['specversion'])}"
        raise MentionError(message)
    data = event_data(event)
    defaults = {
        "source": event["source"],
        "external_id": event["id"],
        "published_at": event.get("time"),
    }
    return {**data, **{name: data.get(name) or value for name, value in defaults.items()}}


def media_type(headers: Mapping[str, str]) -> str:
    """Return a request's content type in lower case, without parameters."""
    for name, value in headers.items():
        if name.lower() == "content-type":
            return value.partition(";")[0].strip().lower()
    return ""


def event_data(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event carries; raises MentionError where that is no JSON object."""
    kind = event.get("datacontenttype") or "application/json"
    plain = str(kind).partition(";")[0].strip().lower()
    if not (plain.endswith(("/json", "+json"))):
        message = f"event attribute datacontenttype must be JSON, saw {_seen(kind)}"
        raise MentionError(message)
    data = event.get("data")
    if data is None and isinstance(event.get("data_base64"), str):
        try:
            data = decode_json(base64.b64decode(event["data_base64"], validate=True))
        except (binascii.Error, ValueError):
            message = "event attribute data_base64 is not base64"
            raise MentionError(message) from None
    if not isinstance(data, dict):
        message = f"an event's data is a mention, a JSON object, saw {_seen(data)}"
        raise MentionError(message)
    return data


def _header_text(value: str) -> str:
    """Undo what the HTTP binding does to attribute values: quotes, then percent-encoding."""
    value = value.strip()
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return unquote(value, errors="replace").replace("\x00", "")


def _seen(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SEEN else f"{shown[:_LONGEST_SEEN]}..."
