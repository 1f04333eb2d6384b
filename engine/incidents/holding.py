"""Holds matches of a decision back: what every way of holding back has in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.decision import ActionState, HeldBack, Mode, Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.decision import Action, Decision, Match


def hold_back_where(decision: Decision, judge: Callable[[Match], HeldBack | None]) -> Decision:
    """Return the decision with nothing planned by matches that are held back, and no cooldown.

    A match stays a match; what was held back already keeps its first reason. The end of a firing
    is never held back: it only puts back what its beginning changed.

    Args:
        judge: Returns by what a match is held back, its ``action`` left empty; None for not.
    """
    held = list(decision.held_back)
    matches = []
    for match in decision.matches:
        is_end = match.firing is not None and match.firing.phase is Phase.RESOLVED
        why = None if is_end else judge(match)
        if why is None:
            matches.append(match)
            continue
        actions = [_suppressed(action, why) for action in match.actions]
        held += [
            replace(why, action=after.kind)
            for before, after in zip(match.actions, actions, strict=True)
            if after is not before
        ]
        if _is_bare(decision, match):
            held.append(why)
        matches.append(replace(match, actions=tuple(actions), cooldown=None))
    return replace(decision, matches=tuple(matches), held_back=tuple(held))


def _suppressed(action: Action, why: HeldBack) -> Action:
    if action.state is ActionState.SUPPRESSED:
        return action
    return replace(action, state=ActionState.SUPPRESSED, reason=why.by)


def _is_bare(decision: Decision, match: Match) -> bool:
    """Say whether the match has no action at all, and was not held back as a whole already."""
    is_held = any(one.rule == match.rule for one in decision.held_back)
    return not match.actions and match.mode is not Mode.SHADOW and not is_held
