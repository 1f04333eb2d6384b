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
from engine.sending import UpstreamChange
from streams.sources.cloudevents import (
    BATCH,
    STRUCTURED,
    event_data,
    is_cloudevent,
    media_type,
    mention_of_event,
    parse_cloudevent,
)
from streams.sources.lines import decode_json, split_lines
from streams.sources.upstream import change_named, read_change

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from streams.sources.lines import MentionReader

MOST_INPUTS = 10_000
"""Inputs one request may hold."""


class TooManyInputsError(TocsinError):
    """A request holds more inputs than one may: answer 413, and the sender sends several."""


class NoCloudEventError(TocsinError):
    """A request's headers say that it carries no CloudEvent: answer 415."""


class IntakeFullError(TocsinError):
    """As much waits for the runner as may: answer 429, and the sender tries again."""


class IntakeClosedError(TocsinError):
    """The runner stopped before it stored this: answer 503, and the sender tries again."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a request brought; one bad line of it is a dead letter, not a failed request.

    Attributes:
        upstream: Mentions that were edited or deleted; the new text of an edit is a mention too.
    """

    mentions: tuple[Mention, ...]
    dead: tuple[DeadLetter, ...]
    upstream: tuple[UpstreamChange, ...] = ()

    @property
    def read(self) -> int:
        """How many inputs the request held."""
        return len(self.mentions) + len(self.dead)


def read_events(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read CloudEvents: structured, batched or binary.

    Args:
        reader: Its place is the request's id; a dead letter's place adds the event's number in a
            batch, from 1.

    Raises:
        NoCloudEventError: The headers say that it is none.
        TooManyInputsError: They are too many.
        MentionError: The body as a whole cannot be read: answer 400.
    """
    if not is_cloudevent(headers):
        message = f"no CloudEvent: send Content-Type {STRUCTURED} or {BATCH}, or ce- headers"
        raise NoCloudEventError(message)
    events = parse_cloudevent(headers, body)
    _check_number(len(events))
    return _told_apart(
        one for index, event in enumerate(events, 1) for one in _read_event(event, index, reader)
    )


def read_lines(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read one mention a line; a JSON list, or a single mention, where the content type is JSON.

    Args:
        reader: Its place is the request's id; a dead letter's place adds the line, or the index in
            a list, from 1.

    Raises:
        TooManyInputsError: They are too many.
        MentionError: The body as a whole cannot be read: answer 400.
    """
    if media_type(headers) == "application/json":
        value = decode_json(body)
        return _read_values(value if isinstance(value, list) else [value], reader)
    _check_number(body.count(b"\n"))
    lines = split_lines(io.BytesIO(body).read)
    return _told_apart(reader.read_line(line) for line in lines if line is not None)


def read_webhook(headers: Mapping[str, str], body: bytes, reader: MentionReader) -> Received:
    """Read a Standard Webhooks envelope: its data is a mention, or ``{"mentions": [...]}``.

    The envelope's timestamp stands in for ``published_at`` where a mention gives none.

    Args:
        headers: Say nothing here; every reader of a request is called alike.
        reader: Its place is the request's id; a dead letter's place adds the mention's number,
            from 1.

    Raises:
        TooManyInputsError: They are too many.
        MentionError: It is no such envelope: answer 400.
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
    at, change = envelope.get("timestamp"), change_named(envelope.get("type"))
    if change is None:
        return _read_values([_dated(value, at) for value in values], reader)
    _check_number(len(values))
    return _told_apart(
        one
        for index, value in enumerate(values, 1)
        for one in _read_changed(change, value, index, at=at, reader=reader)
    )


def _read_changed(
    change: str, value: Any, index: int, *, at: Any, reader: MentionReader
) -> Iterator[Mention | DeadLetter | UpstreamChange]:
    """Yield what became of a mention, and its new text where it was edited."""
    try:
        yield read_change(change, value, at=at, default_source=reader.source_default)
        if change != "deleted":
            yield reader.read_value(_dated(value, at), index)
    except MentionError as error:
        yield reader.dead(index, str(error), _as_it_came(value))


def _read_event(
    event: Any, index: int, reader: MentionReader
) -> Iterator[Mention | DeadLetter | UpstreamChange]:
    """Yield the mention of an event, or what became of one: both where it was edited."""
    try:
        data = mention_of_event(event)
        change = change_named(event["type"])
        if change is not None:
            given = event_data(event)
            at = event.get("time") or given.get("published_at")
            # The event's own id names the event, not the mention.
            yield read_change(change, given, at=at, default_source=event["source"])
        if change != "deleted":
            yield reader.read_value(data, index)
    except MentionError as error:
        yield reader.dead(index, str(error), _as_it_came(event))


def _as_it_came(value: Any) -> bytes:
    """Return a value as a dead letter holds it; one nested too deeply refuses the whole body."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as too_deep:
        message = "nested deeper than 254 levels"
        raise MentionError(message) from too_deep


def _read_values(values: Sequence[Any], reader: MentionReader) -> Received:
    _check_number(len(values))
    return _told_apart(reader.read_value(value, index) for index, value in enumerate(values, 1))


def _dated(value: Any, at: Any) -> Any:
    if isinstance(value, dict) and not value.get("published_at") and at is not None:
        return {**value, "published_at": at}
    return value


def _check_number(found: int) -> None:
    if found > MOST_INPUTS:
        message = f"{found} mentions in one request; at most {MOST_INPUTS} are taken, send several"
        raise TooManyInputsError(message)


def _told_apart(found: Iterable[Mention | DeadLetter | UpstreamChange | None]) -> Received:
    mentions: list[Mention] = []
    dead: list[DeadLetter] = []
    upstream: list[UpstreamChange] = []
    for one in found:
        if isinstance(one, Mention):
            mentions.append(one)
        elif isinstance(one, UpstreamChange):
            upstream.append(one)
        elif one is not None:
            dead.append(one)
    return Received(tuple(mentions), tuple(dead), tuple(upstream))


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
                    upstream=tuple(one for offer in offers for one in offer.received.upstream),
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
