"""Mentions pushed over HTTP: reading a request's body, and handing it to the runner.

Knows nothing of a web framework: a route passes headers and bytes in, and turns what comes back
into an answer. Signatures are checked before, in `streams.sources.signature`.
"""

from __future__ import annotations

import asyncio
import io
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from engine.errors import MentionError, TocsinError
from engine.mention import Mention
from engine.ports import DeadLetter, SourceBatch
from streams.sources.cloudevents import (
    is_cloudevent,
    media_type,
    mention_of_event,
    parse_cloudevent,
)
from streams.sources.lines import decode_json, split_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from streams.sources.lines import MentionReader

LINE_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain")
"""Content types of a body with one mention a line."""


class IntakeFullError(TocsinError):
    """As much waits for the runner as may: answer 429, and the sender tries again."""


class IntakeClosedError(TocsinError):
    """The runner stopped before it stored this: answer 503, and the sender tries again."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a request brought; one bad line of it is a dead letter, not a failed request."""

    mentions: tuple[Mention, ...]
    dead: tuple[DeadLetter, ...]

    @property
    def read(self) -> int:
        """How many inputs the request held."""
        return len(self.mentions) + len(self.dead)


def read_request(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read a request by its content type: CloudEvents, JSON lines, or JSON.

    JSON is a mention, a list of mentions, or a Standard Webhooks envelope
    ``{"type", "timestamp", "data"}`` whose data is a mention.

    Args:
        reader: Its place is the request's id; a dead letter's place adds the line, or the index in
            a list, from 1.

    Raises:
        MentionError: The body as a whole is not what its content type says: answer 400.
    """
    if is_cloudevent(headers):
        return read_events(parse_cloudevent(headers, body), reader)
    if media_type(headers) in LINE_TYPES:
        return parse_jsonl_batch(body, reader)
    value = decode_json(body)
    values = value if isinstance(value, list) else [_unwrapped(value)]
    return _told_apart(reader.read_value(one, index) for index, one in enumerate(values, 1))


def parse_jsonl_batch(body: bytes, reader: MentionReader) -> Received:
    """Read a body with one mention a line."""
    lines = split_lines(io.BytesIO(body).read)
    return _told_apart(reader.read_line(line) for line in lines if line is not None)


def read_events(events: Sequence[Any], reader: MentionReader) -> Received:
    """Read the mentions of CloudEvents, as `parse_cloudevent` returns them."""
    found: list[Mention | DeadLetter] = []
    for index, event in enumerate(events, 1):
        try:
            found.append(reader.read_value(mention_of_event(event), index))
        except MentionError as error:
            found.append(reader.dead(index, str(error), orjson.dumps(event)))
    return _told_apart(found)


def _unwrapped(value: Any) -> Any:
    """Take a mention out of its Standard Webhooks envelope, whose time stands in for its own."""
    if not isinstance(value, dict) or "text" in value or not isinstance(value.get("data"), dict):
        return value
    data = value["data"]
    return {**data, "published_at": data.get("published_at") or value.get("timestamp")}


def _told_apart(found: Iterable[Mention | DeadLetter | None]) -> Received:
    mentions: list[Mention] = []
    dead: list[DeadLetter] = []
    for one in found:
        if isinstance(one, Mention):
            mentions.append(one)
        elif one is not None:
            dead.append(one)
    return Received(tuple(mentions), tuple(dead))


@dataclass(frozen=True, slots=True)
class _Offer:
    key: str
    received: Received
    stored: asyncio.Future[None] = field(compare=False)


class IntakeSource:
    """A source that is fed by requests, each of which learns when it is stored.

    Args:
        capacity: How many inputs may wait for the runner; a single larger request is taken when
            nothing waits.
        batch_size: Waiting requests are handed on together up to so many inputs.
    """

    def __init__(self, name: str, capacity: int = 10_000, *, batch_size: int = 500) -> None:
        self._name = name
        self._capacity = capacity
        self._batch_size = batch_size
        self._waiting: deque[_Offer] = deque()
        self._pending: dict[str, _Offer] = {}
        self._arrived = asyncio.Event()
        self._is_closed = False
        self._is_read = False

    @property
    def name(self) -> str:
        """Name of this configured source."""
        return self._name

    @property
    def waiting(self) -> int:
        """How many inputs were offered and are not stored yet."""
        return sum(offer.received.read for offer in self._pending.values())

    async def offer(self, received: Received, *, key: str) -> None:
        """Hand a request's inputs to the runner; returns once they are stored.

        The same key offered again while the first offer waits shares its fate. Giving up waiting
        takes nothing back: storing is idempotent, and the sender may try again.

        Raises:
            IntakeFullError: Too much waits already; nothing was taken.
            IntakeClosedError: The source was closed; the inputs may or may not be stored.
        """
        if self._is_closed:
            raise IntakeClosedError(self._closed())
        offer = self._pending.get(key)
        if offer is None:
            waiting = self.waiting
            if waiting and waiting + received.read > self._capacity:
                message = f"{waiting} inputs wait to be stored; at most {self._capacity} may"
                raise IntakeFullError(message)
            offer = _Offer(key, received, asyncio.get_running_loop().create_future())
            # Nobody may be waiting any more when it fails: that is no error of its own.
            offer.stored.add_done_callback(lambda one: one.cancelled() or one.exception())
            self._pending[key] = offer
            self._waiting.append(offer)
            self._arrived.set()
        await asyncio.shield(offer.stored)

    def close(self) -> None:
        """Take no further offers; `batches` ends once those that wait are stored."""
        self._is_closed = True
        self._arrived.set()
        if not self._is_read:
            self._drop_waiting()

    async def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield what is offered until the source is closed; there is no cursor.

        Asking for the next batch says that the last one is stored. Where iteration stops instead,
        the offers of the last batch fail; those that wait are for the next iteration.
        """
        del cursor
        taken: list[_Offer] = []
        self._is_read = True
        try:
            while offers := await self._take():
                taken = offers
                yield SourceBatch(
                    self._name,
                    tuple(one for offer in offers for one in offer.received.mentions),
                    tuple(one for offer in offers for one in offer.received.dead),
                )
                self._settle(taken, None)
                taken = []
        finally:
            self._is_read = False
            self._settle(taken, IntakeClosedError(self._closed()))
            if self._is_closed:
                self._drop_waiting()

    async def _take(self) -> list[_Offer]:
        while not self._waiting and not self._is_closed:
            self._arrived.clear()
            await self._arrived.wait()
        offers: list[_Offer] = []
        read = 0
        while self._waiting and (
            not offers or read + self._waiting[0].received.read <= self._batch_size
        ):
            offers.append(self._waiting.popleft())
            read += offers[-1].received.read
        return offers

    def _drop_waiting(self) -> None:
        self._settle(list(self._waiting), IntakeClosedError(self._closed()))
        self._waiting.clear()

    def _settle(self, offers: Sequence[_Offer], error: Exception | None) -> None:
        for offer in offers:
            self._pending.pop(offer.key, None)
            if offer.stored.done():
                continue
            if error is None:
                offer.stored.set_result(None)
            else:
                offer.stored.set_exception(error)

    def _closed(self) -> str:
        return f"intake {self._name!r} is stopping; send it again later"
