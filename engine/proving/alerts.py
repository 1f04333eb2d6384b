"""Firings of rules over time as alerts: each from the instant it opened to the one it resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Phase
from engine.proving.views import action_json, planned_actions
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from engine.decision import Action, Decision, Firing, HeldBack, Match, Mode, Severity


@dataclass(frozen=True, slots=True)
class Alert:
    """One firing of a rule over time, from opening to resolving.

    Attributes:
        resolved_at: None while it fires.
        peak: The highest its first measure reached, as far as is known.
        mention: The id of the one by which it opened.
        actions: What opening it planned.
        held_back: What opening it would have planned, and why it did not.
    """

    policy: str
    rule: str
    key: Mapping[str, Any]
    opened_at: datetime
    mode: Mode
    severity: Severity
    mention: str
    peak: float
    resolved_at: datetime | None = None
    actions: tuple[Action, ...] = ()
    held_back: tuple[HeldBack, ...] = field(default=())

    @property
    def state(self) -> tuple[str, str, str]:
        """Which state of which rule it is of: policy, rule, and the key as text."""
        return self.policy, self.rule, _key_text(self.key)

    @property
    def title(self) -> str:
        """The rule's name with the key: ``care/surge brand=acme``."""
        shown = "".join(f" {name}={value}" for name, value in self.key.items())
        return f"{self.policy}/{self.rule}{shown}"

    def fires_at(self, at: datetime) -> bool:
        """Say whether it fires at an instant: the one it resolves at is no longer its."""
        return self.opened_at <= at and (self.resolved_at is None or at < self.resolved_at)

    def is_of(self, rule: str) -> bool:
        """Say whether it is of a rule: ``rule`` or ``policy/rule``."""
        return rule in (self.rule, f"{self.policy}/{self.rule}")

    @property
    def lasted(self) -> str:
        """How long it fired, in words."""
        if self.resolved_at is None:
            return "still fires at the end"
        return f"lasted {format_duration(self.resolved_at - self.opened_at)}"

    def as_json(self) -> dict[str, Any]:
        """Return it as the contract's incident."""
        resolved = self.resolved_at
        return {
            "policy": self.policy,
            "rule": self.rule,
            "key": dict(self.key),
            "opened_at": format_instant(self.opened_at),
            "resolved_at": None if resolved is None else format_instant(resolved),
            "peak": number(self.peak),
            "mode": self.mode.value,
        }

    def effect(self) -> dict[str, Any]:
        """Return what it does and when, as JSON: what counts where two policies are compared."""
        held = [{"action": one.action, "by": one.by.value} for one in self.held_back]
        found = self.as_json()
        return {
            "opened_at": found["opened_at"],
            "resolved_at": found["resolved_at"],
            "mode": found["mode"],
            "severity": self.severity.value,
            "actions": [action_json(action) for action in self.actions],
            "suppressed": held,
        }


def number(value: float) -> float:
    """Return a measured number as it is best shown: whole where it is whole."""
    return int(value) if value == int(value) else round(value, 6)


class Alerts:
    """Follows firings from entering to resolving; remembers only those that fire."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], Alert] = {}

    def take(self, decision: Decision) -> Iterator[Alert]:
        """Yield each alert that the decision opens or resolves, as it stands after it."""
        for match in decision.matches:
            firing = match.firing
            if firing is None or firing.phase is Phase.TOLD:
                continue
            alert = _opened(decision, match, firing)
            if firing.phase is Phase.ENTERED:
                self._open[alert.state] = alert
                yield alert
                continue
            begun = self._open.pop(alert.state, alert)
            resolved = decision.at if firing.resolved_at is None else firing.resolved_at
            yield replace(begun, resolved_at=resolved, peak=firing.peak)

    def still_open(self) -> list[Alert]:
        """Return those that fire, in the order in which they entered."""
        return list(self._open.values())


def all_alerts(decisions: Iterable[Decision]) -> list[Alert]:
    """Return every alert of decisions in order of time, in order of opening."""
    alerts = Alerts()
    found = [one for decision in decisions for one in alerts.take(decision) if one.resolved_at]
    return sorted([*found, *alerts.still_open()], key=lambda one: (one.opened_at, one.state))


def is_telling(decision: Decision) -> bool:
    """Say whether a decision is a step of a chain, which is no doing of its rule."""
    return any(one.firing and one.firing.phase is Phase.TOLD for one in decision.matches)


def is_planning(match: Match) -> bool:
    """Say whether a match of a rule over time is a decision of its own.

    Entering is; resolving is where it puts back what entering changed; what a chain that was
    started tells people is not.
    """
    firing = match.firing
    if firing is None or firing.phase is Phase.ENTERED:
        return True
    return firing.phase is Phase.RESOLVED and bool(planned_actions(match))


def _opened(decision: Decision, match: Match, firing: Firing) -> Alert:
    return Alert(
        policy=decision.policy,
        rule=match.rule,
        key=firing.key,
        opened_at=firing.opened_at,
        mode=match.mode,
        severity=match.severity,
        mention=decision.mention,
        peak=firing.peak,
        actions=tuple(planned_actions(match)),
        held_back=tuple(one for one in decision.held_back if one.rule == match.rule),
    )


def _key_text(key: Mapping[str, Any]) -> str:
    return json.dumps(dict(key), sort_keys=True, ensure_ascii=True, default=str)
