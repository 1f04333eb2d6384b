"""The reference of the policy language in `rules/README.md`, made from its declared shapes."""

from __future__ import annotations

import typing
from datetime import date, datetime
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticUndefined

from engine.classification import BUILT_IN_TASKS
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.json_schema import DOCUMENTS
from engine.policy.operators import operators_of
from engine.policy.schema import OPERATORS, PolicyDocument, RuleBody
from engine.policy.shapes import Duration, Id, Raw, Shape, Share, SignedShare
from engine.policy.shapes_actions import ActionItem
from engine.policy.shapes_documents import CHANNELS
from engine.policy.shapes_platform import InstanceBody
from engine.policy.shapes_windows import MEASURES
from engine.policy.templates import FILTERS, KNOWN, TESTS, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEGIN = "<!-- Reference: made by `python -m engine.cli.reference`; change the code, not this. -->"
END = "<!-- End of the reference. -->"
_PARTS: tuple[tuple[str, type[Shape]], ...] = (
    ("A policy", PolicyDocument),
    ("A rule", RuleBody),
    ("An item of `then`", ActionItem),
)
_TOLD_ELSEWHERE: tuple[type[Shape], ...] = (RuleBody, ActionItem, InstanceBody)
_CALLED = {
    Share: "share",
    SignedShare: "change in percent",
    Duration: "duration",
    Id: "id",
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    date: "date",
    datetime: "date and time",
}


def with_reference(page: str) -> str:
    """Return a page with the reference between its marks as the code has it now.

    Raises:
        ValueError: The page has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"the page has no {BEGIN!r} and {END!r} around its reference"
        raise ValueError(message)
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def reference() -> str:
    """Return the reference: every part with its fields, the fields of a mention, the templates."""
    parts = [part for title, shape in _PARTS for part in _described(title, shape)]
    parts.append("### Measures of a window's `having`")
    for name, measure in MEASURES.items():
        parts += _described(f"`{name}`", measure, 4)
    parts.append("### Documents that policies share")
    for document in DOCUMENTS:
        if document is not PolicyDocument:
            parts += _described(_title(document), document, 4)
    parts += ["### Fields and tasks a condition may ask about", _leaves()]
    parts += ["### Templates", _templates()]
    return "\n\n".join(parts)


def _title(document: type[Shape]) -> str:
    """Return what tells a document: its first key, and of a channel its kind."""
    kinds = [kind for kind, model in CHANNELS.items() if model is document]
    if not kinds:
        return f"`{next(iter(document.model_fields))}`"
    return f"`channel` of kind `{kinds[0]}`" if len(kinds) == 1 else "`channel` of another kind"


def _described(title: str, shape: type[Shape], level: int = 3) -> Iterator[str]:
    yield f"{'#' * level} {title}"
    yield (shape.__doc__ or "").strip()
    rows = "\n".join(_rows(shape, ""))
    if rows:
        yield f"| field | value | meaning |\n|---|---|---|\n{rows}"


def _rows(shape: type[Shape], prefix: str) -> Iterator[str]:
    hints = typing.get_type_hints(shape, include_extras=True)
    for name, field in shape.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        inner, value = _shape_of(hints[name]), _kind(hints[name])
        told = field.description or (inner.__doc__ if inner else "") or ""
        default = _default(field.default)
        if field.is_required():
            value += ", **required**"
        elif default:
            value += f", else {default}"
        yield f"| `{path}` | {value} | {told.strip()} |"
        if inner is not None and inner not in _TOLD_ELSEWHERE:
            yield from _rows(inner, f"{path}{'[]' if value.startswith('list') else ''}.")


def _first(annotation: Any) -> Any:
    """Return an annotation without the None that stands for what is left out."""
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        return typing.get_args(annotation)[0]
    return annotation


def _plain(annotation: Any) -> Any:
    """Return an annotation without its marks."""
    found = _first(annotation)
    marked = typing.get_origin(found) is typing.Annotated
    return _plain(typing.get_args(found)[0]) if marked else found


def _shape_of(annotation: Any) -> type[Shape] | None:
    found = _plain(annotation)
    for inner in (found, *map(_plain, typing.get_args(found))):
        if isinstance(inner, type) and issubclass(inner, Shape):
            return inner
    return None


def _kind(annotation: Any) -> str:
    found = _first(annotation)
    if found in _CALLED:
        return _CALLED[found]
    for mark in getattr(found, "__metadata__", ()):
        if isinstance(mark, Raw):
            return mark.called
    found = _plain(found)
    origin, arguments = typing.get_origin(found), typing.get_args(found)
    if origin is list:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"mapping of {_kind(arguments[1])}"
    if isinstance(found, type) and issubclass(found, StrEnum):
        return " ".join(f"`{one.value}`" for one in found)
    return _CALLED.get(found, "mapping")


def _default(value: Any) -> str:
    if value is PydanticUndefined or value in (None, "", [], {}):
        return ""
    if isinstance(value, float):
        return f"`{value:.0%}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _leaves() -> str:
    rows = []
    for kind in FieldKind:
        named = [_with_values(path, one.values) for path, one in FIELDS.items() if one.kind is kind]
        fit = operators_of(kind)
        shown = _listed(one for one in OPERATORS if one in fit)
        rows.append(f"| {kind.value} | {', '.join(named)} | {shown} |")
    tasks = [_with_values(task, labels) for task, labels in BUILT_IN_TASKS.items()]
    rows.append(
        f"| a label | {', '.join(tasks)}, and every label set | `is` `is_not` `in` `not_in` "
        "`exists`, and of its score `at_least` `at_most` `more_than` `less_than` |"
    )
    return "| holds | fields and tasks | operators |\n|---|---|---|\n" + "\n".join(rows)


def _with_values(name: str, values: Iterable[str]) -> str:
    """Return a field or a task, with what it may hold where that is known."""
    told = ", ".join(values)
    return f"`{name}` ({told})" if told else f"`{name}`"


def _templates() -> str:
    fields = "\n".join(
        f"| `{'.'.join(path)}` | {_listed(names)} |" for path, names in KNOWN.items()
    )
    return (
        f"Variables: {_listed(VARIABLES)}; `key` holds what a rule over time is kept by. "
        f"Filters: {_listed(FILTERS)}. Tests: {_listed(TESTS)}."
        f"\n\n| variable | fields |\n|---|---|\n{fields}"
    )


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{one}`" for one in names)
