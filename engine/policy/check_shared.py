"""Checks of the documents that policies share: what they name, and what they can never do."""

from __future__ import annotations

import difflib
import zoneinfo
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.policy.country_codes import COUNTRY_CODES
from engine.policy.hours import read_hours
from engine.policy.playbook import HALT, RULES
from engine.policy.report import suggest
from engine.policy.shape import kind_of, text_of
from engine.policy.shapes_actions import ActionItem
from engine.policy.shapes_documents import ChainStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.located_yaml import Node
    from engine.policy.collect import Collected
    from engine.policy.report import Report
    from engine.policy.shape import Part

_COUNTRY_SLIPS = {"UK": "write GB", "EN": "write GB", "EL": "write GR"}
_FEW_ZONES = ("UTC", "Europe/Paris", "Europe/London", "America/New_York", "Asia/Tokyo")


def check_shared(found: Collected, report: Report) -> None:
    """Report what is wrong with queues, calendars, rotas, chains and playbooks."""
    for kind, check in _CHECKS.items():
        for name, part in found.shared.get(kind, {}).items():
            check(part, found, report.within(kind, name, part.at(kind)))


def check_name(
    kind: str, part: Part, field: str, found: Collected, *, report: Report
) -> str | None:
    """Return the name of a shared document that a field gives; None where there is none.

    Args:
        kind: What is named: ``queue``, ``calendar``, ``channel``, …
    """
    name: str | None = part.get(field)
    if name is None:
        return None
    known: Mapping[str, Any] = found.kinds if kind == "channel" else found.shared.get(kind, {})
    if name in known:
        return name
    code = "R204" if kind == "channel" else "R211"
    help_text = suggest(name, known, what=f"{kind.capitalize()}s")
    report.error(code, part.at(field), f"unknown {kind} '{name}'", help_text=help_text)
    return None


def _check_calendar(part: Part, _found: Collected, report: Report) -> None:
    _check_zone(part, report)
    if part.get("hours") is not None:
        read_hours(part.get("hours"), report, span=part.key("hours"))
    holidays: Part | None = part.get("holidays")
    country = None if holidays is None else holidays.get("country")
    if holidays is not None and country is not None and country not in COUNTRY_CODES:
        message = f"'{country}' is the code of no country"
        help_text = _COUNTRY_SLIPS.get(country, "two letters of ISO 3166: FR, CH, GB, US")
        report.error("R108", holidays.at("country"), message, help_text=help_text)


def _check_queue(part: Part, found: Collected, report: Report) -> None:
    check_name("channel", part, "notify", found, report=report)
    for sla in part.get("sla", {}).values():
        if sla.get("within") == timedelta():
            report.error("R304", sla.at("within"), "nothing is ever done within no time")
        check_name("calendar", sla, "calendar", found, report=report)


def _check_rota(part: Part, found: Collected, report: Report) -> None:
    _check_zone(part, report)
    check_name("channel", part, "channel", found, report=report)
    shifts, ical = part.says("shifts"), part.says("ical")
    if shifts == ical:
        message = "a rota has either 'shifts' or 'ical'"
        where = part.key("ical") if ical else part.span
        report.error("R105", where, message, help_text="give one of the two")
    for shift in part.get("shifts") or ():
        if shift.get("hours") is not None:
            hours, where = shift.get("hours"), shift.key("hours")
            read_hours(hours, report, span=where, may_pass_midnight=True)


def _check_zone(part: Part, report: Report) -> None:
    name = part.get("time_zone")
    if name is None:
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        near = suggest(name, sorted(known), what="").split("?")[0]
        help_text = f"{near}? " if near.startswith("did you mean") else ""
        help_text += f"Time zones are named like {', '.join(_FEW_ZONES)}"
        message = f"'{name[:60]}' is no time zone"
        report.error("R108", part.at("time_zone"), message, help_text=help_text)


def _check_chain(part: Part, found: Collected, report: Report) -> None:
    steps = part.get("steps")
    if steps is None:
        return
    for step in steps:
        _check_step(step, found, report)
    if not any(step.says("notify") for step in steps):
        where, help_text = part.key("steps"), "add {notify: {channel: ...}}"
        message = (
            "the chain's steps tell nobody" if steps else "the chain has no steps: it tells nobody"
        )
        report.error("R331", where, message, help_text=help_text)
    for step in steps[:-1]:
        if step.get("repeat") is not None:
            message = "'repeat' begins the chain again: what stands behind it is never reached"
            report.error("R331", step.key("repeat"), message, help_text="make it the last step")


def _check_step(step: Part, found: Collected, report: Report) -> None:
    kinds = [kind for kind in ChainStep.kinds if step.says(kind)]
    possible = f"Steps: {', '.join(ChainStep.kinds)}"
    if not kinds and not set(step.node.keys) - set(ChainStep.model_fields):
        report.error("R111", step.span, "a step of a chain does nothing", help_text=possible)
    if len(kinds) > 1:
        message = "a step of a chain does one thing"
        report.error("R111", step.key(kinds[1]), message, help_text="begin a new step with '- '")
    if step.get("wait") == timedelta():
        report.error("R304", step.at("wait"), "a wait of no time is none")
    check_name("calendar", step, "calendar", found, report=report)
    told: Part | None = step.get("notify")
    if told is None:
        return
    if told.says("channel") == told.says("rota") and not set(told.node.keys) - {"channel", "rota"}:
        message = "a step tells either a channel or a rota"
        report.error("R111", step.key("notify"), message, help_text="give one of the two")
    check_name("channel", told, "channel", found, report=report)
    check_name("rota", told, "rota", found, report=report)


def _check_playbook(part: Part, _found: Collected, report: Report) -> None:
    for field in ("statements", "actions"):
        node = part.get(field)
        if node is None or node.is_faulty or node.is_mapping or node.is_list:
            continue
        where = part.key(field) if node.value is None else node.span
        message = f"'{field}' is a mapping or a list, not {kind_of(node)}"
        report.error("R106", where, message)
    for one in _items(part.get("actions")):
        _check_action_name(one, report)
    seen: dict[str, int] = {}
    for task in part.get("tasks", []):
        name = task.get("id")
        if name is None:
            continue
        if name in seen:
            message = f"task '{name}' is defined twice; the first stands at line {seen[name]}"
            report.error("R208", task.at("id"), message)
        seen.setdefault(name, task.at("id").line)
    statements = part.get("statements")
    for language, node in statements.items() if statements is not None else ():
        if node.is_list or (not node.is_mapping and not text_of(node).strip()):
            where = statements.keys[language]
            report.error("R106", where, f"a statement is a text, not {kind_of(node)}")


def _items(node: Node | None) -> Iterator[Node]:
    """Yield the mappings of a list, or of lists by name."""
    if node is None or node.is_faulty:
        return
    for inner in node.value.values() if node.is_mapping else ():
        yield from _items(inner) if inner.is_list else ()
    for one in node.value if node.is_list else ():
        if one.is_mapping:
            yield one


def _check_action_name(node: Node, report: Report) -> None:
    """Report an action whose name is nearly one: the form of the rest is the playbook's own."""
    kinds = (*ActionItem.kinds, RULES, HALT)
    if set(node.keys) & set(kinds):
        return
    for key, span in node.keys.items():
        if difflib.get_close_matches(key, kinds, n=1, cutoff=0.75):
            help_text = suggest(key, kinds, what="Actions")
            report.error("R104", span, f"unknown action '{key}'", help_text=help_text)


_CHECKS: Mapping[str, Callable[[Part, Collected, Report], None]] = {
    "queue": _check_queue,
    "calendar": _check_calendar,
    "rota": _check_rota,
    "chain": _check_chain,
    "playbook": _check_playbook,
}
