"""What the first page shows, as plain values ready for the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from engine.console.health import failed_sources, told
from engine.console.pages.rates import BAR, BARS
from engine.console.pages.words import LANGUAGES, format_age, format_count, format_share
from engine.decision import ActionState
from engine.errors import StoreError
from engine.units import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

    from engine.console.counts import CachedCounts, Counts
    from engine.console.pages.rates import RateHistory
    from engine.console.parts import ConsoleParts, Row
    from engine.life.running import PolicyStatus

_MENTIONS = 14
_SHORT = 7
_DRAFTS = 8
_LONGEST_TEXT = 600
_LONGEST_RULE = 2000
_WAITS = ActionState.AWAITING_APPROVAL.value
_COUNTERS = ("mentions", "decided", "decisions", "outcomes", "backlog", "dead_letters")
_LABELS = ("negative", "neutral", "positive", "unknown")
_HEIGHT = 24
_REVISION = 12


@dataclass(frozen=True, slots=True)
class Viewer:
    """Builds the values of the page from the engine's parts."""

    parts: ConsoleParts
    counts: CachedCounts
    rates: RateHistory

    def sample(self) -> None:
        """Note how many mentions are stored by now, for the rates."""
        self.rates.sample(self.parts.stats.stored, now=self.parts.clock.now())

    async def page(self, language: str, *, rule: str | None = None) -> dict[str, Any]:
        """Return what the template needs; a database that does not answer leaves empty lists.

        Args:
            rule: Show only mentions that a rule of this id matched.
        """
        now = self.parts.clock.now()
        waiting = dict(self.parts.stats.waiting)
        view: dict[str, Any] = {}
        try:
            view = await self._stored(language, rule)
        except StoreError as error:
            waiting["database"] = str(error)
        return {
            "language": language,
            "words": LANGUAGES[language],
            "now": now.strftime("%H:%M:%S"),
            "rule": rule,
            "waiting": waiting,
            "failed": failed_sources(self.parts.stats),
            "policies": _policies(self.parts.policies),
            "ended": sorted(set(self.parts.stats.finished) - set(failed_sources(self.parts.stats))),
            "rate": self._rate(language, now),
            **view,
        }

    async def _stored(self, language: str, rule: str | None) -> dict[str, Any]:
        reads = self.parts.reads
        counts = await self.counts.fresh()
        mentions = await self._mentions(rule)
        matched = await reads.matches([row["id"] for row in mentions])
        return {
            "halted": [
                {**row, "at": parse_instant(row["at"]).strftime("%d.%m. %H:%M")}
                for row in counts.stored["halted"]
            ],
            "counters": [(name, format_count(counts.stored[name], language)) for name in _COUNTERS],
            "actions": [
                (state, format_count(count, language))
                for state, count in counts.stored["actions"].items()
            ],
            "sentiment": _sentiment(counts, language),
            "rules": _rules(counts, language),
            "mentions": [_mention(row, matched.get(row["id"], [])) for row in mentions],
            "decisions": [_linked(row) for row in await reads.decisions(limit=_SHORT)],
            "outcomes": [_linked(row) for row in await reads.outcomes(limit=_SHORT)],
            **await self._drafts(counts, language),
        }

    async def _mentions(self, rule: str | None) -> list[Row]:
        if rule is None:
            return await self.parts.reads.mentions(limit=_MENTIONS)
        if len(rule) > _LONGEST_RULE:
            return []
        return await self.parts.reads.mentions(limit=_MENTIONS, rule=rule)

    async def _drafts(self, counts: Counts, language: str) -> dict[str, Any]:
        """Return the newest actions a person has to decide on, and how many more there are."""
        rows = await self.parts.reads.actions(state=_WAITS, limit=_DRAFTS)
        # The counts are up to two seconds older than the rows.
        more = counts.stored["actions"].get(_WAITS, 0) - len(rows)
        now = self.parts.clock.now()
        return {
            "drafts": [draft(row, language, now=now) for row in rows],
            "more": format_count(more, language) if len(rows) == _DRAFTS and more > 0 else "",
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


def _policies(status: PolicyStatus | None) -> dict[str, Any] | None:
    """Return what the banner says of an edit that was refused, or of what is held at draft."""
    if status is None or not (status.refused or status.held):
        return None
    refused = status.refused
    problems = () if refused is None else refused.problems
    return {
        "revision": status.revision[:_REVISION],
        "refused": None if refused is None else refused.message,
        "at": "" if refused is None else refused.at.strftime("%H:%M"),
        "problems": [told(one) for one in problems[:_SHORT]],
        "more": max(0, len(problems) - _SHORT),
        "held": [(one.what, one.why) for one in status.held[:_SHORT]],
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
            "to": rule_link(one["rule"]),
            "count": format_count(one["count"], language),
            "width": round(100 * one["count"] / most, 1),
        }
        for one in counts.rules[:_SHORT]
    ]


def _mention(row: Row, matched: list[Row]) -> dict[str, Any]:
    to = mention_link(row["id"])
    return {
        **heading(row),
        "to": to,
        "text": shortened(row["text"]),
        "sentiment": sentiment_of(row),
        "rules": [{**one, "to": f"{to}#decision-{one['seq']}"} for one in matched],
    }


def heading(row: Row) -> dict[str, Any]:
    """Return who wrote a mention, where and when."""
    author = row.get("author") or {}
    return {
        "source": row["source"],
        "author": author.get("name") or author.get("handle"),
        "handle": author.get("handle") if author.get("name") else None,
        "language": row.get("language"),
        "brand": row.get("brand"),
        "published_at": row["published_at"],
        "shown_at": shown_instant(row["published_at"]),
        "link": safe_link(row.get("url")),
    }


def sentiment_of(row: Row) -> str | None:
    """Return a mention's sentiment, None where it has none of ours."""
    answer = (row.get("classifications") or {}).get("sentiment") or {}
    label = answer.get("label")
    return label if label in _LABELS else None


def draft(row: Row, language: str, *, now: datetime) -> dict[str, Any]:
    """Return an action that waits for a person: what it would say, on what, since when."""
    params, to = row["params"], mention_link(row["mention"])
    return {
        **heading(row["about"]),
        "to": to,
        "kind": row["kind"],
        "rule": row["rule"],
        "severity": row["severity"],
        "mode": row["mode"],
        "text": shortened(str(params.get("text") or "")),
        "text_language": params.get("language"),
        "channel": params.get("channel"),
        "about": shortened(row["about"]["text"]),
        # When it came to wait; it was created at the event time of its mention.
        "since": row["updated_at"],
        "age": format_age(now - parse_instant(row["updated_at"]), language),
    }


def _linked(row: Row) -> Row:
    return {**row, "to": mention_link(row["mention"])}


def mention_link(mention_id: str) -> str:
    """Return the path of a mention's own page, whatever stands in its id."""
    return f"/mentions/{quote(mention_id, safe='', errors='replace')}"


def rule_link(rule: str) -> str:
    """Return the path of the first page with only the mentions a rule matched."""
    return f"/?{urlencode({'rule': rule}, errors='replace')}"


def shortened(text: str) -> str:
    """Return a text cut to what the first page shows of it."""
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}\u2026"


def safe_link(url: str | None) -> str | None:
    """Return a URL a browser may be sent to: http and https only, never a script."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def shown_instant(text: str) -> str:
    """Return ``2026-03-02 09:00`` of an ISO instant."""
    return text[:16].replace("T", " ")
