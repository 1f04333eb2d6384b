"""What was said: one public post about a brand, and who said it.

A mention is immutable. Its identity is ``(source, external_id)``; ``published_at`` is event time,
``observed_at`` is arrival. What the input did not give is ``None`` (absent), never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.classification import Classification

KINDS = ("mention", "comment", "review", "message")


@dataclass(frozen=True, slots=True)
class Author:
    """The account that wrote a mention; every field may be absent.

    Attributes:
        language: ISO 639-1 code in lower case of the language the account declares; what it writes
            in at a given time may be another.
    """

    id: str | None = None
    handle: str | None = None
    name: str | None = None
    followers: int | None = None
    verified: bool | None = None
    created_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Engagement counted by the platform when the mention was read; absent is not zero."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the mention was written, as the platform says it."""

    name: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One public post about a brand.

    Attributes:
        id: What policies and people call it; ``source:external_id`` where the input names none.
        kind: One of ``KINDS``.
        text: Plain text, NFC, as classified and matched; never markup.
        language: ISO 639-1 code in lower case, or None while unidentified.
        published_at: Aware UTC, event time.
        observed_at: Aware UTC, arrival; None where arrival has no meaning (a test, a backtest).
        hashtags: Lower case without ``#``, in order of appearance.
        links: Absolute URLs found in the text or given beside it.
        classifications: Those the input supplied; their tasks are not run again.
    """

    id: str
    source: str
    external_id: str
    text: str
    published_at: datetime
    kind: str = "mention"
    language: str | None = None
    observed_at: datetime | None = None
    url: str | None = None
    links: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    brand: str | None = None
    in_reply_to: str | None = None
    media: tuple[Mapping[str, Any] | str, ...] = ()
    place: Place | None = None
    author: Author = field(default_factory=Author)
    metrics: Metrics = field(default_factory=Metrics)
    classifications: tuple[Classification, ...] = ()
