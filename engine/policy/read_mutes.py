"""Reads a policy's mutes: a calendar each, and what is held back by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.check_shared import check_name
from engine.policy.over_time import Mute
from engine.policy.read_over_time import check_target

if TYPE_CHECKING:
    from engine.policy.collect import Collected
    from engine.policy.report import Report
    from engine.policy.shape import Part

_WHEN = ("during", "outside")


def read_mutes(policy: Part, report: Report, *, shared: Collected) -> tuple[Mute, ...]:
    """Return the sound mutes of a policy; the others are reported."""
    rules = {body.get("id"): body for body in policy.get("rules", []) if body.get("id")}
    found = []
    for part in policy.get("mute", []):
        _check_when(part, report)
        names = {key: check_name("calendar", part, key, shared, report=report) for key in _WHEN}
        target: Part | None = part.get("target")
        if target is None:
            continue
        check_target(target, part, rules, what="muted", report=report)
        found += [
            Mute(
                name,
                key == "during",
                frozenset(target.get("severity", ())),
                frozenset(target.get("rule", ())),
            )
            for key, name in names.items()
            if name is not None
        ]
    return tuple(found)


def _check_when(part: Part, report: Report) -> None:
    """Report a mute that names no calendar, or two."""
    said = [key for key in _WHEN if part.says(key)]
    if len(said) == 1:
        return
    message = "a mute is either 'during' a calendar or 'outside' one"
    report.error("R105", part.key(said[-1]) if said else part.span, message, help_text="give one")
