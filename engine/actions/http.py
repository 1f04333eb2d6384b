"""HTTP out: the one place that knows the HTTP library and says what its failures mean.

What matters of a failed request is whether it took effect. A connection that never opened did
nothing; an answer lost after the request was written may stand for anything; a status is judged by
whether the other side honours the request's id.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import httpx

from engine import __version__
from engine.actions.http_answer import Answer, refuse
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from types import TracebackType

    Judge = Callable[[Answer], None]

USER_AGENT = f"tocsin/{__version__}"

_NEVER_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_CANNOT_BE_WRITTEN = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
_CHANGES_NOTHING = frozenset({"GET", "HEAD"})


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
    body_bytes: int = 1_048_576
    connections: int = 50


class HttpClient:
    """Asks once, and translates what went wrong into the three kinds of action error.

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
            # Unpacking could turn a small answer into a huge one.
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
        """Post bytes once and return a 2xx answer; as `request` in all else."""
        return await self.request(
            "POST", url, content=content, headers=headers, is_idempotent=is_idempotent, now=now
        )

    async def request(  # noqa: PLR0913 - one a part of a request
        self,
        method: str,
        url: str,
        *,
        now: datetime,
        is_idempotent: bool = False,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        judge: Judge | None = None,
    ) -> Answer:
        """Ask once and return a 2xx answer, its body read up to the limit.

        Args:
            now: Aware UTC; what a ``Retry-After`` date is counted from.
            is_idempotent: Whether asking again has no second effect, as with an id that the other
                side honours; a GET always counts as such.
            content: Bytes, or else `form` or `json`: one of them at most.
            judge: Is shown every answer first, refusals too, and may raise what its platform means
                by it: a limit in the headers, an error inside a 200.

        Raises:
            RecoverableActionError: Nothing took effect, or it may safely be asked again.
            PermanentActionError: Refused for good, or no request can be made of this.
            UnconfirmedActionError: The request was written and its effect is not known.
        """
        is_repeatable = method in _CHANGES_NOTHING
        parts = {"params": query, "content": content, "data": form, "json": json}
        answer = await self._sent(method, url, parts | {"headers": headers})
        if judge is not None:
            judge(answer)
        if not answer.is_success:
            refuse(answer, is_idempotent=is_idempotent or is_repeatable, now=now)
        return answer

    async def _sent(self, method: str, url: str, parts: Mapping[str, Any]) -> Answer:
        """Return whatever is answered; raise what became of a request that was not."""
        where = _origin(url)
        try:
            return await self._exchange(self._client.build_request(method, url, **parts), where)
        except _NEVER_WRITTEN as error:
            message = f"{where} cannot be reached: {_said(error)}"
            raise RecoverableActionError(message) from error
        except _CANNOT_BE_WRITTEN as error:
            message = f"no request to {where} can be made: {_said(error)}"
            raise PermanentActionError(message) from error
        except (httpx.HTTPError, TimeoutError) as error:
            message = f"the answer of {where} was lost: {_said(error)}"
            if method in _CHANGES_NOTHING:
                raise RecoverableActionError(message) from error
            raise UnconfirmedActionError(message) from error

    async def _exchange(self, request: httpx.Request, where: str) -> Answer:
        # The library's timeout starts anew with every byte; this one ends a trickle of headers.
        whole = self._limits.connect + self._limits.answer
        async with asyncio.timeout(whole.total_seconds()):
            response = await self._client.send(request, stream=True)
        body, is_whole = await self._body(response)
        return Answer(response.status_code, response.headers, body, is_whole, where)

    async def _body(self, response: httpx.Response) -> tuple[bytes, bool]:
        """Read a body up to the limits, and say whether that is all of it.

        The status has come by then: a body that stalls or breaks off must not turn a known answer
        into an unknown one, so it is no error here.
        """
        body, is_whole = bytearray(), True
        try:
            async with asyncio.timeout(self._limits.body.total_seconds()):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > self._limits.body_bytes:
                        is_whole = False
                        break
        except (httpx.HTTPError, TimeoutError):
            is_whole = False
        finally:
            with suppress(httpx.HTTPError):
                await response.aclose()
        return bytes(body[: self._limits.body_bytes]), is_whole


def _origin(url: str) -> str:
    """Return scheme and host alone: paths and queries of webhooks hold tokens."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "the given address"
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii', 'replace')}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
