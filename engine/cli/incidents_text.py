"""How incidents and silences are written for people who were asleep a minute ago."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.units import format_duration, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SAMPLES = (("first", "First"), ("most_reached", "Most reach"), ("most_typical", "Most typical"))
_SHOWN = 3
_LONGEST = 160
_NEXT = {
    "open": "ack takes it on, mitigate and resolve close it",
    "acknowledged": "mitigate when the harm is held, resolve when it is over",
    "mitigated": "resolve when it is over; it resolves itself when its rules do",
    "resolved": "show --record writes the record",
}


def list_line(row: Mapping[str, Any]) -> str:
    """Return an incident as a line."""
    end = f" to {clock(row['resolved_at'])}" if row["resolved_at"] else ""
    parts = [
        f"{row['id']}  {row['state']:<12}  {row['severity']:<8}",
        f"{day(row['opened_at'])} {clock(row['opened_at'])}{end}",
        f"{row['title']}  [{row['policy']}/{row['rule']}]",
    ]
    return "  ".join(parts)


def incident_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield one incident for a terminal: what it is first, then what happened, then why."""
    one = found["incident"]
    yield f"{one['severity'].upper()}  {one['title']}"
    yield f"{one['id']} is {one['state'].upper()}{_since(one)}"
    yield from (f"{name}: {value}" for name, value in sorted(one["key"].items()))
    if one["playbook"]:
        yield f"playbook: {one['playbook']}"
    yield ""
    yield f"Timeline (UTC, {day(one['opened_at'])})"
    yield from (f"  {line}" for line in timeline_lines(one))
    yield ""
    yield "Why"
    yield from (f"  {line}" for line in why_lines(found))
    if found["actions"]:
        yield ""
        yield "Done"
        yield from (f"  {line}" for line in action_lines(found["actions"]))
    yield ""
    yield f"Now: {_NEXT[one['state']]}"


def timeline_lines(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield a timeline, a line an entry; the date where it changes, and a gap where it was cut."""
    shown, before = one["timeline"], day(one["opened_at"])
    # Kept entries of the beginning, before what was dropped; see `engine.incidents.incident`.
    cut = _cut(one)
    for place, entry in enumerate(shown):
        if day(entry["at"]) != before:
            before = day(entry["at"])
            yield f"-- {before}"
        if place == cut:
            yield f"   … {one['left_out']} entries left out"
        yield entry_line(entry)


def _cut(one: Mapping[str, Any]) -> int | None:
    from engine.incidents.incident import FIRST_KEPT

    return FIRST_KEPT if one["left_out"] else None


def entry_line(entry: Mapping[str, Any]) -> str:
    """Return one entry of a timeline as a line."""
    source = entry["rule"] or ("" if entry["who"] == "engine" else entry["who"])
    parts = [clock(entry["at"], seconds=True), f"{entry['what']:<12}", source, entry["detail"]]
    return "  ".join(part for part in parts if part).rstrip()


def why_lines(found: Mapping[str, Any], language: str = "en") -> Iterator[str]:
    """Yield the cause in sentences, then the mentions it names that are still stored."""
    from engine.incidents.cause_text import cause_sentences

    cause = found["cause"]
    if cause is None:
        yield "not counted yet"
        return
    yield from cause_sentences(cause, language)
    for name, title in _SAMPLES:
        for mention in known_mentions(found, cause[name])[:_SHOWN]:
            yield f"{title}: {mention_line(mention)}"


def known_mentions(found: Mapping[str, Any], named: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return those of the named mentions that the store still has."""
    return [found["mentions"][one] for one in named if one in found["mentions"]]


def mention_line(mention: Mapping[str, Any]) -> str:
    """Return a mention as one line: who, where, what, its address."""
    author = mention["author"] or {}
    who = author.get("handle") or author.get("name") or author.get("id") or "somebody"
    text = " ".join(str(mention["text"]).split())
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f'{who} ({mention["source"]}): "{text}"' + (
        f" {mention['url']}" if mention["url"] else ""
    )


def action_lines(actions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield actions, a line each."""
    for one in actions:
        why = f" ({one['reason']})" if one["reason"] else ""
        yield (
            f"{clock(one['created_at'], seconds=True)}  {one['state']:<17}  {one['kind']:<10}"
            f"  {one['policy']}/{one['rule']}{why}"
        )


def silence_line(row: Mapping[str, Any]) -> str:
    """Return a silence as a line."""
    until = f"until {row['until']}"
    if row["ended_at"]:
        until = f"ended {row['ended_at']} by {row['ended_by']}"
    return (
        f"{row['id']}  {row['rule']}  {until}  hid {row['hidden']}"
        f'  by {row["author"]}  "{row["reason"]}"'
    )


def _since(one: Mapping[str, Any]) -> str:
    at = {
        "acknowledged": one["acknowledged_at"],
        "mitigated": one["mitigated_at"],
        "resolved": one["resolved_at"],
    }.get(one["state"])
    opened = f", opened {clock(one['opened_at'])}"
    back = f", reopened {one['reopened']} time(s)" if one["reopened"] else ""
    return (f" since {clock(at)}" if at else "") + opened + back


def lasted(first: str, last: str | None) -> str:
    """Return the time between two instants for people; a dash where the second is not known."""
    if last is None:
        return "-"
    # A person's clock, against the time of a history that is played again, may be behind.
    return format_duration(max(parse_instant(last) - parse_instant(first), timedelta()))


def day(instant: str) -> str:
    """Return the date of an instant written as text."""
    return parse_instant(instant).strftime("%Y-%m-%d")


def clock(instant: str, *, seconds: bool = False) -> str:
    """Return the time of day of an instant written as text, UTC."""
    return parse_instant(instant).strftime("%H:%M:%S" if seconds else "%H:%M")
