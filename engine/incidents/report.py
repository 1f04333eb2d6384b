"""What a decision about a firing says to incidents, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decision import ActionState, Mode, Phase, Severity
from engine.incidents.incident import FiringRecord, show_key
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from engine.decision import Action, Decision, Firing, Match
    from engine.mention import Mention

# A rule that people or policies hold back wakes nobody, so it begins no incident either.
_WITHHOLDING = frozenset({Reason.SILENCE, Reason.INHIBIT, Reason.MUTE})
_INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Report:
    """One firing's news.

    Attributes:
        at: The decision's instant, event time.
        opening: The parameters of its incident action where that one is carried out, else None.
        playbook: The playbook it asks for, carried out or not.
        withheld: Why all of it is held back, and by what; None where it is not.
        told, step: For a step of a chain: whom it told, or why nobody, and which step, from 0.
    """

    phase: Phase
    at: datetime
    firing: FiringRecord
    opening: Mapping[str, Any] | None
    playbook: str | None
    brand: str | None
    withheld: str | None
    told: str
    step: int

    @property
    def text(self) -> str:
        """The firing for people: its key and what was measured."""
        measured = ", ".join(
            f"{name} {value:g}" for name, value in self.firing.measured.items() if value is not None
        )
        return "; ".join(part for part in (show_key(self.firing.key), measured) if part)


def reports(decision: Decision, mention: Mention | None) -> Iterator[Report]:
    """Yield what each firing of a decision reports; a rule in shadow reports nothing.

    Args:
        mention: The decision's, where it is at hand: gives the brand where no key does.
    """
    for match in decision.matches:
        if match.firing is not None and match.mode.freedom > Mode.SHADOW.freedom:
            yield _report(decision, match, match.firing, mention)


def _report(decision: Decision, match: Match, firing: Firing, mention: Mention | None) -> Report:
    action = next((one for one in match.actions if one.kind == _INCIDENT), None)
    params: Mapping[str, Any] = {} if action is None else action.params
    is_opening = action is not None and action.state is not ActionState.SUPPRESSED
    brand = firing.key.get("brand") or (None if mention is None else mention.brand)
    return Report(
        phase=firing.phase,
        at=decision.at,
        firing=_record(decision.policy, match, firing, params),
        opening=params if is_opening else None,
        playbook=params.get("playbook"),
        brand=None if brand is None else str(brand),
        withheld=_withheld(decision, match),
        told=", ".join(dict.fromkeys(_told(match))) if firing.phase is Phase.TOLD else "",
        step=firing.step,
    )


def _record(policy: str, match: Match, firing: Firing, params: Mapping[str, Any]) -> FiringRecord:
    return FiringRecord(
        policy=policy,
        rule=match.rule,
        key=dict(firing.key),
        opened_at=firing.opened_at,
        severity=Severity(params.get("severity", match.severity)),
        resolved_at=firing.resolved_at,
        peak=firing.peak,
        measured=dict(firing.measured),
    )


def _withheld(decision: Decision, match: Match) -> str | None:
    if any(one.state is not ActionState.SUPPRESSED for one in match.actions):
        return None
    if match.actions and not any(one.reason in _WITHHOLDING for one in match.actions):
        return None
    for held in decision.held_back:
        if held.rule == match.rule and held.by in _WITHHOLDING:
            return f"{held.by.value}: {held.detail}" if held.detail else held.by.value
    reasons = (one.reason for one in match.actions if one.reason in _WITHHOLDING)
    found = next(reasons, None)
    return None if found is None else found.value


def _told(match: Match) -> Iterator[str]:
    for action in match.actions:
        yield from _whom(action)


def _whom(action: Action) -> Iterator[str]:
    people = action.params.get("people")
    if isinstance(people, list | tuple):
        yield from (str(one) for one in people)
    elif action.params.get("channel"):
        yield f"channel {action.params['channel']}"
    if action.state is ActionState.SUPPRESSED and action.reason is not None:
        yield f"held back: {action.reason.value}"
    if action.state is ActionState.AWAITING_APPROVAL:
        yield "waits for a person: the rule is a draft"
