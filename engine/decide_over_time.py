"""What a policy wants done when a rule over time enters or resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.decide import begun, cooldown_key
from engine.decision import Action, ActionState, Decision, HeldBack, Match, Mode, Phase
from engine.plan import Occasion, action_id, incident_title, nested, plan
from engine.reasons import Reason
from engine.units import format_instant

if TYPE_CHECKING:
    from engine.policy import Policy
    from engine.policy.rule import PlannedAction
    from engine.windows import WindowState
    from engine.windows.judges.contract import Transition
    from engine.windows.restorable import Done

RESTORE = "restore"


def decide_transition(policy: Policy, transition: Transition, windows: WindowState) -> Decision:
    """Say what a rule's entering or resolving leads to.

    Entering plans the rule's actions; resolving plans to put back what entering changed and was
    told to restore. Pure, as `engine.decide.decide`; its effect is by `WindowState.apply`.

    Returns:
        A decision of one match, with its firing, about the latest mention that counted.
    """
    if transition.firing.phase is Phase.RESOLVED:
        match, held = _resolved(transition, windows)
    else:
        match, held = _entered(transition, windows)
    return Decision(
        policy.id,
        policy.revision,
        transition.mention.id,
        transition.at,
        (match,),
        tuple(held),
    )


def _entered(transition: Transition, windows: WindowState) -> tuple[Match, list[HeldBack]]:
    rule, at = transition.rule, transition.at
    key = cooldown_key(rule, transition.mention)
    is_cooling = key is not None and windows.is_cooling(rule.policy, rule.id, key, at)
    actions, held = plan(_occasion(transition), cooling=key if is_cooling else None)
    if not rule.actions and rule.mode is Mode.SHADOW:
        held.append(HeldBack(rule.id, "", Reason.SHADOW))
    elif not rule.actions and is_cooling:
        held.append(HeldBack(rule.id, "", Reason.COOLDOWN, key or ""))
    begins = None if key is None or is_cooling else begun(rule, key, actions, now=at)
    return _match(transition, actions, begins), held


def _resolved(transition: Transition, windows: WindowState) -> tuple[Match, list[HeldBack]]:
    occasion, rule = _occasion(transition), transition.rule
    by_index = {one.index: one for one in rule.actions}
    actions = [
        _restoring(occasion, done, mode)
        for done in windows.restorable(rule, transition.firing)
        if (mode := _restored_in(done, by_index.get(done.index))) is not None
    ]
    return _match(transition, actions, None), []


def _restored_in(done: Done, now: PlannedAction | None) -> Mode | None:
    """Return the mode in which an action is put back; None where its author wants it to stay.

    The rule as it is now has the last word, where it still has the action.
    """
    is_same = now is not None and now.kind == done.kind
    params, mode = (
        (now.params, now.mode) if now is not None and is_same else (done.params, done.mode)
    )
    return mode if params.get("restore") == "on_resolve" else None


def _restoring(occasion: Occasion, done: Done, mode: Mode) -> Action:
    return Action(
        id=action_id(occasion.rule.revision, occasion.subject, done.index),
        kind=done.kind,
        index=done.index,
        params={**done.params, "do": RESTORE, "undoes": done.id, "was": done.params["do"]},
        mode=mode,
        state=ActionState.PLANNED if mode is Mode.ENFORCE else ActionState.AWAITING_APPROVAL,
    )


def _match(transition: Transition, actions: list[Action], begins: Any) -> Match:
    rule = transition.rule
    return Match(
        rule=rule.id,
        revision=rule.revision,
        severity=rule.severity,
        mode=rule.mode,
        actions=tuple(actions),
        cooldown=begins,
        firing=transition.firing,
    )


def _occasion(transition: Transition) -> Occasion:
    """Return the occasion, with the incident's title made from all but itself."""
    rule, firing = transition.rule, transition.firing
    incident = {
        "title": rule.title,
        "severity": rule.severity.value,
        "state": "resolved" if firing.phase is Phase.RESOLVED else "open",
        "rule": rule.id,
        "policy": rule.policy,
        "brand": nested(firing.key).get("brand") or transition.mention.brand,
        "opened_at": format_instant(firing.opened_at),
        "resolved_at": firing.resolved_at and format_instant(firing.resolved_at),
        "count": firing.peak,
        "peak": firing.peak,
    }
    occasion = Occasion(rule, transition.mention, firing.subject, firing, incident)
    opens = next((one for one in rule.actions if one.kind == "incident"), None)
    if opens is None:
        return occasion
    incident["severity"] = opens.params.get("severity", rule.severity.value)
    incident["title"] = incident_title(opens, occasion)
    return occasion
