"""The paths mentions are pushed to."""

# No postponed annotations: FastAPI reads them when the routes are made.

import asyncio
import hashlib
import re
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from engine.console.answers import RefusedError, described
from engine.console.intake.admission import (
    QUEUE_FULL,
    check_either_possible,
    check_rate,
    check_signature,
    check_signature_possible,
    check_token,
    find_intake,
    is_signed,
    stopping,
    too_many,
)
from engine.console.intake.bodies import read_body, read_inputs
from engine.console.parts import ConsoleParts, Intake, PartsOf
from streams.sources.intake import (
    IntakeClosedError,
    IntakeFullError,
    Received,
    read_events,
    read_lines,
    read_webhook,
)
from streams.sources.lines import MentionReader

router = APIRouter(
    prefix="/intake/{source}",
    tags=["intake"],
    responses=described(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)

_Name = Annotated[str, Path(description="A configured source of kind `intake`.")]
_ORIGIN = re.compile(r"[A-Za-z0-9.:/_*-]{1,253}")
_LONGEST_ID = 200
_FULL_SECONDS = 5
_MENTION = {"text": "The new kettle is wonderful", "published_at": "2026-03-02T09:00:00Z"}


class LineFault(BaseModel):
    """One input that is no mention; it is kept as a dead letter."""

    line: int = Field(description="Its line, or its place in a list, from 1.")
    reason: str


class Accepted(BaseModel):
    """What became of a request: everything it brought is stored by now."""

    accepted: int = Field(description="Mentions stored, now or before.", examples=[2])
    dead_letters: list[LineFault] = Field(
        examples=[[{"line": 3, "reason": "text is missing or empty: a mention needs text"}]]
    )


def _body(media: dict[str, Any]) -> dict[str, Any]:
    content = {kind: {"example": example} for kind, example in media.items()}
    return {"requestBody": {"required": True, "content": content}}


async def _admitted(source: _Name, request: Request, parts: PartsOf) -> Intake:
    """Return the intake a request names, within the caller's rate."""
    intake = find_intake(parts, source)
    check_rate(request, parts, request.app.state.limiter)
    return intake


_Admitted = Annotated[Intake, Depends(_admitted)]


@router.post(
    "/webhook",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push mentions, signed (Standard Webhooks)",
    openapi_extra=_body(
        {
            "application/json": {
                "type": "mention.created",
                "timestamp": "2026-03-02T09:00:00Z",
                "data": {"mentions": [_MENTION]},
            }
        }
    ),
)
async def webhook(request: Request, intake: _Admitted, parts: PartsOf) -> Accepted:
    """Data is one mention, or several under `mentions`; sent again, nothing is stored twice."""
    check_signature_possible(parts)
    body = await read_body(request)
    message_id = check_signature(request, parts, body)
    received = await read_inputs(read_webhook, request, body, reader=_reader(intake, message_id))
    return await _store(intake, parts, received, body)


@router.post(
    "/events",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push CloudEvents",
    responses=described(HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    openapi_extra=_body(
        {
            "application/cloudevents+json": {
                "specversion": "1.0",
                "id": "1122",
                "source": "shop",
                "type": "mention.created",
                "data": _MENTION,
            }
        }
    ),
)
async def events(request: Request, intake: _Admitted, parts: PartsOf) -> Accepted:
    """Structured, batched or binary; with a Standard Webhooks signature or the API token."""
    check_either_possible(parts)
    if is_signed(request):
        check_signature_possible(parts)
        body = await read_body(request)
        request_id = check_signature(request, parts, body)
    else:
        check_token(request, parts)
        body = await read_body(request)
        request_id = _digest(body)
    received = await read_inputs(read_events, request, body, reader=_reader(intake, request_id))
    return await _store(intake, parts, received, body)


@router.options("/events", summary="Allow a CloudEvents sender to deliver here")
async def handshake(source: _Name, request: Request, parts: PartsOf) -> Response:
    """Answer the abuse protection of CloudEvents' web hooks; delivery itself is authenticated."""
    find_intake(parts, source)
    origin = request.headers.get("webhook-request-origin", "")
    if not _ORIGIN.fullmatch(origin):
        message = "WebHook-Request-Origin names the sender's host, such as events.example.com"
        raise RefusedError(HTTPStatus.BAD_REQUEST, "invalid_origin", message)
    headers = {
        "Allow": "POST, OPTIONS",
        "WebHook-Allowed-Origin": origin,
        "WebHook-Allowed-Rate": str(max(1, int(parts.settings.rate * 60))),
    }
    return Response(status_code=HTTPStatus.OK, headers=headers)


@router.post(
    "/mentions",
    status_code=HTTPStatus.ACCEPTED,
    summary="Push a batch of mentions",
    openapi_extra=_body(
        {"application/x-ndjson": orjson.dumps(_MENTION).decode(), "application/json": [_MENTION]}
    ),
)
async def mentions(request: Request, intake: _Admitted, parts: PartsOf) -> Accepted:
    """One JSON object a line, or a JSON list; with the API token, which must be set."""
    check_token(request, parts)
    body = await read_body(request)
    reader = _reader(intake, _digest(body))
    received = await read_inputs(read_lines, request, body, reader=reader)
    return await _store(intake, parts, received, body)


def _reader(intake: Intake, request_id: str) -> MentionReader:
    place = f"request {request_id[:_LONGEST_ID]}"
    return MentionReader(intake.source.name, place, brand=intake.brand)


async def _store(intake: Intake, parts: ConsoleParts, received: Received, body: bytes) -> Accepted:
    """Hand on what was received and wait until it is stored."""
    try:
        async with asyncio.timeout(parts.store_within.total_seconds()):
            await intake.source.offer(received, key=_digest(body))
    except IntakeFullError as error:
        message = f"{error}; send it again later"
        raise too_many(QUEUE_FULL, message, _FULL_SECONDS) from error
    except IntakeClosedError as error:
        raise stopping() from error
    except TimeoutError as error:
        message = "not stored yet, the engine is behind; send it again, nothing is stored twice"
        headers = {"Retry-After": str(_FULL_SECONDS)}
        status = HTTPStatus.SERVICE_UNAVAILABLE
        raise RefusedError(status, "not_stored_yet", message, headers=headers) from error
    faults = [
        LineFault(line=int(letter.place.rpartition(":")[2]), reason=letter.reason)
        for letter in received.dead
    ]
    return Accepted(accepted=len(received.mentions), dead_letters=faults)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
