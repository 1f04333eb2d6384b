"""Silences: an operator holds a rule back until a time, with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.decision import ActionState, HeldBack, Mode
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.decision import Action, Decision, Match


@dataclass(frozen=True, slots=True)
class Silence:
    """One rule held back for a time.

    Attributes:
        rule: Its id, or ``policy/rule``.
        since: Aware UTC, inclusive.
        until: Aware UTC, exclusive.
        author: Who set it.
        id: Its id where it is stored; empty for one of a test.
    """

    rule: str
    since: datetime
    until: datetime
    reason: str = ""
    author: str = ""
    id: str = ""

    @property
    def detail(self) -> str:
        """What stands beside all that it holds back, so that it can be counted later."""
        return f"{self.id}: {self.reason}" if self.id else self.reason

    def covers(self, policy: str, rule: str, at: datetime) -> bool:
        """Say whether the rule is held back at an instant of event time."""
        is_its = self.rule in (rule, f"{policy}/{rule}")
        return is_its and self.since <= at < self.until


def hold_back(decision: Decision, silences: Sequence[Silence]) -> Decision:
    """Return the decision with nothing planned by silenced rules, and no cooldown begun by them.

    A match stays a match; what was held back already keeps its first reason.
    """
    held = list(decision.held_back)
    matches = []
    for match in decision.matches:
        silence = next(
            (one for one in silences if one.covers(decision.policy, match.rule, decision.at)), None
        )
        if silence is None:
            matches.append(match)
            continue
        actions = [_silenced(action) for action in match.actions]
        now_held = [
            HeldBack(match.rule, after.kind, Reason.SILENCE, silence.detail)
            for before, after in zip(match.actions, actions, strict=True)
            if after is not before
        ]
        if _is_bare(decision, match):
            now_held.append(HeldBack(match.rule, "", Reason.SILENCE, silence.detail))
        held += now_held
        matches.append(replace(match, actions=tuple(actions), cooldown=None))
    return replace(decision, matches=tuple(matches), held_back=tuple(held))


def _silenced(action: Action) -> Action:
    if action.state is ActionState.SUPPRESSED:
        return action
    return replace(action, state=ActionState.SUPPRESSED, reason=Reason.SILENCE)


def _is_bare(decision: Decision, match: Match) -> bool:
    """Say whether the match has no action at all, and was not held back as a whole already."""
    is_held = any(one.rule == match.rule for one in decision.held_back)
    return not match.actions and match.mode is not Mode.SHADOW and not is_held
