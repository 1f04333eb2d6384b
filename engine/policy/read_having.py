"""Reads what a window must measure: measures combined, with thresholds that can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from engine.policy.fields import FIELDS, FieldKind
from engine.policy.over_time import Having, Measure
from engine.policy.read_condition import ConditionReader, Uses
from engine.policy.report import suggest
from engine.policy.shape import kind_of, read_part, text_of
from engine.policy.shapes_windows import LIMITS, MEASURES

if TYPE_CHECKING:
    from engine.located_yaml import Node
    from engine.policy.compile import PolicyScope
    from engine.policy.condition import Condition
    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.problem import Span

_COMBINERS = ("all", "any", "not")
_DEEPEST = 40
_HELP = "write it like {count: {at_least: 30}}"
_NUMBERS = ("sum", "percentile")


@dataclass(slots=True)
class HavingReader:
    """Reads one ``having``."""

    scope: PolicyScope
    report: Report
    uses: Uses

    def read(self, node: Node, span: Span, depth: int = 0) -> Having | None:
        """Return what must hold, or None where anything in it is at fault (reported)."""
        if node.is_faulty:
            return None
        if depth > _DEEPEST:
            self.report.error("R313", span, f"'having' is deeper than {_DEEPEST} levels")
            return None
        if node.is_list:
            return self._several(node, "all", span, depth)
        if not node.is_mapping or not node.value:
            where = span if node.value is None else node.span
            seen = "an empty mapping" if node.is_mapping else kind_of(node)
            message = f"'having' is a mapping of measures, not {seen}"
            self.report.error("R110", where, message, help_text=_HELP)
            return None
        parts = [self._entry(key, node, depth) for key in node.value]
        return _joined("all", parts)

    def _entry(self, key: str, node: Node, depth: int) -> Having | Measure | None:
        inner, span = node.value[key], node.keys[key]
        if key == "not":
            return _joined("not", [self.read(inner, span, depth + 1)])
        if key in ("all", "any"):
            return self._several(inner, "any" if key == "any" else "all", span, depth)
        if key not in MEASURES:
            help_text = suggest(key, (*MEASURES, *_COMBINERS), what="Measures")
            self.report.error("R116", span, f"unknown measure '{key}'", help_text=help_text)
            return None
        if inner.is_faulty:
            return None
        if not (inner.is_mapping or inner.is_list or inner.value is None):
            message = f"'{key}' must be a mapping of limits, not {kind_of(inner)}"
            help_text = f"write {key}: {{at_least: {text_of(inner)[:20]}}}"
            self.report.error("R106", inner.span, message, help_text=help_text)
            return None
        part = read_part(inner, MEASURES[key], self.report, span=span, called=key)
        return None if part is None else self._measure(key, part, span)

    def _several(
        self, node: Node, combiner: Literal["all", "any"], span: Span, depth: int
    ) -> Having | None:
        if node.is_mapping and node.value:
            return _joined(combiner, [self._entry(key, node, depth + 1) for key in node.value])
        if not node.is_list or not node.value:
            where = span if node.value is None else node.span
            message = f"a list of measures is wanted here, not {kind_of(node)}"
            self.report.error("R110", where, message, help_text=_HELP)
            return None
        return _joined(combiner, [self.read(one, one.span, depth + 1) for one in node.value])

    def _measure(self, kind: str, part: Part, span: Span) -> Measure | None:
        before = len(self.report.problems)
        limits = {name: float(part.get(name)) for name in LIMITS if part.get(name) is not None}
        if not limits and not any(part.says(name) for name in LIMITS):
            message = f"'{kind}' does not say what it must reach"
            self.report.error("R105", span, message, help_text="add at_least: …")
        self._check_reach(kind, part, limits)
        subject = self._subject(kind, part)
        of = self._whole(part) if kind == "share" else None
        if len(self.report.problems) > before:
            return None
        return Measure(
            kind,
            limits,
            span,
            subject=subject,
            of=of,
            min_total=part.get("min_total", 0),
            bound=part.get("bound"),
            rank=part.get("rank"),
            sensitivity=part.get("sensitivity"),
            emerging=part.get("field") if kind == "emerging" else None,
        )

    def _check_reach(self, kind: str, part: Part, limits: dict[str, float]) -> None:
        lows = [(limits[name], name) for name in ("at_least", "more_than") if name in limits]
        highs = [(limits[name], name) for name in ("at_most", "less_than") if name in limits]
        for low, low_name in lows:
            for high, high_name in highs:
                is_strict = low_name == "more_than" or high_name == "less_than"
                if low > high or (is_strict and low == high):
                    message = f"'{kind}' can never be {_said(low_name)} {_shown(part, low_name)}"
                    message += f" and {_said(high_name)} {_shown(part, high_name)} at once"
                    self.report.error("R314", part.at(high_name), message)
                    return
        if limits.get("less_than") == 0:
            self.report.error("R304", part.at("less_than"), f"'{kind}' is never below 0")
        if kind == "share" and limits.get("more_than") == 1:
            self.report.error("R304", part.at("more_than"), "a share is never more than 100%")
        if limits.get("at_least") == 0 and kind != "sum":
            message = f"'{kind}' is always 0 or more: this asks nothing"
            self.report.warning("R333", part.at("at_least"), message)

    def _subject(self, kind: str, part: Part) -> str | None:
        if kind not in (*_NUMBERS, "distinct") or part.get("field") is None:
            return None
        name: str = part.get("field")
        tasks, field = self.scope.conditions.tasks, FIELDS.get(name)
        if kind in _NUMBERS:
            options = [path for path, one in FIELDS.items() if one.kind is FieldKind.NUMBER]
        else:
            options = [path for path, one in FIELDS.items() if one.kind is not FieldKind.OBJECT]
            options += tasks
        if name in options:
            if name in tasks:
                self.uses.tasks.add(name)
            return name
        help_text = suggest(name, options, what="Possible")
        if field is None and name not in tasks:
            self.report.error(
                "R206", part.at("field"), f"unknown field '{name}'", help_text=help_text
            )
            return None
        what = "a label" if field is None else field.kind.value
        wanted = "a number" if kind in _NUMBERS else "a value"
        message = f"'{name}' is {what}; '{kind}' needs {wanted}"
        self.report.error("R309", part.at("field"), message, help_text=help_text)
        return None

    def _whole(self, part: Part) -> Condition | None:
        node = part.node.get("of")
        if node is None or node.is_faulty:
            return None
        if not node.is_mapping and not node.is_list:
            if node.value is None or text_of(node) != "all":
                where = part.key("of") if node.value is None else node.span
                message = f"a share is of 'all' or of a condition, not of {kind_of(node)}"
                self.report.error("R110", where, message, help_text="write of: all")
            return None
        reader = ConditionReader(self.scope.conditions, self.report)
        made = reader.read(node, part.key("of"))
        self.uses.add(reader.uses)
        return made


def _joined(combiner: Literal["all", "any", "not"], parts: list[Any]) -> Having | None:
    if None in parts:
        return None
    if combiner != "not" and len(parts) == 1 and isinstance(parts[0], Having):
        return parts[0]
    return Having(combiner, tuple(parts))


def _said(limit: str) -> str:
    return limit.replace("_", " ")


def _shown(part: Part, limit: str) -> str:
    return text_of(part.node.value[limit])
