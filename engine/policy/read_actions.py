"""Reads a rule's ``then``: each action's shape, its references, and how far it may go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from engine.decision import Mode
from engine.policy.check_shared import check_name
from engine.policy.fields import FIELDS
from engine.policy.report import suggest
from engine.policy.rule import PlannedAction
from engine.policy.schema import OVER_TIME
from engine.policy.shapes_actions import ActionItem, AdsOrder, Approval, Restore
from engine.policy.templates import Setting, read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.policy.collect import Collected
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.policy.templates import Template, TemplateSet
    from engine.problem import Span

# What this version plans and records, and nothing carries out yet.
NOT_CARRIED_OUT = frozenset({"hide"})


class ActionScope(Protocol):
    """What actions may refer to."""

    @property
    def shared(self) -> Collected:
        """What all the documents define together."""

    @property
    def templates(self) -> Mapping[str, TemplateSet | None]:
        """Those of the policy; None stands for one that is at fault."""


@dataclass(slots=True)
class ActionReader:
    """Reads the actions of one rule, or of a playbook.

    Attributes:
        mode: The rule's.
        is_over_time: Whether the rule is one over time, sound or not.
    """

    rule: Part
    scope: ActionScope
    report: Report
    mode: Mode
    is_over_time: bool

    def read(self) -> tuple[PlannedAction, ...]:
        """Return the sound actions, in order; the others are reported."""
        found = []
        for index, item in enumerate(self.rule.get("then", [])):
            kinds = [kind for kind in ActionItem.kinds if kind in item.node.value]
            mode = self._mode(item)
            if len(kinds) > 1:
                second = item.node.keys[kinds[1]]
                message = "an item of 'then' holds one action, and its mode"
                help_text = "begin a new item with '- '"
                self.report.error("R111", second, message, help_text=help_text)
            elif not kinds and set(item.node.value) <= {"mode"}:
                help_text = f"Actions: {', '.join(ActionItem.kinds)}"
                message = "no action is named here"
                self.report.error("R111", item.span, message, help_text=help_text)
            elif kinds and item.get(kinds[0]) is not None:
                made = self._action(kinds[0], item, mode)
                found += [replace(made, index=index)] if made is not None else []
        return tuple(found)

    def _mode(self, item: Part) -> Mode:
        own: Mode | None = item.get("mode")
        if own is None:
            return self.mode
        if own.freedom > self.mode.freedom:
            message = f"the action's mode '{own}' is looser than its rule's '{self.mode}'"
            help_text = "an action may only be stricter than its rule"
            self.report.error("R401", item.at("mode"), message, help_text=help_text)
            return self.mode
        return own

    def _action(self, kind: str, item: Part, mode: Mode) -> PlannedAction | None:
        span = item.key(kind)
        if kind in NOT_CARRIED_OUT and mode.freedom > Mode.SHADOW.freedom:
            message = f"'{kind}' is planned and logged, but this version carries it out nowhere"
            help_text = "set mode: shadow until it does"
            self.report.warning("R191", span, message, help_text=help_text)
        if kind == "tag":
            tags = tuple(item.values["tag"])
            if not tags:
                self.report.error("R106", span, "'tag' names no tag")
            return PlannedAction(kind, 0, mode, span, tags=tags)
        made = _READERS[kind](self, item.values[kind], span)
        return None if made is None else replace(made, mode=mode)

    @property
    def setting(self) -> Setting:
        """What the rule's texts may show."""
        parts = [part for kind in OVER_TIME if (part := self.rule.get(kind)) is not None]
        keys = tuple(key for part in parts for key in part.get("by") or ())
        if any(key not in FIELDS and key not in self.scope.shared.tasks for key in keys):
            keys += tuple(FIELDS)  # A misspelt key is reported where it stands, not again here.
        items = self.rule.get("then", [])
        opens = any("incident" in item.node.value for item in items)
        return Setting(keys if self.is_over_time else None, has_incident=opens or self.is_over_time)

    def text(self, body: Part, field: str) -> Template | None:
        """Return a field's text as a template; None where it has none or it is at fault."""
        node = body.node.get(field)
        if node is None or body.get(field) is None:
            return None
        return read_template(node, self.report, setting=self.setting)

    def restore(self, body: Part) -> str:
        """Return when an action is undone: by default with its rule, where that resolves."""
        given: Restore | None = body.get("restore")
        if given is Restore.ON_RESOLVE and not self.setting.has_incident:
            message = "a rule of single mentions never resolves: nothing would be restored"
            help_text = "write restore: never, open an incident, or give the rule a window"
            self.report.warning("R334", body.at("restore"), message, help_text=help_text)
        usual = Restore.ON_RESOLVE if self.is_over_time else Restore.NEVER
        return (given or usual).value

    def named(self, kind: str, body: Part, field: str) -> str | None:
        """Return the shared document a field names, where it is known."""
        return check_name(kind, body, field, self.scope.shared, report=self.report)


def _read_reply(reader: ActionReader, body: Part, _span: Span) -> PlannedAction | None:
    name, templates = body.get("template"), reader.scope.templates
    if name is None:
        return None
    if name not in templates:
        help_text = suggest(name, templates, what="Templates of this policy")
        message = f"unknown template '{name}'"
        reader.report.error("R203", body.at("template"), message, help_text=help_text)
        return None
    made = templates[name]
    _check_shown(reader, body, made)
    approval: Approval = body.get("approval", Approval.REQUIRED)
    return _planned("reply", body.span, template=made, approval=approval)


def _check_shown(reader: ActionReader, body: Part, made: TemplateSet | None) -> None:
    """Report what a template shows and the rule that sends it does not have, where it is shown."""
    setting = reader.setting
    lacking = {"key"} if setting.keys is None else set()
    lacking |= set() if setting.has_incident else {"incident"}
    for text in () if made is None else made.texts.values():
        for one in sorted(text.shows & lacking):
            rule = f"which rule '{reader.rule.get('id')}' does not have"
            message = f"template '{body.get('template')}' shows '{one}', {rule}"
            help_text = "only rules over time have a key; an incident needs an 'incident' action"
            where = text.span or body.at("template")
            reader.report.error("R306", where, message, help_text=help_text)


def _read_hide(_reader: ActionReader, _body: Part, span: Span) -> PlannedAction:
    return _planned("hide", span)


def _read_assign(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    if body.says("queue") == body.says("person"):
        if not body.missed:
            message = "'assign' names either a queue or a person"
            where = body.key("person")
            reader.report.error("R111", where, message, help_text="give one of the two")
        return None
    queue, sla = reader.named("queue", body, "queue"), body.get("sla")
    if sla is not None and body.says("person"):
        message = "a time ('sla') belongs to a queue, and this names a person"
        reader.report.error("R213", body.at("sla"), message, help_text="assign a queue")
    elif sla is not None and queue is not None:
        known = reader.scope.shared.shared["queue"][queue].get("sla", {})
        if sla not in known:
            help_text = suggest(sla, known, what=f"Times of queue '{queue}'")
            message = f"queue '{queue}' has no sla '{sla}'"
            reader.report.error("R213", body.at("sla"), message, help_text=help_text)
    params = {"queue": queue, "person": body.get("person"), "sla": sla}
    return _planned("assign", span, params=_given(params))


def _read_notify(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    text = reader.text(body, "text")
    channel = reader.named("channel", body, "channel")
    return None if channel is None else _planned("notify", span, channel=channel, text=text)


def _read_webhook(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    channel = reader.named("channel", body, "channel")
    if channel is None:
        return None
    kind = reader.scope.shared.kinds[channel]
    if kind not in ("webhook", ""):
        message = f"channel '{channel}' is of kind '{kind}', not 'webhook'"
        help_text = "use notify for other channels"
        reader.report.error("R205", body.at("channel"), message, help_text=help_text)
    return _planned("webhook", span, channel=channel)


def _read_escalate(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    chain = reader.named("chain", body, "chain")
    return None if chain is None else _planned("escalate", span, params={"chain": chain})


def _read_incident(reader: ActionReader, body: Part, span: Span) -> PlannedAction:
    severity = body.get("severity")
    params = {
        "severity": None if severity is None else severity.value,
        "playbook": reader.named("playbook", body, "playbook"),
    }
    return _planned("incident", span, text=reader.text(body, "title"), params=_given(params))


def _read_ads(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    order: AdsOrder | None = body.get("do")
    select: Part | None = body.get("select")
    if select is not None and not select.node.value:
        message, help_text = (
            "no advertisement is selected",
            "name a campaign, name, tag or platform",
        )
        reader.report.error("R105", body.key("select"), message, help_text=help_text)
    for field, wanted in (("by", AdsOrder.BUDGET), ("terms", AdsOrder.EXCLUDE_TERMS)):
        if order is wanted and not body.says(field):
            message = f"'{field}' is missing: 'do: {wanted}' needs it"
            reader.report.error("R105", body.at("do"), message, help_text=f"add '{field}'")
        elif order is not None and order is not wanted and body.says(field):
            message = f"'{field}' goes with 'do: {wanted}', not with 'do: {order}'"
            reader.report.error("R335", body.key(field), message, help_text="leave it out")
    if body.get("by") == 0:
        reader.report.error("R304", body.at("by"), "a change by 0% changes nothing")
    restore = reader.restore(body)
    if order is None or select is None:
        return None
    chosen = _given({name: select.get(name) for name in ("campaign", "name", "tag", "platform")})
    params = {"do": order.value, "select": chosen, "by": body.get("by"), "terms": body.get("terms")}
    return _planned("ads", span, params={**_given(params), "restore": restore})


def _read_publishing(reader: ActionReader, body: Part, span: Span) -> PlannedAction | None:
    restore = reader.restore(body)
    order, scope = body.get("do"), body.get("scope")
    if order is None or scope is None:
        return None
    params = {"do": order.value, "scope": scope.value, "restore": restore}
    return _planned("publishing", span, params=params)


def _planned(kind: str, span: Span, **more: Any) -> PlannedAction:
    return PlannedAction(kind, 0, Mode.DRAFT, span, **more)


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


_READERS: Mapping[str, Callable[[ActionReader, Part, Span], PlannedAction | None]] = {
    "reply": _read_reply,
    "hide": _read_hide,
    "assign": _read_assign,
    "notify": _read_notify,
    "webhook": _read_webhook,
    "escalate": _read_escalate,
    "incident": _read_incident,
    "ads": _read_ads,
    "publishing": _read_publishing,
}
