"""Firings as decisions, and stories told with them minute by minute."""

from __future__ import annotations

from datetime import timedelta

from engine.decision import (
    Action,
    ActionState,
    Decision,
    Firing,
    HeldBack,
    Match,
    Mode,
    Phase,
    Severity,
)
from engine.reasons import Reason
from engine.testing import NOON


def minute(number):
    """So many minutes after noon."""
    return NOON + timedelta(minutes=number)


def action(kind="incident", *, reason=None, **params):
    """An action of a firing; ``reason`` holds it back."""
    state = ActionState.PLANNED if reason is None else ActionState.SUPPRESSED
    return Action(f"{kind}-{params}", kind, 0, params, Mode.ENFORCE, state, reason)


def firing(phase, rule, at, **told):
    """A decision about one firing at a minute; ``since`` is when it entered."""
    since = told.get("since", at)
    actions = told.get("actions")
    if actions is None:
        actions = (action(title=f"{rule} fires"),) if phase is Phase.ENTERED else ()
    reason = told.get("reason")
    if reason is not None:
        actions = tuple(action(one.kind, reason=reason, **one.params) for one in actions)
    held = () if reason is None else (HeldBack(rule, "", reason, told.get("detail", "")),)
    match = Match(
        rule=rule,
        revision=f"{rule}-1",
        severity=told.get("severity", Severity.MAJOR),
        mode=told.get("mode", Mode.ENFORCE),
        actions=actions,
        firing=Firing(
            key=told.get("key", {"brand": "acme"}),
            phase=phase,
            opened_at=minute(since),
            resolved_at=minute(at) if phase is Phase.RESOLVED else None,
            peak=told.get("peak", 30.0),
            measured=told.get("measured", {"count": 30.0}),
            step=told.get("step", 0),
        ),
    )
    policy = told.get("policy", "care")
    return Decision(policy, f"{policy}-1", "import:1", minute(at), (match,), held)


def enters(rule, at, **told):
    """The rule enters; it opens an incident unless other actions are named."""
    return firing(Phase.ENTERED, rule, at, **told)


def joins(rule, at, **told):
    """The rule enters, without an incident action."""
    return firing(Phase.ENTERED, rule, at, actions=(action("notify", channel="team"),), **told)


def silenced(rule, at, **told):
    """The rule enters under a silence."""
    return enters(rule, at, reason=Reason.SILENCE, detail="sil-1: planned", **told)


def resolves(rule, at, since, **told):
    """The firing that entered at ``since`` resolves."""
    return firing(Phase.RESOLVED, rule, at, since=since, **told)


def tells(rule, at, since, people, **told):
    """A step of the chain that the firing began tells people."""
    actions = (action("notify", people=people),)
    return firing(Phase.TOLD, rule, at, since=since, actions=actions, **told)


def told(incident):
    """The timeline, an entry a line: minute, what, rule or person."""
    return [
        f"{(one.at - NOON).total_seconds() / 60:g} {one.what.value}"
        + (f" {one.rule.partition('/')[2]}" if one.rule else "")
        + (f" by {one.who}" if one.who != "engine" else "")
        for one in incident.timeline
    ]
