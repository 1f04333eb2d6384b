"""What the first page shows, as plain values ready for the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.console.health import failed_sources
from engine.console.pages.rates import BAR, BARS
from engine.console.pages.words import LANGUAGES, format_count, format_share
from engine.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from engine.console.counts import CachedCounts, Counts
    from engine.console.pages.rates import RateHistory
    from engine.console.parts import ConsoleParts, Row

_MENTIONS = 14
_SHORT = 7
# Enough to hold the matches of every mention shown, short of a policy of dozens of noisy rules.
_RECENT_DECISIONS = 150
_LONGEST_TEXT = 600
_COUNTERS = ("mentions", "decided", "decisions", "outcomes", "backlog", "dead_letters")
_LABELS = ("negative", "neutral", "positive", "unknown")
_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Viewer:
    """Builds the values of the page from the engine's parts."""

    parts: ConsoleParts
    counts: CachedCounts
    rates: RateHistory

    def sample(self) -> None:
        """Note how many mentions are stored by now, for the rates."""
        self.rates.sample(self.parts.stats.stored, now=self.parts.clock.now())

    async def page(self, language: str) -> dict[str, Any]:
        """Return what the template needs; a database that does not answer leaves empty lists."""
        now = self.parts.clock.now()
        waiting = dict(self.parts.stats.waiting)
        view: dict[str, Any] = {}
        try:
            view = await self._stored(language)
        except StoreError as error:
            waiting["database"] = str(error)
        return {
            "language": language,
            "words": LANGUAGES[language],
            "now": now.strftime("%H:%M:%S"),
            "waiting": waiting,
            "failed": failed_sources(self.parts.stats),
            "ended": sorted(set(self.parts.stats.finished) - set(failed_sources(self.parts.stats))),
            "rate": self._rate(language, now),
            **view,
        }

    async def _stored(self, language: str) -> dict[str, Any]:
        reads = self.parts.reads
        counts = await self.counts.fresh()
        decisions = await reads.decisions(limit=_RECENT_DECISIONS)
        matched: dict[str, list[Row]] = {}
        for one in decisions:
            matched.setdefault(one["mention"], []).append(one)
        return {
            "counters": [(name, format_count(counts.stored[name], language)) for name in _COUNTERS],
            "actions": [
                (state, format_count(count, language))
                for state, count in counts.stored["actions"].items()
            ],
            "sentiment": _sentiment(counts, language),
            "rules": _rules(counts, language),
            "mentions": [
                _mention(row, matched.get(row["id"], []))
                for row in await reads.mentions(limit=_MENTIONS)
            ],
            "decisions": decisions[:_SHORT],
            "outcomes": await reads.outcomes(limit=_SHORT),
        }

    def _rate(self, language: str, now: datetime) -> dict[str, Any]:
        self.sample()
        count = self.parts.stats.stored
        bars = self.rates.bars(count, now=now)
        most = max([*bars, 1])
        return {
            "now": format_count(self.rates.per_minute(count, now=now), language),
            "bars": [_HEIGHT * bar / most for bar in bars],
            "height": _HEIGHT,
            "seconds": int(BAR.total_seconds()),
            "minutes": int(BAR.total_seconds() * BARS // 60),
        }


def _sentiment(counts: Counts, language: str) -> list[dict[str, Any]]:
    total = sum(counts.sentiment.values())
    if not total:
        return []
    return [
        {
            "label": label,
            "count": format_count(counts.sentiment.get(label, 0), language),
            "share": format_share(counts.sentiment.get(label, 0) / total, language),
            "width": round(100 * counts.sentiment.get(label, 0) / total, 1),
        }
        for label in _LABELS
    ]


def _rules(counts: Counts, language: str) -> list[dict[str, Any]]:
    most = max([*(one["count"] for one in counts.rules), 1])
    return [
        {
            **one,
            "count": format_count(one["count"], language),
            "width": round(100 * one["count"] / most, 1),
        }
        for one in counts.rules[:_SHORT]
    ]


def _mention(row: Row, matched: list[Row]) -> dict[str, Any]:
    author = row.get("author") or {}
    answer = (row.get("classifications") or {}).get("sentiment") or {}
    label = answer.get("label")
    text = row["text"]
    return {
        "text": text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}\u2026",
        "source": row["source"],
        "author": author.get("name") or author.get("handle"),
        "handle": author.get("handle") if author.get("name") else None,
        "language": row.get("language"),
        "brand": row.get("brand"),
        "published_at": row["published_at"],
        "shown_at": _shown_instant(row["published_at"]),
        "link": safe_link(row.get("url")),
        "sentiment": label if label in _LABELS else None,
        "rules": [
            {"rule": one["rule"], "severity": one["severity"], "mode": one["mode"]}
            for one in matched
        ],
    }


def safe_link(url: str | None) -> str | None:
    """Return a URL a browser may be sent to: http and https only, never a script."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _shown_instant(text: str) -> str:
    """Return ``2026-03-02 09:00`` of an ISO instant."""
    return text[:16].replace("T", " ")
