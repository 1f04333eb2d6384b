"""What the pages of drafts show, as plain values ready for the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from engine.console.pages.view import heading, mention_link, rule_link, shortened, shown_instant
from engine.console.pages.words import LANGUAGES, format_age, format_share
from engine.decision import ActionState
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from datetime import datetime

    from engine.console.parts import Row
    from engine.store.verdicts import VerdictStore

PAGE = 25
_GRAVE, _SLIGHT = 0.8, 0.4
_WAITS = ActionState.AWAITING_APPROVAL.value


async def queue_page(
    verdicts: VerdictStore, language: str, *, start: int, now: datetime
) -> dict[str, Any]:
    """Return what the list of drafts needs.

    Args:
        start: How many drafts stand before the first shown.

    Raises:
        StoreError: The database does not answer.
    """
    rows = await verdicts.queue(now=now, limit=PAGE + 1, offset=start)
    return {
        "language": language,
        "words": LANGUAGES[language],
        "drafts": [_listed(row, language, now=now) for row in rows[:PAGE]],
        "start": start,
        "next": start + PAGE if len(rows) > PAGE else None,
    }


async def draft_page(
    verdicts: VerdictStore, named: str, language: str, *, now: datetime
) -> dict[str, Any]:
    """Return what the page of one draft needs.

    Raises:
        StoreError: The database does not answer.
        VerdictError: There is no such draft.
    """
    row = await verdicts.show(named, now=now)
    words = LANGUAGES[language]
    return {
        "language": language,
        "words": words,
        "draft": {
            **_listed(row, language, now=now),
            **{name: row[name] for name in ("id", "state", "reason", "detail", "edited_by")},
            "is_waiting": row["state"] == _WAITS,
            "is_reply": row["kind"] == "reply",
            "said": str(row["params"].get("text") or ""),
            "params": [(name, str(value)) for name, value in row["params"].items()],
            "whole": row["about"]["text"],
            "decision": row["decision"]["seq"],
            "expires": row["expires_at"] and shown_instant(row["expires_at"]),
            "expires_at": row["expires_at"],
            "beside": row["beside"],
            "verdicts": [{**one, "shown_at": shown_instant(one["at"])} for one in row["verdicts"]],
            "factors": [_factor(one, words) for one in row["risk_factors"]],
        },
        "as_of": format_instant(now),
    }


def _listed(row: Row, language: str, *, now: datetime) -> dict[str, Any]:
    params, risk = row["params"], row["risk"] or 0.0
    return {
        **heading(row["about"]),
        "id": row["id"],
        "judge_at": f"/queue/{quote(row['id'], safe='')}",
        "to": mention_link(row["mention"]),
        "rule_to": rule_link(row["rule"]),
        "brand": row["brand"],
        "kind": row["kind"],
        "rule": row["rule"],
        "policy": row["policy"],
        "severity": row["severity"],
        "mode": row["mode"],
        "text": shortened(str(params.get("text") or "")),
        "text_language": params.get("language"),
        "about": shortened(row["about"]["text"]),
        "risk": format_share(risk, language),
        "risk_width": round(100 * risk, 1),
        "risk_level": _level(risk),
        "approvals": row["approvals"],
        "needed": row["needed"],
        "is_late": row["is_late"],
        "due": row["due"] and shown_instant(row["due"]),
        "due_at": row["due"],
        "since": row["waiting_since"],
        "age": row["waiting_since"]
        and format_age(now - parse_instant(row["waiting_since"]), language),
    }


def _level(risk: float) -> str:
    if risk >= _GRAVE:
        return "negative"
    return "neutral" if risk < _SLIGHT else "unknown"


def _factor(one: Row, words: dict[str, str]) -> dict[str, Any]:
    return {
        "text": words.get(f"risk_{one['name']}", one["text"]),
        "width": round(100 * one["weight"], 1),
    }
