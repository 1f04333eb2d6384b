"""What a mention's own page shows: all that is known of it, and why each rule matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.console.pages.trace import trace_lines
from engine.console.pages.view import heading, rule_link, safe_link, sentiment_of, shown_instant
from engine.console.pages.words import LANGUAGES, format_count, format_share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.console.parts import ConsoleParts, Row

_LONGEST_ID = 2000
_MOST_LOG_ROWS = 500
_METRICS = ("likes", "shares", "replies", "reach")
# As the first page orders and colours them; other tasks have their best label first.
_FIRST_TASK = "sentiment"


async def mention_page(
    parts: ConsoleParts, mention_id: str, language: str
) -> dict[str, Any] | None:
    """Return what the template needs; None where no such mention is stored.

    Raises:
        StoreError: The database does not answer.
    """
    if len(mention_id) > _LONGEST_ID:
        return None
    found = await parts.reads.mention(mention_id)
    if found is None:
        return None
    log = await parts.reads.outcomes(mention=mention_id, after_seq=0, limit=_MOST_LOG_ROWS)
    row = found["mention"]
    return {
        "language": language,
        "words": LANGUAGES[language],
        "mention": _mention(row, language),
        "is_decided": found["is_decided"],
        "classifications": _classifications(row, language),
        "decisions": [_decision(one, row["text"], log) for one in found["decisions"]],
        "held_back": found["held_back"],
    }


def _mention(row: Row, language: str) -> dict[str, Any]:
    author, metrics = row.get("author") or {}, row.get("metrics") or {}
    followers = author.get("followers")
    observed = row.get("observed_at")
    return {
        **heading(row),
        "id": row["id"],
        "text": row["text"],
        "kind": row.get("kind"),
        "sentiment": sentiment_of(row),
        "observed": shown_instant(observed) if observed else None,
        "in_reply_to": row.get("in_reply_to"),
        "links": [link for link in row.get("links") or () if safe_link(link)],
        "followers": None if followers is None else format_count(followers, language),
        "metrics": [
            (name, format_count(metrics[name], language))
            for name in _METRICS
            if metrics.get(name) is not None
        ],
    }


def _classifications(row: Row, language: str) -> list[dict[str, Any]]:
    found = row.get("classifications") or {}
    tasks = sorted(found, key=lambda task: (task != _FIRST_TASK, task))
    return [_classification(task, found[task], language) for task in tasks]


def _classification(task: str, answer: Row, language: str) -> dict[str, Any]:
    scores = answer.get("scores") or {answer["label"]: answer["score"]}
    return {
        "task": task,
        "label": answer["label"],
        "classifier": answer.get("classifier", ""),
        "version": answer.get("version", ""),
        "scores": [
            {"label": label, "share": format_share(score, language), "width": round(100 * score, 1)}
            for label, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))
        ],
    }


def _decision(row: Row, text: str, log: Iterable[Row]) -> dict[str, Any]:
    return {
        **row,
        "to": rule_link(row["rule"]),
        "shown_at": shown_instant(row["at"]),
        "trace": trace_lines(row["trace"], text) if row.get("trace") else None,
        "actions": [_action(one, log) for one in row.get("actions", ())],
    }


def _action(row: Row, log: Iterable[Row]) -> dict[str, Any]:
    params = row["params"]
    return {
        **row,
        "text": params.get("text"),
        "text_language": params.get("language"),
        "channel": params.get("channel"),
        "tags": params.get("tags") or [],
        "attempts": [{**one, "shown_at": _to_second(one["started_at"])} for one in row["attempts"]],
        "log": [
            {**one, "shown_at": _to_second(one["at"])}
            for one in log
            if one["action_id"] == row["id"]
        ],
    }


def _to_second(text: str) -> str:
    """Return ``2026-03-02 09:00:05`` of an ISO instant."""
    return text[:19].replace("T", " ")
