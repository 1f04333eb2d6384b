"""Reads a rule's examples: single mentions, with the gaps filled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.classification import UNKNOWN
from engine.errors import MentionError
from engine.mention_json import read_mention
from engine.policy.fields import FIELDS
from engine.policy.report import suggest
from engine.policy.rule import Example
from engine.policy.shape import kind_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.located_yaml import Node
    from engine.policy.compile import PolicyScope
    from engine.policy.report import Report
    from engine.policy.shape import Part

# Where the author gives no time, any will do; one fixed instant keeps runs alike.
_ANY_TIME = "2026-01-05T12:00:00Z"
_TOP = (*dict.fromkeys(path.split(".")[0] for path in FIELDS), "observed_at", "classifications")
_FIELD = re.compile(r"[a-z_]+(?:\.[\w-]+)*")
_TEXTS = frozenset({"text", "id", "external_id", "in_reply_to", "brand", "source", "language"})


def read_examples(rule: Part, scope: PolicyScope, report: Report) -> tuple[Example, ...]:
    """Return the sound examples, those that fire first; the others are reported."""
    part: Part | None = rule.get("examples")
    if part is None:
        return ()
    return tuple(
        example
        for name in ("fires", "quiet")
        for node in part.get(name, [])
        if (example := _read_example(node, scope, report, fires=name == "fires")) is not None
    )


def _read_example(node: Node, scope: PolicyScope, report: Report, *, fires: bool) -> Example | None:
    if node.is_faulty or not check_mention(node, scope.shared.tasks, report):
        return None
    try:
        return Example(read_mention(_filled(node, scope)), fires, node.span)
    except MentionError as error:
        field = _FIELD.match(str(error))
        path = field.group().split(".") if field else []
        report.error("R112", node.find(path).span, f"the example is no mention: {error}")
        return None


def check_mention(node: Node, tasks: Mapping[str, tuple[str, ...]], report: Report) -> bool:
    """Say whether a node has the fields of a mention, and known labels; what has not is reported.

    Args:
        tasks: Those in scope, with their labels.
    """
    if not node.is_mapping:
        message = f"an example is a mention, a mapping, not {kind_of(node)}"
        report.error("R112", node.span, message, help_text='write {text: "..."}')
        return False
    before = len(report.problems)
    _check_keys(node, _TOP, report, what="Fields of a mention")
    for owner in ("author", "metrics", "place"):
        inner = node.get(owner)
        if inner is not None:
            fields = [path.split(".")[1] for path in FIELDS if path.startswith(f"{owner}.")]
            _check_keys(inner, fields, report, what=f"Fields of {owner}")
    _check_labels(node.get("classifications"), tasks, report)
    return len(report.problems) == before


def mention_values(node: Node) -> dict[str, Any]:
    """Return a mention as JSON, its texts as they were written."""
    return {
        key: text_of(inner)
        if key in _TEXTS and not (inner.is_mapping or inner.is_list or inner.value is None)
        else inner.plain()
        for key, inner in node.items()
    }


def _filled(node: Node, scope: PolicyScope) -> dict[str, Any]:
    data = mention_values(node)
    data.setdefault("published_at", _ANY_TIME)
    if scope.brands:
        data.setdefault("brand", scope.brands[0])
    return data


def _check_keys(node: Node, known: Iterable[str], report: Report, *, what: str) -> None:
    options = list(known)
    for key in node.keys:
        if key not in options:
            help_text = suggest(key, options, what=what)
            report.error("R104", node.keys[key], f"unknown field '{key}'", help_text=help_text)


def _check_labels(node: Node | None, tasks: Mapping[str, tuple[str, ...]], report: Report) -> None:
    if node is None:
        return
    for task, answer in node.items():
        if task not in tasks:
            help_text = suggest(task, tasks, what="Tasks")
            report.error("R206", node.keys[task], f"unknown task '{task}'", help_text=help_text)
            continue
        label = answer.get("label") if answer.is_mapping else answer
        if label is None or not isinstance(label.value, str) or label.value == UNKNOWN:
            continue
        if label.value not in tasks[task]:
            help_text = suggest(label.value, tasks[task], what=f"Labels of {task}")
            message = f"'{task}' has no label '{label.value[:60]}'"
            report.error("R207", label.span, message, help_text=help_text)
