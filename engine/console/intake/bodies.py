"""From a request to what it brought: the bytes, bounded, then the mentions in them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from engine.console.answers import RefusedError
from engine.errors import MentionError
from engine.mention import Mention
from streams.sources.cloudevents import is_cloudevent, media_type, parse_cloudevent
from streams.sources.intake import Received, parse_jsonl_batch, read_events
from streams.sources.lines import MentionReader, decode_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from engine.ports import DeadLetter

LONGEST_BODY = 5 * 1024 * 1024
MOST_INPUTS = 10_000


async def read_body(request: Request) -> bytes:
    """Return a request's bytes; no more than the limit is ever held.

    Raises:
        RefusedError: 413; 415 where the body is packed, which no reader here unpacks.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        message = f"send the body as it is: Content-Encoding {encoding[:40]!r} is not read here"
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > LONGEST_BODY:
        raise _too_large()
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > LONGEST_BODY:
            raise _too_large()
    return bytes(held)


def read_events_request(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read CloudEvents: structured, batched or binary.

    Raises:
        RefusedError: 415 where the headers say it is none, 413 where they are too many.
        MentionError: The body as a whole cannot be read.
    """
    if not is_cloudevent(headers):
        message = (
            "no CloudEvent: send Content-Type application/cloudevents+json or "
            "application/cloudevents-batch+json, or ce- headers"
        )
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    events = parse_cloudevent(headers, body)
    _check_number(len(events))
    return read_events(events, reader)


def read_lines_request(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read one mention a line; a JSON list, or a single mention, where the content type is JSON.

    Raises:
        RefusedError: 413 where they are too many.
        MentionError: The body as a whole cannot be read.
    """
    if media_type(headers) == "application/json":
        value = decode_json(body)
        return _read_values(value if isinstance(value, list) else [value], reader)
    _check_number(body.count(b"\n"))
    return parse_jsonl_batch(body, reader)


def read_webhook(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read a Standard Webhooks envelope: its data is a mention, or ``{"mentions": [...]}``.

    The envelope's timestamp stands in for ``published_at`` where a mention gives none.

    Raises:
        RefusedError: 413 where they are too many.
        MentionError: It is no such envelope.
    """
    del headers
    envelope = decode_json(body)
    data = envelope.get("data") if isinstance(envelope, dict) else None
    if not isinstance(data, dict):
        message = (
            'a webhook\'s body is {"type", "timestamp", "data"}, '
            'and data is a mention or {"mentions": [...]}'
        )
        raise MentionError(message)
    values = data["mentions"] if isinstance(data.get("mentions"), list) else [data]
    at = envelope.get("timestamp")
    return _read_values([_dated(value, at) for value in values], reader)


def _read_values(values: list[Any], reader: MentionReader) -> Received:
    _check_number(len(values))
    mentions: list[Mention] = []
    dead: list[DeadLetter] = []
    for index, value in enumerate(values, 1):
        found = reader.read_value(value, index)
        if isinstance(found, Mention):
            mentions.append(found)
        else:
            dead.append(found)
    return Received(tuple(mentions), tuple(dead))


def _dated(value: Any, at: Any) -> Any:
    if isinstance(value, dict) and not value.get("published_at") and at is not None:
        return {**value, "published_at": at}
    return value


def _check_number(found: int) -> None:
    if found > MOST_INPUTS:
        message = f"{found} mentions in one request; at most {MOST_INPUTS} are taken, send several"
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)


def _too_large() -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"the body is longer than {LONGEST_BODY} bytes (5 MiB); send it in parts",
        # What was not read cannot be told from a next request.
        headers={"Connection": "close"},
    )
