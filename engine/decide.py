"""The heart: what one policy wants done about one mention."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.decision import (
    Action,
    ActionState,
    CooldownStart,
    Decision,
    HeldBack,
    Match,
    Mode,
)
from engine.mention_json import write_mention
from engine.policy import Approval, Facts
from engine.policy.fields import FIELDS, show
from engine.policy.templates import RenderError, template_values
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.classification import Classification
    from engine.mention import Mention
    from engine.policy import PlannedAction, Policy, Rule
    from engine.windows import WindowState

OUTWARD_KINDS = frozenset({"reply", "hide", "escalate", "ads", "publishing", "webhook"})
_LONGEST_NOTICE = 10_000


def decide(
    policy: Policy,
    mention: Mention,
    classified: Sequence[Classification],
    windows: WindowState,
    *,
    now: datetime,
) -> Decision:
    """Say what the policy wants done about one mention.

    Pure: reads no clock, touches no network and changes no argument; equal arguments give equal
    Decisions. What the decision begins (cooldowns) takes effect by `WindowState.apply`.

    Args:
        classified: At most one per task, scores in [0, 1]; a missing task counts as absent.
        now: Aware UTC: the mention's event time. Cooldowns end at this instant, exclusive.

    Returns:
        Decision whose rules keep the policy's order; empty when none matched.

    Source: repeat semantics follow Alertmanager, notify/dedup_stage.go.
    """
    return decide_facts(policy, Facts(mention, classified), windows, now=now)


def decide_facts(policy: Policy, facts: Facts, windows: WindowState, *, now: datetime) -> Decision:
    """Say what `decide` says; policies that share the facts of a mention cut its words once."""
    matches: list[Match] = []
    held_back: list[HeldBack] = []
    mention = facts.mention
    if policy.applies_to(mention.brand):
        for rule in policy.index.matching(facts):
            match, held = _judge(rule, facts, windows, now=now)
            matches += [] if match is None else [match]
            held_back += held
    return Decision(policy.id, policy.revision, mention.id, now, tuple(matches), tuple(held_back))


def _judge(
    rule: Rule, facts: Facts, windows: WindowState, *, now: datetime
) -> tuple[Match | None, list[HeldBack]]:
    """Say what comes of a rule whose condition holds."""
    if not rule.is_active(now):
        return None, []
    for exception in rule.exceptions:
        is_valid = exception.expires is None or now.date() < exception.expires
        if is_valid and exception.when.evaluate(facts):
            return None, [HeldBack(rule.id, "", Reason.EXCEPT, exception.name)]
    key = cooldown_key(rule, facts.mention)
    is_cooling = key is not None and windows.is_cooling(rule.policy, rule.id, key, now)
    actions, held = _plan(rule, facts.mention, cooling=key if is_cooling else None)
    if not rule.actions and rule.mode is Mode.SHADOW:
        held.append(HeldBack(rule.id, "", Reason.SHADOW))
    elif not rule.actions and is_cooling:
        held.append(HeldBack(rule.id, "", Reason.COOLDOWN, key or ""))
    match = Match(
        rule=rule.id,
        revision=rule.revision,
        severity=rule.severity,
        mode=rule.mode,
        actions=tuple(actions),
        trace=partial(rule.condition.trace, facts),
        cooldown=None if key is None or is_cooling else _begun(rule, key, actions, now=now),
    )
    return match, held


def _begun(
    rule: Rule, key: str, actions: Sequence[Action], *, now: datetime
) -> CooldownStart | None:
    """Return the cooldown that a match begins; none where all its actions are held back."""
    is_acting = any(action.state is not ActionState.SUPPRESSED for action in actions)
    is_idle = not rule.actions and rule.mode is not Mode.SHADOW
    if rule.cooldown is None or not (is_acting or is_idle):
        return None
    every = rule.cooldown.every
    return CooldownStart(rule.id, key, now + every, every)


def cooldown_key(rule: Rule, mention: Mention) -> str | None:
    """Return what the rule's cooldown counts by for this mention; None where it has none.

    An author is known by id, else by handle, of one source; a mention that answers nothing begins
    a thread of its own.
    """
    if rule.cooldown is None:
        return None
    per, author = rule.cooldown.per, mention.author
    if per == "rule":
        return "rule"
    if per == "thread":
        # Answers name what they answer as its platform does, whatever id it has here.
        value: Any = f"{mention.source}:{mention.in_reply_to or mention.external_id}"
    elif per == "author":
        who = author.id or (author.handle and author.handle.casefold())
        value = f"{mention.source}:{who}" if who else None
    else:
        value = show(FIELDS[per].get(mention))
    return None if value is None else f"{per}={value}"


def _plan(
    rule: Rule, mention: Mention, *, cooling: str | None
) -> tuple[list[Action], list[HeldBack]]:
    actions: list[Action] = []
    held: list[HeldBack] = []
    for planned in rule.actions:
        if planned.mode is Mode.OFF:
            continue
        if planned.mode is Mode.SHADOW:
            held.append(HeldBack(rule.id, planned.kind, Reason.SHADOW))
            continue
        params, reason, detail = _params(planned, rule, mention)
        if cooling is not None:
            reason, detail = Reason.COOLDOWN, cooling
        if reason is not None:
            held.append(HeldBack(rule.id, planned.kind, reason, detail))
        actions.append(
            Action(
                id=action_id(rule.revision, mention.id, planned.index),
                kind=planned.kind,
                index=planned.index,
                params=params,
                mode=planned.mode,
                state=ActionState.SUPPRESSED if reason is not None else _first_state(planned),
                reason=reason,
            )
        )
    return actions, held


def action_id(revision: str, mention: str, index: int) -> str:
    """Return the id that makes planning the same action twice the same action."""
    written = f"{revision}\x1f{mention}\x1f{index}"
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _first_state(planned: PlannedAction) -> ActionState:
    if planned.kind not in OUTWARD_KINDS:
        return ActionState.PLANNED
    needs_person = planned.mode is not Mode.ENFORCE or (
        planned.kind == "reply" and planned.approval is not Approval.NONE
    )
    return ActionState.AWAITING_APPROVAL if needs_person else ActionState.PLANNED


_Params = tuple[dict[str, Any], Reason | None, str]


def _params(planned: PlannedAction, rule: Rule, mention: Mention) -> _Params:
    """Return an action's parameters, and why it cannot be planned where its text cannot be made."""
    if planned.kind == "tag":
        return {"tags": list(planned.tags)}, None, ""
    if planned.kind == "reply":
        return _reply(planned, rule, mention)
    if planned.kind == "notify":
        params = {
            "channel": planned.channel,
            "text": _notice(planned, rule, mention),
            "severity": rule.severity.value,
            "title": rule.title,
        }
        return params, None, ""
    if planned.kind != "webhook":
        params = dict(planned.params)
        if planned.kind == "incident":
            params["title"] = _incident_title(planned, rule, mention)
            params.setdefault("severity", rule.severity.value)
        return params, None, ""
    body = {
        "policy": rule.policy,
        "rule": rule.id,
        "revision": rule.revision,
        "title": rule.title,
        "severity": rule.severity.value,
        "mode": planned.mode.value,
        # Without its time of arrival: a replay must plan the very bytes the live run did.
        "mention": write_mention(replace(mention, observed_at=None)),
    }
    return {"channel": planned.channel, "body": body}, None, ""


def _reply(planned: PlannedAction, rule: Rule, mention: Mention) -> _Params:
    template, approval = planned.template, planned.approval or Approval.REQUIRED
    params: dict[str, Any] = {
        "text": "",
        "language": "",
        "template": "" if template is None else template.name,
        "approval": approval.value,
        "channel": mention.source,
    }
    chosen = None if template is None else template.choose(mention.language)
    if chosen is None:
        return params, Reason.NO_TEMPLATE, mention.language or ""
    params["language"] = chosen[0]
    try:
        params["text"] = chosen[1].render(_values(rule, mention))
    except RenderError as error:
        return params, Reason.NO_TEMPLATE, str(error)
    return params, None if params["text"] else Reason.NO_TEMPLATE, ""


def _notice(planned: PlannedAction, rule: Rule, mention: Mention) -> str:
    """Return what to tell a channel; a text that cannot be rendered gives way to the usual one."""
    if planned.text is not None:
        try:
            return planned.text.render(_values(rule, mention))
        except RenderError:
            pass  # Nobody may miss an alarm because of its wording.
    return f"[{rule.severity}] {rule.title}: {mention.text}"[:_LONGEST_NOTICE]


def _incident_title(planned: PlannedAction, rule: Rule, mention: Mention) -> str:
    """Return an incident's title; one that cannot be rendered gives way to the rule's."""
    if planned.text is not None:
        try:
            return planned.text.render(_values(rule, mention)) or rule.title
        except RenderError:
            pass  # An incident without its best title is still an incident.
    return rule.title


def _values(rule: Rule, mention: Mention) -> dict[str, Any]:
    shown = {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.value,
        "policy": rule.policy,
        "mode": rule.mode.value,
    }
    return template_values(mention, shown)
