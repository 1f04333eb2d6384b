"""Changes what a policy brings in from its base: scalars and mappings replace, lists say how."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.policy.report import suggest
from engine.policy.shape import kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.located_yaml import Node
    from engine.policy.report import Report
    from engine.problem import Span

_BY_NAME = ("rules", "lists", "macros", "templates")
_WHOLE = ("brands", "defaults", "owner", "description", "inhibit", "mute")
_LIST_CHANGES = ("append", "replace")


def override(base: Node, changes: Node, report: Report, *, span: Span) -> Node:
    """Return a base with its changes; what cannot be changed is reported and stays.

    Args:
        changes: The child's ``override``.
        span: Of its key.
    """
    if changes.is_faulty:
        return base
    if not changes.is_mapping:
        where = span if changes.value is None else changes.span
        message = f"'override' is a mapping, not {kind_of(changes)}"
        report.error("R106", where, message, help_text="write {rules: {some-id: {mode: shadow}}}")
        return base
    values = dict(base.value)
    for key, change in changes.items():
        where = changes.keys[key]
        if key not in (*_BY_NAME, *_WHOLE):
            help_text = suggest(key, (*_BY_NAME, *_WHOLE), what="Possible")
            report.error("R104", where, f"unknown field '{key}'", help_text=help_text)
        elif key in _WHOLE:
            values[key] = _changed(base.get(key), change, report, span=where)
        elif not change.is_mapping:
            message = f"what is changed is a mapping by name, not {kind_of(change)}"
            report.error("R106", where if change.value is None else change.span, message)
        elif key == "rules":
            values[key] = _rules(base.get(key), change, report)
        else:
            values[key] = _named(key, base.get(key), change, report)
    kept = {key: node for key, node in values.items() if node is not None}
    keys = {key: base.keys.get(key) or changes.keys[key] for key in kept}
    return replace(base, value=kept, keys=keys)


def _rules(base: Node | None, changes: Node, report: Report) -> Node | None:
    if base is None or not base.is_list:
        base_rules: tuple[Node, ...] = ()
    else:
        base_rules = base.value
    by_id = {_id(rule): at for at, rule in enumerate(base_rules)}
    rules = list(base_rules)
    for name, change in changes.items():
        where = changes.keys[name]
        if name not in by_id:
            known = [one for one in by_id if one]
            help_text = suggest(name, known, what="Rules of what is extended")
            message = f"what is extended has no rule '{name}' to override"
            report.error("R216", where, message, help_text=help_text)
        elif not change.is_mapping:
            report.error(
                "R106", where, f"a rule is changed by its fields, not by {kind_of(change)}"
            )
        else:
            rules[by_id[name]] = _fields(rules[by_id[name]], change, report)
    return None if base is None else replace(base, value=tuple(rules))


def _id(rule: Node) -> str:
    named = rule.get("id")
    is_text = named is not None and not (named.is_mapping or named.is_list)
    return text_of(named) if named is not None and is_text else ""


def _fields(rule: Node, changes: Node, report: Report) -> Node:
    values, keys = dict(rule.value), dict(rule.keys)
    for key, change in changes.items():
        if key == "id":
            message = "a rule's id cannot be overridden"
            report.error("R216", changes.keys[key], message, help_text="add a rule of your own")
            continue
        made = _changed(rule.get(key), change, report, span=changes.keys[key])
        if made is not None:
            values[key], keys[key] = made, changes.keys[key]
    return replace(rule, value=values, keys=keys)


def _named(kind: str, base: Node | None, changes: Node, report: Report) -> Node | None:
    known: Mapping[str, Node] = {} if base is None or not base.is_mapping else base.value
    values, keys = dict(known), dict(base.keys) if base is not None else {}
    for name, change in changes.items():
        where = changes.keys[name]
        if name not in known:
            help_text = suggest(name, known, what=f"{kind.capitalize()} of what is extended")
            message = f"what is extended has no {kind[:-1]} '{name}' to override"
            report.error("R216", where, message, help_text=help_text)
            continue
        made = _changed(known[name], change, report, span=where)
        if made is not None:
            values[name], keys[name] = made, where
    return None if base is None else replace(base, value=values, keys=keys)


def _changed(base: Node | None, change: Node, report: Report, *, span: Span) -> Node | None:
    """Return what a field becomes; the base's where the change cannot be made (reported)."""
    if change.is_faulty:
        return base
    if change.is_mapping and change.value and set(change.value) <= set(_LIST_CHANGES):
        return _list_changed(base, change, report)
    if change.is_list:
        message = "a list is changed with 'append' or 'replace'"
        help_text = "write {append: [...]} to add, {replace: [...]} in place of the old one"
        report.error("R217", span, message, help_text=help_text)
        return base
    wrong = _misspelt_change(change)
    if base is not None and base.is_list and (wrong or not change.is_mapping):
        seen = f"with '{wrong}'" if wrong else f"by {kind_of(change)}"
        span = change.keys.get(wrong, span)
        message = f"a list is changed with 'append' or 'replace', not {seen}"
        help_text = "write {append: [...]} to add, {replace: [...]} in place of the old one"
        report.error("R217", span, message, help_text=help_text)
        return base
    return change


def _misspelt_change(change: Node) -> str:
    """Return a key that is nearly ``append`` or ``replace``; empty where there is none."""
    near = (key for key in change.keys if difflib.get_close_matches(key, _LIST_CHANGES, n=1))
    return next((key for key in near if key not in _LIST_CHANGES), "")


def _list_changed(base: Node | None, change: Node, report: Report) -> Node | None:
    made: tuple[Node, ...] = base.value if base is not None and base.is_list else ()
    if base is not None and not base.is_list and "append" in change.value:
        message = "only a list can be appended to"
        report.error("R217", change.keys["append"], message, help_text="write the new value")
        return base
    for name in ("replace", "append"):
        items = change.get(name)
        if items is None:
            continue
        if not items.is_list:
            where = change.keys[name] if items.value is None else items.span
            report.error("R106", where, f"'{name}' wants a list, not {kind_of(items)}")
            return base
        made = items.value if name == "replace" else (*made, *items.value)
    return replace(change if base is None else base, value=made, keys={}, quoted=False)
