"""From a feed's bytes to mentions: feedparser reads what is broken, too."""

from __future__ import annotations

import hashlib
import io
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser

from engine.errors import MentionError, RecoverableSourceError
from engine.mention_json import read_mention
from streams.sources.lines import cut_raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.mention import Mention
    from streams.sources.feed_http import Fetched

_LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed.

    Attributes:
        key: Its id, else its link, else a hash of what it says.
        mention: None where it is no mention; then ``fault`` says why.
        raw: What it said, for a dead letter.
    """

    key: str
    mention: Mention | None
    fault: str = ""
    raw: str = ""


def parse_feed(fetched: Fetched, *, source: str, brand: str | None) -> list[FeedEntry]:
    """Return the feed's entries, oldest first, each once.

    Raises:
        RecoverableSourceError: The answer is no feed at all.
    """
    parsed = _parse(fetched)
    if not parsed.entries and not parsed.get("version"):
        message = f"feed {fetched.url} answered with something that is neither RSS nor Atom"
        raise RecoverableSourceError(message)
    feed_date = _date(parsed.feed)
    entries: dict[str, FeedEntry] = {}
    for entry in parsed.entries:
        read = _read(entry, feed_date, source=source, brand=brand)
        entries.setdefault(read.key, read)
    return sorted(entries.values(), key=_age)


def _parse(fetched: Fetched) -> Any:
    headers = {"content-type": fetched.content_type, "content-location": fetched.base}
    try:
        # Never the bytes themselves: what looks like a path would be opened.
        return feedparser.parse(io.BytesIO(fetched.body or b""), response_headers=headers)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # It means to read anything; where it fails, that is a fault in it, met by one feed.
        message = f"feed {fetched.url} could not be parsed: {type(error).__name__}: {error}"
        raise RecoverableSourceError(message) from error


def _age(entry: FeedEntry) -> datetime:
    return entry.mention.published_at if entry.mention else datetime.min.replace(tzinfo=UTC)


def _read(
    entry: dict[str, Any], feed_date: datetime | None, *, source: str, brand: str | None
) -> FeedEntry:
    text = _text(entry)
    date = _date(entry) or feed_date
    link = _string(entry, "link")
    key = _key(entry, link, text)
    if date is None:
        fault = "the entry has no date that can be read, and neither has its feed"
        return FeedEntry(key, None, fault, cut_raw(text.encode()))
    data = {
        "source": source,
        "external_id": key,
        "text": text,
        "published_at": date,
        "url": link,
        "brand": brand,
        "author": {"name": _string(entry, "author")},
        "media": [one["href"] for one in entry.get("enclosures", ()) if one.get("href")],
    }
    try:
        return FeedEntry(key, read_mention(data))
    except MentionError as error:
        return FeedEntry(key, None, str(error), cut_raw(text.encode()))


def _key(entry: Mapping[str, Any], link: str | None, text: str) -> str:
    key = _string(entry, "id") or link
    if key and len(key) <= _LONGEST_KEY:
        return key
    seed = "\x1f".join((key or text, str(_string(entry, "published") or "")))
    return hashlib.sha256(seed.encode(errors="replace")).hexdigest()


def _text(entry: Mapping[str, Any]) -> str:
    """Join title and body, as HTML; a body that begins with the title says it once."""
    title = (_string(entry, "title") or "").strip()
    contents = [one.get("value") or "" for one in entry.get("content", ())]
    body = (contents[0] if contents else _string(entry, "summary") or "").strip()
    if not body or not title or body.startswith(title):
        return body or title
    return f"{title}\n{body}"


def _date(entry: dict[str, Any]) -> datetime | None:
    """Read the date as feedparser understood it, in UTC; a date without a zone is UTC there."""
    for name in ("published_parsed", "updated_parsed"):
        # The plain dict's `get`: feedparser's own answers for a missing date with another one, and
        # with a warning.
        parts = dict.get(entry, name)
        if parts:
            try:
                return datetime.fromtimestamp(timegm(parts), tz=UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _string(entry: Mapping[str, Any], name: str) -> str | None:
    value = entry.get(name)
    return value if isinstance(value, str) and value.strip() else None
