"""How two policy sets differ about one mention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.proving.views import action_json, decision_json, planned_actions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.decision import Action, Decision, Match

    Found = dict[tuple[str, str], tuple[Decision, Match]]


def compare(
    new: Sequence[Decision], old: Sequence[Decision]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each difference, as JSON, after the name of its list: added, removed or changed.

    What a rule does counts: its mode and severity, its actions and their texts, and what is held
    back. That a rule was rewritten to the same effect does not.
    """
    here, there = _matches(new), _matches(old)
    for key, (decision, match) in here.items():
        if key not in there:
            yield "added", decision_json(decision, match)
            continue
        before, after = _effect(*there[key]), _effect(decision, match)
        if before != after:
            named = decision_json(decision, match)
            where = {name: named[name] for name in ("mention", "policy", "rule", "at")}
            yield "changed", {**where, "before": before, "after": after}
    for key, (decision, match) in there.items():
        if key not in here:
            yield "removed", decision_json(decision, match)


def _matches(decisions: Sequence[Decision]) -> Found:
    return {
        (decision.policy, match.rule): (decision, match)
        for decision in decisions
        for match in decision.matches
    }


def _effect(decision: Decision, match: Match) -> dict[str, Any]:
    return {
        "mode": match.mode.value,
        "severity": match.severity.value,
        "actions": [_without_revision(action) for action in planned_actions(match)],
        "suppressed": [
            {"action": held.action, "by": held.by.value}
            for held in decision.held_back
            if held.rule == match.rule
        ],
    }


def _without_revision(action: Action) -> dict[str, Any]:
    """Return an action as JSON without what tells its rule's revision: each edit changes that."""
    found = action_json(action)
    body = found["params"].get("body")
    if isinstance(body, dict) and "revision" in body:
        kept = {key: value for key, value in body.items() if key != "revision"}
        found["params"]["body"] = kept
    return found
