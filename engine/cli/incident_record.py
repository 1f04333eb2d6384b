"""The record of an incident for the days after, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.cli.incidents_text import (
    action_lines,
    day,
    lasted,
    why_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def record(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the record, a line at a time: summary, figures, timeline, cause, who did what."""
    one = found["incident"]
    yield f"# {_cell(one['title'])}"
    yield ""
    yield _summary(one)
    yield ""
    yield "## Figures"
    yield ""
    yield "| | |\n|---|---|"
    yield from (f"| {name} | {_cell(value)} |" for name, value in _figures(found))
    yield ""
    yield "## Timeline"
    yield ""
    yield from _timeline(one)
    yield ""
    yield "## Cause"
    yield ""
    yield from (f"- {_cell(line)}" for line in why_lines(found))
    yield ""
    yield "## Who did what"
    yield ""
    yield from _people(found)
    yield ""
    yield "## What the engine did"
    yield ""
    yield from [f"- {_cell(line)}" for line in action_lines(found["actions"])] or ["Nothing."]


def _summary(one: Mapping[str, Any]) -> str:
    key = ", ".join(f"{name} {value}" for name, value in sorted(one["key"].items()))
    about = f" about {key}" if key else ""
    rules = sorted({f"{firing['policy']}/{firing['rule']}" for firing in one["firings"]})
    end = f"It is {one['state']}."
    if one["resolved_at"]:
        end = f"It was resolved after {lasted(one['opened_at'], one['resolved_at'])}."
    return (
        f"Incident {one['id']}, {one['severity']}{about}, opened on {day(one['opened_at'])} by "
        f"{one['policy']}/{one['rule']}. {one['fired']} firing(s) of {', '.join(rules)}. {end}"
    )


def _figures(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    one, cause = found["incident"], found["cause"]
    yield "Opened", one["opened_at"]
    yield "Time to acknowledge", lasted(one["opened_at"], _first(one, "acknowledged", "mitigated"))
    yield "Time to mitigate", lasted(one["opened_at"], _first(one, "mitigated"))
    yield "Time to resolve", lasted(one["opened_at"], one["resolved_at"])
    yield "Reopened", one["reopened"]
    yield "Firings", one["fired"]
    yield "Notices", sum(entry["what"] == "notified" for entry in one["timeline"])
    if cause is not None:
        yield "Mentions counted", cause["mentions"]
        yield "Authors", cause["crowd"]["authors"]


def _first(one: Mapping[str, Any], *what: str) -> str | None:
    found = (entry["at"] for entry in one["timeline"] if entry["what"] in what)
    return next(found, None)


def _timeline(one: Mapping[str, Any]) -> Iterator[str]:
    yield "| when (UTC) | what | who | detail |\n|---|---|---|---|"
    for entry in one["timeline"]:
        who = entry["rule"] or entry["who"]
        cells = (entry["at"], entry["what"], who, entry["detail"])
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
    if one["left_out"]:
        yield ""
        yield f"{one['left_out']} entries of the middle were not kept."


def _people(found: Mapping[str, Any]) -> Iterator[str]:
    entries = [entry for entry in found["incident"]["timeline"] if entry["who"] != "engine"]
    told = [entry for entry in found["incident"]["timeline"] if entry["what"] == "told"]
    for entry in sorted((*entries, *told), key=lambda one: str(one["at"])):
        said = (entry["what"], entry["rule"] or entry["who"], entry["detail"])
        yield f"- {entry['at']} {_cell(': '.join(part for part in said if part))}"
    if not (entries or told):
        yield "Nobody did anything."


def _cell(value: Any) -> str:
    """Return text that stays within its place: a mention must not draw the page."""
    text = " ".join(str(value).split())
    for sign in "\\|<>`*_[]#":
        text = text.replace(sign, f"\\{sign}")
    return text
