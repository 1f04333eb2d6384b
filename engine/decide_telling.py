"""Whom a step of a chain tells, or why nobody; and telling people again of what goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.decision import Action, ActionState, Decision, Firing, HeldBack, Match, Mode, Phase
from engine.incidents.escalation import NotTold
from engine.plan import Occasion, action_id, nested, plan
from engine.policy.templates import RenderError
from engine.reasons import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from engine.incidents.escalation import Telling
    from engine.incidents.playbook import Deed
    from engine.mention import Mention
    from engine.policy import Policy, Rule
    from engine.windows.escalations import Cause
    from engine.windows.playbooks import Call

_REASONS = {
    NotTold.OUTSIDE_CALENDAR: Reason.OUTSIDE_CALENDAR,
    NotTold.TOO_FEW_ALERTS: Reason.TOO_FEW_ALERTS,
    NotTold.NOBODY_ON_CALL: Reason.NOBODY_ON_CALL,
}


def decide_telling(
    policy: Policy, rule: Rule, cause: Cause, *, chain: str, telling: Telling
) -> Decision:
    """Return the decision that a step of a chain is.

    Its one action is a ``notify`` by the step's channel, or of the people on call; it may go as far
    as the rule's ``escalate`` may.

    Returns:
        A decision about the mention the chain was started for, with a firing that is `TOLD`.
    """
    firing = Firing(cause.key, Phase.TOLD, cause.opened_at, step=telling.step)
    held = []
    actions: tuple[Action, ...] = ()
    if telling.why_not is not None:
        whom = telling.rota or telling.channel or ""
        detail = f"step {telling.step} of chain {chain}: {whom}"
        held.append(HeldBack(rule.id, "notify", _REASONS[telling.why_not], detail))
    else:
        actions = (_notice(rule, cause, firing, chain=chain, telling=telling),)
    match = Match(rule.id, rule.revision, rule.severity, rule.mode, actions, firing=firing)
    return Decision(policy.id, policy.revision, cause.mention, telling.at, (match,), tuple(held))


def decide_notice(
    policy: Policy, rule: Rule, firing: Firing, mention: Mention, *, at: datetime
) -> Decision:
    """Return what tells people again, by the rule's own ``notify`` actions, that it still fires.

    Args:
        at: Aware UTC, event time: when they are told; makes the notice's ids.
    """
    step = round((at - firing.opened_at).total_seconds())
    told = replace(firing, phase=Phase.TOLD, step=step)
    occasion = Occasion(rule, mention, told.subject, told, {"title": rule.title, "state": "open"})
    actions, held = plan(occasion)
    kept = tuple(one for one in actions if one.kind == "notify")
    match = Match(rule.id, rule.revision, rule.severity, rule.mode, kept, firing=told)
    missed = tuple(one for one in held if one.action == "notify")
    return Decision(policy.id, policy.revision, mention.id, at, (match,), missed)


def decide_call(policy: Policy, rule: Rule, call: Call) -> Decision:
    """Return the decision that a playbook's doing is, by the policy of the rule it began with."""
    step = round((call.at - call.begun).total_seconds())
    key = {"incident": call.incident.id, "playbook": call.playbook}
    firing = Firing(key, Phase.TOLD, call.begun, step=step)
    actions = tuple(_deed(deed, index, rule, call) for index, deed in enumerate(call.deeds))
    match = Match(rule.id, rule.revision, call.incident.severity, rule.mode, actions, firing=firing)
    return Decision(policy.id, policy.revision, call.mention, call.at, (match,))


def _deed(deed: Deed, index: int, rule: Rule, call: Call) -> Action:
    incident = call.incident
    params = {
        **deed.params,
        "playbook": call.playbook,
        "incident": incident.id,
        "title": incident.title,
        "severity": incident.severity.value,
    }
    if deed.text is not None:
        shown = {"id": incident.id, "title": incident.title, "severity": params["severity"]}
        values = {
            "incident": {**shown, "brand": incident.brand or ""},
            "key": nested(incident.key),
            "rule": {"id": rule.id, "title": rule.title},
        }
        try:
            params["text"] = deed.text.render(values)
        except RenderError:
            params["text"] = incident.title  # nobody may miss it because of its wording
    state = ActionState.AWAITING_APPROVAL if deed.needs_person else ActionState.PLANNED
    return Action(deed.id, deed.kind, index, params, deed.mode, state)


def _notice(rule: Rule, cause: Cause, firing: Firing, *, chain: str, telling: Telling) -> Action:
    mode = next((one.mode for one in rule.actions if one.index == cause.index), rule.mode)
    params = {
        "chain": chain,
        "step": telling.step,
        "people": list(telling.people),
        "rota": telling.rota,
        "channel": telling.channel,
        "title": rule.title,
        "severity": rule.severity.value,
        "text": f"[{rule.severity}] {rule.title}: {_about(cause)}",
    }
    given = {name: value for name, value in params.items() if value not in (None, [])}
    state = ActionState.PLANNED if mode is Mode.ENFORCE else ActionState.AWAITING_APPROVAL
    action = action_id(rule.revision, firing.subject, cause.index)
    return Action(action, "notify", cause.index, given, mode, state)


def _about(cause: Cause) -> str:
    return ", ".join(f"{name} {value}" for name, value in cause.key.items()) or "everything"
