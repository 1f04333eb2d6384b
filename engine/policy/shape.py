"""Reads a Node by its declared shape: every fault at its own place, and all that is sound kept.

The models of `engine.policy.schema` and the shapes beside it say what there may be; each field is
checked alone, so one fault hides no other.
"""

from __future__ import annotations

import difflib
import functools
import re
import types
import typing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from engine.policy.report import suggest
from engine.policy.shapes import OneOrMore, Raw, Shape
from engine.policy.slips import duration_help, share_help

if TYPE_CHECKING:
    from engine.located_yaml import Node
    from engine.policy.report import Report
    from engine.problem import Span

_ANCHOR = re.compile(r"^(?:&\S+\s+)+")
_ID_RULE = "lower-case letters, digits and single hyphens, at most 80"


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping as it was read.

    Attributes:
        span: Where the part is named: its key, or its first key where it has none.
        values: The sound fields and the defaults of those left out; a field that was given but is
            at fault, or required and missing, is not among them.
        missed: Fields that stand there under a wrong name, which was reported.
        is_open: Further fields of its node are taken as they stand.
    """

    node: Node
    span: Span
    values: dict[str, Any]
    missed: frozenset[str] = frozenset()
    is_open: bool = False

    def get(self, name: str, default: Any = None) -> Any:
        """Return a sound value, else the default."""
        return self.values.get(name, default)

    def says(self, name: str) -> bool:
        """Say whether the field stands there, sound or at fault, or under a wrong name."""
        return name in self.node.keys or name in self.missed

    def key(self, name: str) -> Span:
        """Return where a field's key stands, or the part itself where it was left out."""
        return self.node.keys.get(name, self.span)

    def at(self, name: str) -> Span:
        """Return where a field's value stands, or the part itself where it was left out."""
        node = self.node.get(name)
        return self.span if node is None else node.span


class _Fault:
    """What reading returns for a value that was reported."""


FAULT = _Fault()


def read_part(
    node: Node, model: type[Shape], report: Report, *, span: Span, called: str = ""
) -> Part | None:
    """Read a mapping; None where the node is no mapping at all (reported).

    Args:
        called: The field it stands under, for messages.
    """
    fields = _fields(model)
    if not node.is_mapping:
        what = f"'{called}' must be a mapping" if called else "a mapping is wanted here"
        help_text = f"Fields here: {', '.join(fields)}"
        message = f"{what}, not {kind_of(node)}"
        report.error("R106", _of(node, span), message, help_text=help_text)
        return None
    report = _inside(node, model, report)
    values: dict[str, Any] = {}
    missed: set[str] = set()
    for key, inner in node.items():
        if key not in fields:
            if not model.is_open:
                missed.add(_meant(key, model))
                _report_unknown(key, node.keys[key], model, report)
        else:
            value = _read(inner, fields[key].annotation, report, key=(key, node.keys[key]))
            if value is not FAULT:
                values[key] = value
    for key, one in fields.items():
        if node.get(key) is None:
            if one.is_required and key not in missed:
                _report_missing(key, model, report, span=span)
            elif not one.is_required:
                values[key] = one.default
    return Part(node, span, values, frozenset(missed), model.is_open)


def _report_unknown(key: str, span: Span, model: type[Shape], report: Report) -> None:
    help_text = _told(key, model)
    meant = _meant(key, model)
    if model.unknown_code and not (meant and _fields(model)[meant].is_required):
        message = f"'{key}' is no field here: ignored"
        report.warning(model.unknown_code, span, message, help_text=help_text)
    elif model.is_lenient and not meant:
        report.warning("R421", span, f"'{key}' is no setting here: ignored", help_text=help_text)
    else:
        report.error("R104", span, f"unknown field '{key}'", help_text=help_text)


def _told(key: str, model: type[Shape]) -> str:
    """Return help for a field that the part does not have: where it belongs, else what is near."""
    if key in model.elsewhere:
        return f"'{key}' belongs in {model.elsewhere[key]}"
    return suggest(model.slips.get(key, key), _fields(model), what="Fields here")


def _report_missing(key: str, model: type[Shape], report: Report, *, span: Span) -> None:
    where = f" in {span_name}" if (span_name := _called(model)) else ""
    report.error("R105", span, f"'{key}' is missing{where}", help_text=f"add '{key}'")


def _called(model: type[Shape]) -> str:
    """Return what a part without a name of its own is called where it stands."""
    for ending in ("Body", "Measure"):
        if model.named is None and model.__name__.endswith(ending):
            return f"'{model.__name__.removesuffix(ending).lower()}'"
    return ""


def _meant(key: str, model: type[Shape]) -> str:
    """Return the field that an unknown key most likely stands for; empty where none is near."""
    near = difflib.get_close_matches(key.lower(), _fields(model), n=1)
    return model.slips.get(key) or next(iter(near), "")


def _inside(node: Node, model: type[Shape], report: Report) -> Report:
    """Return a report that knows the part's name, where it has one."""
    named = None if model.named is None else node.get(model.named[1])
    if model.named is None or named is None or not _is_scalar(named):
        return report
    kind, field = model.named
    name = text_of(named)
    rule = name if kind == "rule" else None
    return report.within(kind, name, node.keys[field], rule=rule)


def _is_scalar(node: Node) -> bool:
    return not (node.is_mapping or node.is_list or node.value is None)


def kind_of(node: Node) -> str:
    """Return what a node is, in an author's words."""
    if node.is_mapping:
        return "a mapping"
    if node.is_list:
        return "a list"
    return "nothing" if node.value is None else f"'{text_of(node)[:60]}'"


def text_of(node: Node) -> str:
    """Return a scalar as it was written: ``1.50`` stays ``1.50``, ``no`` stays ``no``."""
    if isinstance(node.value, str):
        return node.value
    at = node.span.column - 1
    written = _ANCHOR.sub("", node.span.source[at : at + node.span.length]).strip()
    return written or str(node.value)


@dataclass(frozen=True, slots=True)
class _FieldShape:
    annotation: Any
    is_required: bool
    default: Any


@functools.cache
def _fields(model: type[Shape]) -> dict[str, _FieldShape]:
    hints = typing.get_type_hints(model, include_extras=True)
    return {
        field.alias or name: _FieldShape(
            _without_none(hints[name]),
            field.is_required(),
            None if field.is_required() else field.get_default(call_default_factory=True),
        )
        for name, field in model.model_fields.items()
    }


def _without_none(annotation: Any) -> Any:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return typing.get_args(annotation)[0]
    return annotation


def _is_raw(annotation: Any) -> bool:
    marks = getattr(annotation, "__metadata__", ())
    return any(isinstance(mark, Raw) for mark in marks)


def _read(node: Node, annotation: Any, report: Report, *, key: tuple[str, Span]) -> Any:
    if _is_raw(annotation):
        return node
    if node.is_faulty or node.value is None:
        if not node.is_faulty:
            help_text = "give it a value or leave it out"
            report.error("R106", key[1], f"'{key[0]}' is empty", help_text=help_text)
        return FAULT
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        called = "" if key[0].endswith("]") else key[0]
        part = read_part(node, annotation, report, span=key[1], called=called)
        return FAULT if part is None else part
    if any(isinstance(mark, OneOrMore) for mark in getattr(annotation, "__metadata__", ())):
        annotation = typing.get_args(annotation)[0]
        if not (node.is_list or node.is_mapping):
            node = replace(node, value=(node,))
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return _read_list(node, inner[0], report, key=key)
    if origin is dict:
        return _read_dict(node, inner[1], report, key=key)
    return _read_scalar(node, annotation, report, name=key[0])


def _read_list(node: Node, inner: Any, report: Report, *, key: tuple[str, Span]) -> Any:
    if not node.is_list:
        _report_no_list(node, report, key=key)
        return FAULT
    read = [
        _read(one, inner, report, key=(f"{key[0]}[{i}]", one.span))
        for i, one in enumerate(node.value)
    ]
    return [one for one in read if one is not FAULT]


def _report_no_list(node: Node, report: Report, *, key: tuple[str, Span]) -> None:
    help_text = "begin each item with '- '" if node.is_mapping else "write it as [..]"
    message = f"'{key[0]}' must be a list, not {kind_of(node)}"
    report.error("R106", _of(node, key[1]), message, help_text=help_text)


def _read_dict(node: Node, inner: Any, report: Report, *, key: tuple[str, Span]) -> Any:
    if not node.is_mapping:
        seen = kind_of(node)
        report.error("R106", _of(node, key[1]), f"'{key[0]}' must be a mapping, not {seen}")
        return FAULT
    read = {
        name: _read(one, inner, report, key=(name, node.keys[name])) for name, one in node.items()
    }
    return {name: one for name, one in read.items() if one is not FAULT}


def _read_scalar(node: Node, annotation: Any, report: Report, *, name: str) -> Any:
    if node.is_mapping or node.is_list:
        report.error("R106", node.span, f"'{name}' must be one value, not {kind_of(node)}")
        return FAULT
    try:
        return _adapter(annotation).validate_python(text_of(node))
    except ValidationError as error:
        _report_scalar(error, node, report, name=name)
        return FAULT


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _report_scalar(error: ValidationError, node: Node, report: Report, *, name: str) -> None:
    first = error.errors()[0]
    seen, context = text_of(node)[:60], first.get("ctx", {})
    if first["type"] == "enum":
        options = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        message = f"'{seen}' is no {name.partition('[')[0]}"
        report.error("R108", node.span, message, help_text=suggest(seen, options, what="Possible"))
    elif first["type"] == "value_error":
        message = f"'{name}': {context['error']}"
        explain = share_help if "percent" in message else duration_help
        report.error("R108", node.span, message, help_text=explain(text_of(node)))
    elif first["type"] == "string_pattern_mismatch" and "a-z0-9" in str(context["pattern"]):
        report.error("R109", node.span, f"'{seen}' is not an id", help_text=f"an id has {_ID_RULE}")
    else:
        what = str(first["msg"])
        report.error("R108", node.span, f"'{name}' is '{seen}': {what[:1].lower()}{what[1:]}")


def _of(node: Node, span: Span) -> Span:
    return span if node.value is None else node.span
