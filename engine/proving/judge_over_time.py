"""Judge what a test expects of rules over time: what fires, how incidents stand, who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.proving.on_call import told_lines, who_is_told, who_would_be_told
from engine.proving.timeline import timeline
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from engine.policy import PolicySet, Rule
    from engine.policy.policy_test import Expectation
    from engine.proving.alerts import Alert
    from engine.proving.played import Played

_INCIDENT = "incident"
_OPEN, _RESOLVED = "open", "resolved"


def judge_over_time(
    expectation: Expectation, played: Played, policies: PolicySet
) -> tuple[bool, list[str]]:
    """Return whether a `firing`, `incident` or `told` is met, and why where it is not."""
    judges = {"firing": _firing, "incident": _incident, "told": _told}
    return judges[expectation.kind](expectation, played, policies)


def fires_at(played: Played, at: timedelta) -> list[Alert]:
    """Return what fires at an instant, in order of opening."""
    instant = played.test.clock + at
    return [one for one in played.alerts() if one.fires_at(instant)]


def _firing(
    expectation: Expectation, played: Played, policies: PolicySet
) -> tuple[bool, list[str]]:
    at = _at(expectation)
    found = fires_at(played, at)
    wanted = expectation.names
    unmet = [name for name in wanted if not any(one.is_of(name) for one in found)]
    extra = [one for one in found if not any(one.is_of(name) for name in wanted)]
    if not (unmet or extra):
        return True, []
    names = dict.fromkeys(f"{one.policy}/{one.rule}" for one in found)
    happened = ", ".join(names) or "nothing"
    when = format_duration(at)
    line = f"expected exactly {', '.join(wanted) or 'nothing'} to fire at {when}, {happened} fired"
    concerned = [
        rule
        for rule in _over_time(policies)
        if any(name in (rule.id, f"{rule.policy}/{rule.id}") for name in (*wanted, *names))
    ]
    return False, [line, *timeline(concerned, played)]


def _incident(
    expectation: Expectation, played: Played, policies: PolicySet
) -> tuple[bool, list[str]]:
    (name,) = expectation.names
    states = incident_states(name, played, expectation.at)
    count = states.count(expectation.state or _OPEN)
    if count == expectation.times or (expectation.times is None and count):
        return True, []
    when = "the end" if expectation.at is None else format_duration(expectation.at)
    wanted = "an incident" if expectation.times is None else f"{expectation.times} incident(s)"
    happened = ", ".join(states) or "there was none"
    lines = [f"expected {wanted} of {name} to be {expectation.state} at {when}: {happened}"]
    rules = [one for one in _over_time(policies) if name in (one.id, f"{one.policy}/{one.id}")]
    return False, lines + timeline(rules, played)


def incident_states(rule: str, played: Played, at: timedelta | None) -> list[str]:
    """Return how the incidents of a rule stand at an instant, None for the end.

    An incident lives as long as the firing that opened it; one whose opening was held back is none.
    """
    states = []
    for one in played.alerts():
        if not one.is_of(rule) or _is_held_back(one):
            continue
        if at is None:
            states.append(_OPEN if one.resolved_at is None else _RESOLVED)
        elif one.opened_at <= played.test.clock + at:
            states.append(_OPEN if one.fires_at(played.test.clock + at) else _RESOLVED)
    return states


def _is_held_back(alert: Alert) -> bool:
    return any(one.action == _INCIDENT for one in alert.held_back) and not any(
        one.kind == _INCIDENT for one in alert.actions
    )


def _told(expectation: Expectation, played: Played, policies: PolicySet) -> tuple[bool, list[str]]:
    at, wanted = _at(expectation), set(expectation.names)
    by = f" by {expectation.by}" if expectation.by else ""
    who = ", ".join(sorted(wanted)) or "nobody"
    if not played.test.given:
        found = who_would_be_told(policies, expectation.by, played.test.clock + at)
        would = ", ".join(sorted(found)) or "nobody"
        line = f"expected {who} to be told first{by} at {format_duration(at)}, it would be {would}"
        return found == wanted, [line]
    found = who_is_told(played, at, expectation.by)
    happened = ", ".join(sorted(found)) or "nobody"
    lines = [f"expected {who} to be told{by} at {format_duration(at)}, {happened} was"]
    return found == wanted, [*lines, *_story(played, policies)]


def _story(played: Played, policies: PolicySet) -> Sequence[str]:
    told = told_lines(played)
    starters = [
        rule
        for rule in _over_time(policies)
        if any(action.kind == "escalate" for action in rule.actions)
    ]
    return [*(["told:", *told] if told else []), *timeline(starters, played)]


def _over_time(policies: PolicySet) -> list[Rule]:
    return [
        rule
        for policy in policies.policies
        for rule in policy.rules
        if rule.over_time is not None and rule.mode.freedom
    ]


def _at(expectation: Expectation) -> timedelta:
    if expectation.at is None:
        message = f"'{expectation.kind}' has no time, which reading it asks for"
        raise AssertionError(message)
    return expectation.at
