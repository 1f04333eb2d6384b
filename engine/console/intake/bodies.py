"""From a request to what it brought: the bytes, bounded, then the mentions in them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from engine.console.answers import RefusedError
from engine.errors import MentionError
from streams.sources.intake import NoCloudEventError, TooManyInputsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastapi import Request

    from streams.sources.intake import Received
    from streams.sources.lines import MentionReader

    BodyReader = Callable[[Mapping[str, str], bytes, MentionReader], Received]

LONGEST_BODY = 5 * 1024 * 1024


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


async def read_inputs(
    read: BodyReader, request: Request, body: bytes, *, reader: MentionReader
) -> Received:
    """Read a body outside the event loop: megabytes of JSON would hold everybody else up.

    Raises:
        RefusedError: 400 where the body as a whole cannot be read or holds nothing, 413 where it
            holds too much, 415 where it is of another kind than its path takes.
    """
    try:
        received = await asyncio.to_thread(read, request.headers, body, reader)
    except MentionError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "unreadable", str(error)) from error
    except TooManyInputsError as error:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise RefusedError(status, "too_large", str(error)) from error
    except NoCloudEventError as error:
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise RefusedError(status, "unsupported_media_type", str(error)) from error
    if not received.read and not received.upstream:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "empty", "the request holds no mention")
    return received


def _too_large() -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"the body is longer than {LONGEST_BODY} bytes (5 MiB); send it in parts",
        # What was not read cannot be told from a next request.
        headers={"Connection": "close"},
    )
