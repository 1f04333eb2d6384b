"""Asking for a feed: conditional requests, redirects, a size cap, and what each refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from engine.errors import PermanentSourceError, RecoverableSourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_REDIRECTS = 10
_LONGEST_PAUSE = timedelta(days=7)
_MOVED_FOR_GOOD = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT)
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's answer.

    Attributes:
        url: Where to ask next time: another address only after redirects that are for good.
        base: Where the answer came from, against which its relative links are read.
        body: None where the feed has not changed.
        etag: Its `ETag`, to be sent back.
        modified: Its `Last-Modified`, to be sent back.
    """

    url: str
    base: str = ""
    body: bytes | None = None
    content_type: str = ""
    etag: str | None = None
    modified: str | None = None


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    etag: str | None = None,
    modified: str | None = None,
    max_bytes: int,
) -> Fetched:
    """Ask for a feed, following redirects.

    Raises:
        RecoverableSourceError: Out of reach, too large, or refused for now.
        PermanentSourceError: Gone, forbidden without a name, or redirected without end.
    """
    headers = {"Accept": _ACCEPT}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    try:
        return await _follow(client, url, headers=headers, max_bytes=max_bytes)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        message = f"feed {url}: {error}"
        raise PermanentSourceError(message) from error
    except httpx.HTTPError as error:
        message = f"feed {url} is out of reach: {type(error).__name__} {error}".rstrip()
        raise RecoverableSourceError(message) from error


async def _follow(
    client: httpx.AsyncClient, url: str, *, headers: Mapping[str, str], max_bytes: int
) -> Fetched:
    here = remembered = url
    is_for_good = True
    visited: list[str] = []
    while here not in visited and len(visited) <= _MOST_REDIRECTS:
        visited.append(here)
        request = client.build_request("GET", here, headers=headers)
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if not response.has_redirect_location:
                return await _read(response, remembered, max_bytes=max_bytes)
        finally:
            await response.aclose()
        is_for_good = is_for_good and response.status_code in _MOVED_FOR_GOOD
        here = str(response.url.join(response.headers["Location"]))
        if not here.startswith(("http://", "https://")):
            message = f"feed {url} leads to {here!r}; only http and https are followed"
            raise PermanentSourceError(message)
        remembered = here if is_for_good else remembered
    message = f"feed {url} redirects without end: {' -> '.join([*visited[:4], here])}"
    raise PermanentSourceError(message)


async def _read(response: httpx.Response, url: str, *, max_bytes: int) -> Fetched:
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return Fetched(url)
    if response.status_code != HTTPStatus.OK:
        raise _refusal(response, url)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            message = f"feed {url} is larger than {max_bytes} bytes; raise max_bytes to read it"
            raise RecoverableSourceError(message)
    headers = response.headers
    return Fetched(
        url,
        base=str(response.url),
        body=bytes(body),
        content_type=headers.get("Content-Type", ""),
        etag=headers.get("ETag"),
        modified=headers.get("Last-Modified"),
    )


def _refusal(response: httpx.Response, url: str) -> Exception:
    status = response.status_code
    if status == HTTPStatus.GONE:
        return PermanentSourceError(f"feed {url} is gone (410): take it out of the settings")
    if status == HTTPStatus.UNAUTHORIZED:
        return PermanentSourceError(
            f"feed {url} wants a login (401), which feeds here have none of"
        )
    return RecoverableSourceError(
        f"feed {url} answered {status} {response.reason_phrase}".rstrip(),
        retry_after=read_retry_after(response.headers),
    )


def read_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long the other side wants to be left alone: at most a week, None where not said.

    A date is taken relative to the answer's own `Date`, so that no clock of ours matters.
    """
    wanted = headers.get("Retry-After", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return min(timedelta(seconds=min(int(wanted[:12]), 10**7)), _LONGEST_PAUSE)
    until, now = _date(wanted), _date(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return min(max(until - now, timedelta(0)), _LONGEST_PAUSE)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
