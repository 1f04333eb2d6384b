"""Reads a rule's ``then``: each action's shape, its references, and how far it may go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.report import suggest
from engine.policy.rule import PlannedAction
from engine.policy.schema import ActionItem, Approval
from engine.policy.templates import read_template

if TYPE_CHECKING:
    from engine.policy.compile import PolicyScope
    from engine.policy.report import Report
    from engine.policy.shape import Part


def read_actions(
    rule: Part, scope: PolicyScope, report: Report, *, mode: Mode
) -> tuple[PlannedAction, ...]:
    """Return the sound actions, in order; the others are reported.

    Args:
        mode: The rule's.
    """
    found = []
    for index, item in enumerate(rule.get("then", [])):
        kinds = [kind for kind in ActionItem.kinds if kind in item.node.value]
        later = [key for key in item.node.value if key in ActionItem.unsupported]
        effective = _effective_mode(item, mode, report)
        if len(kinds) + len(later) > 1:
            second = list(item.node.value)[1] if "mode" not in item.node.value else kinds[-1]
            message = "an item of 'then' holds one action, and its mode"
            report.error(
                "R111", item.node.keys[second], message, help_text="begin a new item with '- '"
            )
        elif not kinds and not later and set(item.node.value) <= {"mode"}:
            report.error("R111", item.span, "no action is named here", help_text=_possible())
        elif kinds and item.get(kinds[0]) is not None:
            action = _read_action(kinds[0], item, scope, report=report, mode=effective)
            found += [(index, action)] if action is not None else []
    return tuple(replace(action, index=index) for index, action in found)


def _possible() -> str:
    return f"Actions: {', '.join(ActionItem.kinds)}"


def _effective_mode(item: Part, mode: Mode, report: Report) -> Mode:
    own: Mode | None = item.get("mode")
    if own is None:
        return mode
    if own.freedom > mode.freedom:
        report.error(
            "R401",
            item.at("mode"),
            f"the action's mode '{own}' is looser than its rule's '{mode}'",
            help_text="an action may only be stricter than its rule",
        )
        return mode
    return own


def _read_action(
    kind: str, item: Part, scope: PolicyScope, *, report: Report, mode: Mode
) -> PlannedAction | None:
    span = item.key(kind)
    if kind == "tag":
        tags = tuple(item.values["tag"])
        if not tags:
            report.error("R106", span, "'tag' names no tag")
        return PlannedAction(kind, 0, mode, span, tags=tags)
    body: Part = item.values[kind]
    if kind == "reply":
        return _read_reply(body, scope, report, mode=mode)
    channel = _known_channel(body, scope, report, kind=kind)
    written = body.node.get("text") if kind == "notify" else None
    text = None
    if written is not None and body.get("text") is not None:
        text = read_template(written, report)
    return (
        None if channel is None else PlannedAction(kind, 0, mode, span, channel=channel, text=text)
    )


def _read_reply(
    body: Part, scope: PolicyScope, report: Report, *, mode: Mode
) -> PlannedAction | None:
    approval: Approval = body.get("approval", Approval.REQUIRED)
    if mode is Mode.ENFORCE and approval is Approval.NONE:
        report.not_supported(body.at("approval"), "a reply that nobody approves")
    name = body.get("template")
    if name is None:
        return None
    if name not in scope.templates:
        help_text = suggest(name, scope.templates, what="Templates of this policy")
        report.error("R203", body.at("template"), f"unknown template '{name}'", help_text=help_text)
        return None
    made = scope.templates[name]
    return PlannedAction("reply", 0, mode, body.span, template=made, approval=approval)


def _known_channel(body: Part, scope: PolicyScope, report: Report, *, kind: str) -> str | None:
    name: str | None = body.get("channel")
    if name is None:
        return None
    kinds = scope.shared.kinds
    if name not in kinds:
        help_text = suggest(name, kinds, what="Channels")
        report.error("R204", body.at("channel"), f"unknown channel '{name}'", help_text=help_text)
        return None
    if kind == "webhook" and kinds[name] not in ("webhook", ""):
        message = f"channel '{name}' is of kind '{kinds[name]}', not 'webhook'"
        report.error("R205", body.at("channel"), message, help_text="use notify for other channels")
    return name
