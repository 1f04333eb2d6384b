"""Decisions as the commands print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decision import ActionState
from engine.units import format_instant

if TYPE_CHECKING:
    from engine.decision import Action, Decision, HeldBack, Match

_LONGEST_TEXT = 100


def decision_json(decision: Decision, match: Match) -> dict[str, Any]:
    """Return one match as JSON; of its actions those that were not held back."""
    return {
        "mention": decision.mention,
        "policy": decision.policy,
        "rule": match.rule,
        "at": format_instant(decision.at),
        "mode": match.mode.value,
        "actions": [action_json(action) for action in planned_actions(match)],
    }


def planned_actions(match: Match) -> list[Action]:
    """Return the actions of a match that are planned, whether or not a person has to approve."""
    return [one for one in match.actions if one.state is not ActionState.SUPPRESSED]


def action_json(action: Action) -> dict[str, Any]:
    """Return an action as JSON: its kind, how far it may go, and what exactly it would do."""
    return {
        "action": action.kind,
        "mode": action.mode.value,
        "state": action.state.value,
        "params": dict(action.params),
    }


def held_back_json(mention: str, held: HeldBack) -> dict[str, Any]:
    """Return what was held back as JSON; ``action`` is empty where the whole match was."""
    return {"mention": mention, "rule": held.rule, "action": held.action, "by": held.by.value}


def shorten(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return a text on one line, cut where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
