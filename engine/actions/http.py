"""HTTP out: the one place that knows the HTTP library and says what its failures mean.

What matters of a failed request is whether it took effect. A connection that never opened did
nothing; an answer lost after the request was written may stand for anything; a status is judged by
whether the other side honours the request's id.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, Self

import httpx

from engine import __version__
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

USER_AGENT = f"tocsin/{__version__}"
LONGEST_RETRY_AFTER = timedelta(days=1)

_NEVER_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_CANNOT_BE_WRITTEN = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
_THROTTLED = frozenset({425, 429})
_UNAVAILABLE = 503
_AMBIGUOUS = frozenset({408})
_NOT_IMPLEMENTED = frozenset({501, 505})
_SHOWN_BODY = 200


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How long and how much one request may take.

    Attributes:
        connect: Opening a connection, with name lookup and TLS.
        answer: From the first byte written to the answer's headers.
        body: Reading the answer's body; what is missing then is left out.
        body_bytes: Most that is kept of an answer's body.
        connections: Open at once, over all hosts.
    """

    connect: timedelta = timedelta(seconds=5)
    answer: timedelta = timedelta(seconds=30)
    body: timedelta = timedelta(seconds=5)
    body_bytes: int = 65536
    connections: int = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said.

    Attributes:
        headers: Looked up without regard to case.
        body: As sent, cut at the limit; may be short where the connection was lost in it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def shown(self) -> str:
        """Return the beginning of the body as one printable line, for a person."""
        text = self.body[: 4 * _SHOWN_BODY].decode("utf-8", "replace")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= _SHOWN_BODY else f"{line[:_SHOWN_BODY]}..."


class HttpClient:
    """Posts, and translates what went wrong into the three kinds of action error.

    Build one for the process and close it at the end (or use it as an async context manager).

    Args:
        transport: Takes the place of the network, for tests.
    """

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._limits = limits or HttpLimits()
        self._client = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            # Unpacking could turn a small answer into a huge one; bodies are only shown, not used.
            headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
            timeout=httpx.Timeout(
                self._limits.answer.total_seconds(), connect=self._limits.connect.total_seconds()
            ),
            limits=httpx.Limits(
                max_connections=self._limits.connections, max_keepalive_connections=20
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def post(
        self,
        url: str,
        content: bytes,
        *,
        headers: Mapping[str, str],
        is_idempotent: bool,
        now: datetime,
    ) -> Answer:
        """Post once and return a 2xx answer.

        Args:
            is_idempotent: Whether the other side honours an id among the headers.
            now: Aware UTC; what a ``Retry-After`` date is counted from.

        Raises:
            RecoverableActionError: Nothing took effect, or it may safely be sent again.
            PermanentActionError: Refused for good, or no request can be made of this.
            UnconfirmedActionError: The request was written and its effect is not known.
        """
        # Only the origin is named: paths and queries of webhooks hold tokens.
        where = _origin(url)
        try:
            answer = await self._exchange(url, content, headers)
        except _NEVER_WRITTEN as error:
            message = f"{where} cannot be reached: {_said(error)}"
            raise RecoverableActionError(message) from error
        except _CANNOT_BE_WRITTEN as error:
            message = f"no request to {where} can be made: {_said(error)}"
            raise PermanentActionError(message) from error
        except (httpx.HTTPError, TimeoutError) as error:
            message = f"the answer of {where} was lost: {_said(error)}"
            raise UnconfirmedActionError(message) from error
        if not httpx.codes.is_success(answer.status):
            _refuse(answer, where, is_idempotent=is_idempotent, now=now)
        return answer

    async def _exchange(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        request = self._client.build_request("POST", url, content=content, headers=dict(headers))
        # The library's timeout starts anew with every byte; this one ends a trickle of headers.
        whole = self._limits.connect + self._limits.answer
        async with asyncio.timeout(whole.total_seconds()):
            response = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            # The status has come and settles the matter: a body that stalls or breaks off must
            # not turn a known answer into an unknown one.
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(self._limits.body.total_seconds()):
                    async for chunk in response.aiter_raw():
                        body += chunk
                        if len(body) >= self._limits.body_bytes:
                            break
        finally:
            with suppress(httpx.HTTPError):
                await response.aclose()
        kept = bytes(body[: self._limits.body_bytes])
        return Answer(response.status_code, response.headers, kept)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long the other side asked to be left alone; None when it did not say.

    Both forms of ``Retry-After`` are read, seconds and an HTTP date; anything else counts as not
    said. Never negative, never more than a day: a longer wish is not ours to keep.
    """
    wish = headers.get("retry-after", "").strip()
    if not wish:
        return None
    if wish.isascii() and wish.isdigit():
        seconds = int(wish) if len(wish) < 10 else LONGEST_RETRY_AFTER.total_seconds()  # noqa: PLR2004 - more digits than any wait kept
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(wish)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_RETRY_AFTER)


def _refuse(answer: Answer, where: str, *, is_idempotent: bool, now: datetime) -> NoReturn:
    """Raise what a status other than 2xx means.

    Source: Standard Webhooks, "Deliverability and reliability"; RFC 9110 section 15.
    """
    wait = retry_after(answer.headers, now=now)
    said = f"{where} answered {answer.status}"
    if answer.body:
        said = f"{said}: {answer.shown()}"
    status = answer.status
    # A 503 that names a time is the server's own refusal; without one it may come from something
    # between that gave up on a request already under way.
    if status in _THROTTLED or (status == _UNAVAILABLE and wait is not None):
        raise RecoverableActionError(said, retry_after=wait)
    if status in _AMBIGUOUS or (
        httpx.codes.is_server_error(status) and status not in _NOT_IMPLEMENTED
    ):
        if is_idempotent:
            raise RecoverableActionError(said, retry_after=wait)
        raise UnconfirmedActionError(said)
    if httpx.codes.is_redirect(status):
        said = f"{where} answered {status}; redirects are not followed, name the final address"
    raise PermanentActionError(said)


def _origin(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "the given address"
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii', 'replace')}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
