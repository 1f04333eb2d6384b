"""Decisions of rules over time, as the engine would make them, for tests of what reads them."""

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
from engine.testing import NOON

MINUTE = timedelta(minutes=1)


def action(kind, index=0, *, state=ActionState.PLANNED, **params):
    return Action(f"id-{kind}-{index}", kind, index, params, Mode.DRAFT, state)


def decision(phase, minute, *, opened, rule="surge", **fields):
    """One rule over time at a minute after noon.

    ``key``, ``peak``, ``mode``, ``severity``, ``actions``, ``held`` (pairs of an action's kind and
    a reason), ``mention`` and ``policy`` may be named.
    """
    policy = fields.get("policy", "care")
    firing = Firing(
        key=fields.get("key", {"brand": "acme"}),
        phase=phase,
        opened_at=NOON + opened * MINUTE,
        resolved_at=NOON + minute * MINUTE if phase is Phase.RESOLVED else None,
        peak=fields.get("peak", 3.0),
        step=fields.get("step", 0),
    )
    match = Match(
        rule=rule,
        revision="r",
        severity=fields.get("severity", Severity.MAJOR),
        mode=fields.get("mode", Mode.DRAFT),
        actions=tuple(fields.get("actions", ())),
        firing=firing,
    )
    held = tuple(HeldBack(rule, kind, by) for kind, by in fields.get("held", ()))
    mention = fields.get("mention", f"m{minute}")
    return Decision(policy, "r", mention, NOON + minute * MINUTE, (match,), held)


def entered(minute, **fields):
    return decision(Phase.ENTERED, minute, opened=minute, **fields)


def resolved(minute, *, opened, **fields):
    return decision(Phase.RESOLVED, minute, opened=opened, **fields)


def told(minute, *, opened, **fields):
    return decision(Phase.TOLD, minute, opened=opened, **fields)


class Remembering:
    """The state of a simulation, of which only what fires is asked."""

    def __init__(self, *firings):
        self._firings = firings

    @property
    def over_time(self):
        return self

    def firing(self, policy, rule):
        return self._firings
