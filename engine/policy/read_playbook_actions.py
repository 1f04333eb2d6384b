"""Reads what a playbook has the engine do: a rule's actions, and two of its own."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Mode
from engine.policy.playbook import HALT, NOTE, RESTORABLE, RULES, PlaybookAction, StandDown
from engine.policy.read_actions import ActionReader
from engine.policy.report import suggest
from engine.policy.rule import PlannedAction
from engine.policy.shape import Part, read_part, text_of
from engine.policy.shapes_actions import ActionItem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from engine.located_yaml import Node
    from engine.policy.collect import Collected
    from engine.policy.report import Report
    from engine.policy.templates import TemplateSet
    from engine.problem import Span

_OF_RULES = tuple(ActionItem.kinds)
_KINDS = (*_OF_RULES, RULES, HALT)
# They are about one mention, and a playbook has none.
_OF_MENTIONS = frozenset({"reply", "hide", "tag", "assign", "incident"})
_REPLIES = "action:reply"
_SCOPES = ("all", "brand", "source", "rule", "action")


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a playbook's actions may refer to."""

    shared: Collected
    templates: Mapping[str, TemplateSet | None] = field(default_factory=dict)


class PlaybookActions:
    """Reads the actions of one playbook.

    Args:
        part: The playbook as it was read.
        rules: Names that ``rules: {of: [..]}`` may have.
    """

    def __init__(
        self, part: Part, found: Collected, report: Report, rules: Collection[str]
    ) -> None:
        self._part = part
        self._found = found
        self._report = report
        self._rules = rules

    def read(self, node: Node | None, levels: Sequence[str]) -> tuple[PlaybookAction, ...]:
        """Return the sound ones in order, numbered, each with the level it waits for."""
        found: list[PlaybookAction] = []
        for item, of_level in _items(node):
            named = item.get("level")
            level = of_level if named is None else text_of(named)
            if level is not None and level not in levels:
                where = item.span if named is None else named.span
                help_text = suggest(level, levels, what="Levels")
                message = f"the playbook has no level '{level}'"
                self._report.error("R108", where, message, help_text=help_text)
            made = self._action(item)
            if made is not None:
                found.append(PlaybookAction(replace(made, index=len(found)), level))
        return tuple(found)

    def at_the_end(self, node: Node, bare: StandDown) -> StandDown:
        """Return the stand-down with what is done then; what is put back anyway is not among it."""
        actions: list[PlannedAction] = []
        notes: list[str] = []
        for item, _ in _items(node):
            made = self._action(item)
            if made is None or made.kind in RESTORABLE:
                continue
            if made.kind == NOTE:
                notes.append(made.params["text"])
            else:
                actions.append(replace(made, index=len(actions)))
        return replace(bare, actions=tuple(actions), notes=tuple(notes))

    def _action(self, item: Node) -> PlannedAction | None:
        if not item.is_mapping:
            return _planned(NOTE, item.span, text=text_of(item))
        kinds = [key for key in item.keys if key in _KINDS]
        if not kinds:
            return self._unknown(item)
        kind = kinds[0]
        if len(kinds) > 1:
            message, help_text = "an item holds one action", "begin a new item with '- '"
            self._report.error("R111", item.keys[kinds[1]], message, help_text=help_text)
            return None
        if kind in _OF_MENTIONS:
            message = f"'{kind}' is about one mention, and a playbook has none: it is not done"
            self._report.warning("R359", item.keys[kind], message, help_text="let a rule do it")
            return None
        return self._read(kind, item)

    def _read(self, kind: str, item: Node) -> PlannedAction | None:
        if kind == RULES:
            return self._of_rules(item)
        return self._halt(item) if kind == HALT else self._of_rule(item, kind)

    def _of_rule(self, item: Node, kind: str) -> PlannedAction | None:
        """Return an action that rules have too, read as theirs are."""
        bare = {key: one for key, one in item.items() if key != "level"}
        keys = {key: span for key, span in item.keys.items() if key != "level"}
        node = replace(item, value=bare, keys=keys)
        read = read_part(node, ActionItem, self._report, span=item.keys[kind])
        if read is None:
            return None
        rule = Part(node, item.span, {"id": self._part.get("playbook"), "then": [read]})
        scope = _Scope(self._found)
        made = ActionReader(rule, scope, self._report, Mode.ENFORCE, is_over_time=True).read()
        return made[0] if made else None

    def _of_rules(self, item: Node) -> PlannedAction | None:
        """Return ``rules: {do: draft, of: [..]}``, also written ``rules: draft``."""
        body, where = item.value[RULES], item.keys[RULES]
        order = (body.get("do") or body.get("mode")) if body.is_mapping else body
        wanted = None if order is None or order.is_list or order.is_mapping else text_of(order)
        if wanted != Mode.DRAFT.value:
            span = where if order is None else order.span
            message = "a playbook switches rules to draft, and to nothing else"
            self._report.error("R108", span, message, help_text="write rules: {do: draft}")
            return None
        named = list(_names(body.get("of") or body.get("rules")))
        for name, span in named:
            if name not in self._rules:
                help_text = suggest(name, sorted(self._rules), what="Rules and policies")
                message = f"unknown rule '{name}'"
                self._report.error("R212", span, message, help_text=help_text)
        return _planned(RULES, where, do=wanted, of=[name for name, _ in named])

    def _halt(self, item: Node) -> PlannedAction | None:
        """Return ``halt: {scope: replies}``, also written ``halt: replies``."""
        body, where = item.value[HALT], item.keys[HALT]
        node = body.get("scope") if body.is_mapping else body
        written = "" if node is None or node.is_mapping or node.is_list else text_of(node)
        scope = _REPLIES if written in ("replies", "reply") else written
        if scope != "all" and (
            scope.partition(":")[0] not in _SCOPES or not scope.partition(":")[2]
        ):
            message = f"'{written[:60]}' is no scope of a halt"
            help_text = "replies, all, brand:x, source:x, rule:x or action:x"
            span = where if node is None else node.span
            self._report.error("R108", span, message, help_text=help_text)
            return None
        return _planned(HALT, where, do=HALT, scope=scope)

    def _unknown(self, item: Node) -> PlannedAction | None:
        """Take what nothing carries out as words for people; a misspelt action is a fault."""
        for key, span in item.keys.items():
            if difflib.get_close_matches(key, _KINDS, n=1, cutoff=0.75):
                return None  # reported where the document's own words are checked
            message = f"nothing does '{key}': it stands in the playbook for people only"
            self._report.warning("R359", span, message, help_text=f"Actions: {', '.join(_KINDS)}")
        words = ", ".join(f"{key} {one.plain()}" for key, one in item.items())
        return _planned(NOTE, item.span, text=words)


def _items(node: Node | None) -> Iterator[tuple[Node, str | None]]:
    """Yield each action with its level: of a list, of lists by level, or of one mapping."""
    if node is None or node.is_faulty or node.value is None:
        return
    if node.is_list:
        for one in node.value:
            if not (one.is_faulty or one.is_list or one.value is None):
                yield one, None
        return
    for key, inner in node.items():
        if inner.is_list and key not in _KINDS:
            yield from ((item, key) for item, _ in _items(inner))
        elif key in _KINDS:
            yield replace(node, value={key: inner}, keys={key: node.keys[key]}), None
        elif inner.is_mapping or inner.is_list:
            yield from ((item, key) for item, _ in _items(inner))


def _names(node: Node | None) -> Iterator[tuple[str, Span]]:
    if node is None or node.is_faulty or node.value is None:
        return
    for one in node.value if node.is_list else (node,):
        if not (one.is_mapping or one.is_list or one.value is None):
            yield text_of(one), one.span


def _planned(kind: str, span: Span, **params: Any) -> PlannedAction:
    return PlannedAction(kind, 0, Mode.ENFORCE, span, params=params)
