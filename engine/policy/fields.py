"""The fields of a mention that policies may name, each with its kind and how it is read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from engine.mention import KINDS
from engine.mention_json import write_mention
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.mention import Mention


class FieldKind(StrEnum):
    """What a field holds, hence which operators make sense on it."""

    TEXT = "text"
    NUMBER = "a number"
    FLAG = "true or false"
    INSTANT = "a date and time"
    TEXTS = "several texts"
    OBJECT = "a group of fields"


@dataclass(frozen=True, slots=True)
class Field:
    """One path into a mention.

    Attributes:
        get: Returns the value, None where it is absent.
        sigil: A leading sign that makes no difference in comparing whole values: ``@zoe`` is zoe.
        values: Every value the field can have, where that is a closed list.
    """

    path: str
    kind: FieldKind
    get: Callable[[Mention], Any]
    sigil: str = ""
    values: tuple[str, ...] = ()


def _media(mention: Mention) -> tuple[str, ...] | None:
    found: list[str] = []
    for one in mention.media:
        parts = [one] if isinstance(one, str) else one.values()
        found += [part for part in parts if isinstance(part, str)]
    return tuple(found) or None


def _author(mention: Mention) -> Any:
    return mention.author if any(write_mention(mention)["author"].values()) else None


def _metrics(mention: Mention) -> Any:
    counts = write_mention(mention)["metrics"].values()
    return mention.metrics if any(count is not None for count in counts) else None


def _place(name: str) -> Callable[[Mention], Any]:
    return lambda mention: None if mention.place is None else getattr(mention.place, name)


def _plain(path: str, kind: FieldKind, **more: Any) -> Field:
    return Field(path, kind, attrgetter(path), **more)


FIELDS: dict[str, Field] = {
    field.path: field
    for field in (
        _plain("id", FieldKind.TEXT),
        _plain("source", FieldKind.TEXT),
        _plain("external_id", FieldKind.TEXT),
        _plain("kind", FieldKind.TEXT, values=KINDS),
        _plain("text", FieldKind.TEXT),
        _plain("language", FieldKind.TEXT),
        _plain("published_at", FieldKind.INSTANT),
        _plain("url", FieldKind.TEXT),
        _plain("links", FieldKind.TEXTS),
        _plain("hashtags", FieldKind.TEXTS, sigil="#"),
        _plain("brand", FieldKind.TEXT),
        _plain("in_reply_to", FieldKind.TEXT),
        Field("media", FieldKind.TEXTS, _media),
        _plain("place", FieldKind.OBJECT),
        Field("place.name", FieldKind.TEXT, _place("name")),
        Field("place.country", FieldKind.TEXT, _place("country")),
        Field("author", FieldKind.OBJECT, _author),
        _plain("author.id", FieldKind.TEXT),
        _plain("author.handle", FieldKind.TEXT, sigil="@"),
        _plain("author.name", FieldKind.TEXT),
        _plain("author.followers", FieldKind.NUMBER),
        _plain("author.verified", FieldKind.FLAG),
        _plain("author.created_at", FieldKind.INSTANT),
        Field("metrics", FieldKind.OBJECT, _metrics),
        _plain("metrics.likes", FieldKind.NUMBER),
        _plain("metrics.shares", FieldKind.NUMBER),
        _plain("metrics.replies", FieldKind.NUMBER),
        _plain("metrics.reach", FieldKind.NUMBER),
    )
}


def fold(text: str) -> str:
    """Return text for comparing without regard to case; accents count."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", text).casefold()


def show(value: Any) -> Any:
    """Return a field's value as plain JSON, for traces."""
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return "present"
