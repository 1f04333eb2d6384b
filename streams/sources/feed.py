"""An RSS or Atom feed, polled politely."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from engine.errors import PermanentSourceError
from engine.ports import DeadLetter, SourceBatch
from streams.sources.feed_entries import parse_feed
from streams.sources.feed_http import Fetched, fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import timedelta

    import httpx

    from streams.sources.feed_entries import FeedEntry

MOST_BYTES = 5 << 20
"""Bytes of the largest feed that is read."""
_FEWEST_SEEN = 1000


class FeedSource:
    """Polls one feed; each poll is one batch, empty where there is nothing new.

    Each entry is brought once: the cursor holds the ids of those seen, and the feed's own marks
    (`ETag`, `Last-Modified`) so that an unchanged feed is not sent again. A feed that moved for
    good is asked for at its new address from then on. An entry without a date takes the feed's.

    Args:
        client: Sends the requests; its timeouts hold.
        interval: From the end of one poll to the next.
        sleep: Waits so many seconds.
        source_default: The mentions' ``source``; the name of this source where left out, since an
            entry's id is only known to be unique within its feed.
        max_bytes: A larger feed is refused, read no further than this.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of the source
        self,
        name: str,
        url: str,
        *,
        client: httpx.AsyncClient,
        interval: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        brand: str | None = None,
        source_default: str | None = None,
        max_bytes: int = MOST_BYTES,
    ) -> None:
        if not url.lower().startswith(("http://", "https://")):
            message = (
                f"source {name!r}: a feed's address begins with http:// or https://, not {url!r}"
            )
            raise PermanentSourceError(message)
        self._name = name
        self._url = url
        self._client = client
        self._interval = interval
        self._sleep = sleep
        self._brand = brand
        self._mention_source = source_default or name
        self._max_bytes = max_bytes

    @property
    def name(self) -> str:
        """Name of this configured source."""
        return self._name

    async def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield what is new at each poll; never ends by itself.

        Raises:
            RecoverableSourceError: The feed is out of reach, refuses for now, or is no feed today.
            PermanentSourceError: The feed is gone for good, or its address leads nowhere.
        """
        state: Mapping[str, Any] = cursor or {}
        if state.get("configured") != self._url:
            state = {"configured": self._url, "url": self._url}
        while True:
            batch, state = await self._poll(state)
            yield batch
            await self._sleep(self._interval.total_seconds())

    async def _poll(self, state: Mapping[str, Any]) -> tuple[SourceBatch, Mapping[str, Any]]:
        fetched = await fetch(
            self._client,
            str(state.get("url") or self._url),
            etag=state.get("etag"),
            modified=state.get("modified"),
            max_bytes=self._max_bytes,
        )
        if fetched.body is None:
            state = {**state, "url": fetched.url}
            return SourceBatch(self._name, (), cursor=state), state
        entries = await asyncio.to_thread(
            parse_feed, fetched, source=self._mention_source, brand=self._brand
        )
        return self._batch(fetched, entries, state)

    def _batch(
        self, fetched: Fetched, entries: list[FeedEntry], state: Mapping[str, Any]
    ) -> tuple[SourceBatch, Mapping[str, Any]]:
        before = dict.fromkeys(state.get("seen") or ())
        new = [entry for entry in entries if entry.key not in before]
        for entry in entries:
            # What the feed still shows goes to the end: it is the last to be forgotten.
            before.pop(entry.key, None)
            before[entry.key] = None
        kept = max(_FEWEST_SEEN, len(entries))
        state = {
            "configured": self._url,
            "url": fetched.url,
            "etag": fetched.etag,
            "modified": fetched.modified,
            "seen": list(before)[-kept:],
        }
        dead = tuple(
            DeadLetter(self._name, f"{self._url} {entry.key}", entry.fault, entry.raw)
            for entry in new
            if entry.mention is None
        )
        mentions = tuple(entry.mention for entry in new if entry.mention is not None)
        return SourceBatch(self._name, mentions, dead, state), state
