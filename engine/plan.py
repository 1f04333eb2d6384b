"""The actions that a rule wants on an occasion: texts rendered, ids made, nothing sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Action, ActionState, HeldBack, Mode
from engine.mention_json import write_mention
from engine.policy import Approval
from engine.policy.templates import RenderError, template_values
from engine.reasons import Reason
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.decision import Firing
    from engine.mention import Mention
    from engine.policy import PlannedAction, Rule

OUTWARD_KINDS = frozenset({"reply", "hide", "escalate", "ads", "publishing", "webhook"})
_LONGEST_NOTICE = 10_000


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule acts on: a mention, or a firing and the latest mention that counted for it.

    Attributes:
        subject: What makes ids of it: the mention's id, or `Firing.subject`.
        incident: What templates may show of the incident; empty on single mentions.
    """

    rule: Rule
    mention: Mention
    subject: str
    firing: Firing | None = None
    incident: Mapping[str, Any] | None = None

    def values(self) -> dict[str, Any]:
        """Return what a template may show."""
        rule = self.rule
        shown = {
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity.value,
            "policy": rule.policy,
            "mode": rule.mode.value,
        }
        values = template_values(self.mention, shown)
        if self.firing is not None:
            values["key"] = nested(self.firing.key)
        if self.incident is not None:
            values["incident"] = self.incident
        return values


def nested(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return a firing's key as templates walk it: ``author.id`` inside ``author``."""
    found: dict[str, Any] = {}
    for name, value in key.items():
        *path, last = name.split(".")
        inner = found
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return found


def firing_json(firing: Firing) -> dict[str, Any]:
    """Return a firing as plain JSON."""
    resolved = firing.resolved_at
    return {
        "key": dict(firing.key),
        "phase": firing.phase.value,
        "opened_at": format_instant(firing.opened_at),
        "resolved_at": None if resolved is None else format_instant(resolved),
        "peak": firing.peak,
        "measured": dict(firing.measured),
    }


def plan(occasion: Occasion, *, cooling: str | None = None) -> tuple[list[Action], list[HeldBack]]:
    """Return the actions that a rule wants, and what of them is held back from the start.

    Args:
        cooling: The key that the rule's cooldown runs for; None where none runs.
    """
    rule = occasion.rule
    actions: list[Action] = []
    held: list[HeldBack] = []
    for planned in rule.actions:
        if planned.mode is Mode.OFF:
            continue
        if planned.mode is Mode.SHADOW:
            held.append(HeldBack(rule.id, planned.kind, Reason.SHADOW))
            continue
        params, reason, detail = _params(planned, occasion)
        if cooling is not None:
            reason, detail = Reason.COOLDOWN, cooling
        if reason is not None:
            held.append(HeldBack(rule.id, planned.kind, reason, detail))
        actions.append(
            Action(
                id=action_id(rule.revision, occasion.subject, planned.index),
                kind=planned.kind,
                index=planned.index,
                params=params,
                mode=planned.mode,
                state=ActionState.SUPPRESSED if reason is not None else first_state(planned),
                reason=reason,
            )
        )
    return actions, held


def action_id(revision: str, subject: str, index: int) -> str:
    """Return the id that makes planning the same action twice the same action."""
    written = f"{revision}\x1f{subject}\x1f{index}"
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def first_state(planned: PlannedAction) -> ActionState:
    """Return where an action starts that nothing holds back."""
    if planned.kind not in OUTWARD_KINDS:
        return ActionState.PLANNED
    needs_person = planned.mode is not Mode.ENFORCE or (
        planned.kind == "reply" and planned.approval is not Approval.NONE
    )
    return ActionState.AWAITING_APPROVAL if needs_person else ActionState.PLANNED


_Params = tuple[dict[str, Any], Reason | None, str]


def _params(planned: PlannedAction, occasion: Occasion) -> _Params:
    """Return an action's parameters, and why it cannot be planned where its text cannot be made."""
    rule = occasion.rule
    if planned.kind == "tag":
        return {"tags": list(planned.tags)}, None, ""
    if planned.kind == "reply":
        return _reply(planned, occasion)
    if planned.kind == "notify":
        params = {
            "channel": planned.channel,
            "text": _notice(planned, occasion),
            "severity": rule.severity.value,
            "title": rule.title,
        }
        return params, None, ""
    if planned.kind != "webhook":
        params = dict(planned.params)
        if planned.kind == "incident":
            params["title"] = incident_title(planned, occasion)
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
        "mention": write_mention(replace(occasion.mention, observed_at=None)),
    }
    if occasion.firing is not None:
        body["firing"] = firing_json(occasion.firing)
    return {"channel": planned.channel, "body": body}, None, ""


def _reply(planned: PlannedAction, occasion: Occasion) -> _Params:
    mention = occasion.mention
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
        params["text"] = chosen[1].render(occasion.values())
    except RenderError as error:
        return params, Reason.NO_TEMPLATE, str(error)
    return params, None if params["text"] else Reason.NO_TEMPLATE, ""


def _notice(planned: PlannedAction, occasion: Occasion) -> str:
    """Return what to tell a channel; a text that cannot be rendered gives way to the usual one."""
    if planned.text is not None:
        try:
            return planned.text.render(occasion.values())
        except RenderError:
            pass  # Nobody may miss an alarm because of its wording.
    rule = occasion.rule
    return f"[{rule.severity}] {rule.title}: {occasion.mention.text}"[:_LONGEST_NOTICE]


def incident_title(planned: PlannedAction, occasion: Occasion) -> str:
    """Return an incident's title; one that cannot be rendered gives way to the rule's."""
    if planned.text is not None:
        try:
            return planned.text.render(occasion.values()) or occasion.rule.title
        except RenderError:
            pass  # An incident without its best title is still an incident.
    return occasion.rule.title
