"""The JSON Schema of a policy file for editors: shapes, and completion of what may be named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from engine.classification import BUILT_IN_TASKS
from engine.policy.fields import FIELDS, FieldKind
from engine.policy.schema import OPERATORS, PolicyDocument
from engine.policy.shapes_documents import (
    CHANNELS,
    CalendarDocument,
    ChainDocument,
    EmailChannel,
    LabelsDocument,
    LogChannel,
    OtherChannel,
    PlaybookDocument,
    QueueDocument,
    RotaDocument,
    WebhookChannel,
)
from engine.policy.shapes_platform import PlatformDocument
from engine.policy.shapes_windows import MEASURES
from engine.policy.tests_shape import TestsDocument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.policy.shapes import Shape

# In the order of the language's page.
DOCUMENTS: tuple[type[Shape], ...] = (
    PolicyDocument,
    QueueDocument,
    CalendarDocument,
    LogChannel,
    WebhookChannel,
    EmailChannel,
    OtherChannel,
    RotaDocument,
    ChainDocument,
    PlaybookDocument,
    PlatformDocument,
    LabelsDocument,
    TestsDocument,
)
_OF_TITLE = {
    "condition": {"$ref": "#/$defs/condition"},
    "having": {"$ref": "#/$defs/having"},
}
_CONDITION = _OF_TITLE["condition"]


@dataclass(frozen=True, slots=True)
class Known:
    """Names that policies define, to be completed.

    Attributes:
        tasks: Label sets beside the built-in tasks, with their labels.
        names: Lists, macros, templates, channels, … by what they are.
    """

    tasks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def named(self, what: str) -> dict[str, Any]:
        """Return the schema of a name: the known ones are offered, others are not refused."""
        known = list(self.names.get(what, ()))
        return {"anyOf": [{"enum": known}, {"type": "string"}]} if known else {"type": "string"}


def policy_json_schema(known: Known | None = None) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one document of a policy file.

    Args:
        known: What to offer as completions beside the language's own words.
    """
    known = known or Known()
    definitions: dict[str, Any] = {
        "condition": _condition_schema(known),
        "having": _having_schema(),
    }
    options = []
    for document in DOCUMENTS:
        shape = _referring(TypeAdapter(document).json_schema(ref_template="#/$defs/{model}"))
        definitions |= shape.pop("$defs", {})
        kinds = [kind for kind, model in CHANNELS.items() if model is document]
        if kinds:
            shape["properties"]["kind"] = {"enum": kinds}
        if document.is_open or document.unknown_code:
            shape["additionalProperties"] = True
        definitions[document.__name__] = shape
        options.append({"$ref": f"#/$defs/{document.__name__}"})
    for measure in MEASURES.values():
        shape = _referring(TypeAdapter(measure).json_schema(ref_template="#/$defs/{model}"))
        definitions |= shape.pop("$defs", {})
        definitions[measure.__name__] = shape
    _offer_names(definitions, known)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tocsin policy file: one document",
        "anyOf": options,
        "$defs": definitions,
    }


def tests_json_schema(known: Known) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a `tests` document alone; as `policy_json_schema`."""
    whole = policy_json_schema(known)
    title, options = "Tocsin tests", [{"$ref": f"#/$defs/{TestsDocument.__name__}"}]
    return {**whole, "title": title, "anyOf": options}


def _offer_names(definitions: dict[str, Any], known: Known) -> None:
    for shape, name, what in (
        ("ReplyBody", "template", "template"),
        ("NotifyBody", "channel", "channel"),
        ("WebhookBody", "channel", "channel"),
        ("EscalateBody", "chain", "chain"),
        ("AssignBody", "queue", "queue"),
        ("IncidentBody", "playbook", "playbook"),
        ("SlaBody", "calendar", "calendar"),
        ("QueueDocument", "notify", "channel"),
        ("UnansweredBody", "calendar", "calendar"),
        ("UnansweredBody", "queue", "queue"),
        ("NotifyStep", "channel", "channel"),
        ("NotifyStep", "rota", "rota"),
        ("ChainStep", "calendar", "calendar"),
        ("RotaDocument", "channel", "channel"),
        ("MuteBody", "during", "calendar"),
        ("MuteBody", "outside", "calendar"),
    ):
        offered = known.named(what)
        if "anyOf" in offered:
            own = definitions[shape]["properties"][name]
            definitions[shape]["properties"][name] = {**offered, "description": own["description"]}


def _referring(schema: Any) -> Any:
    """Return a schema whose conditions and measures are references, defaults of None left out."""
    if isinstance(schema, list):
        return [_referring(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    title = schema.get("title")
    if isinstance(title, str) and title in _OF_TITLE and "properties" not in schema:
        told = {key: schema[key] for key in ("description",) if key in schema}
        return {**_OF_TITLE[title], **told}
    kept = {key: one for key, one in schema.items() if not (key == "default" and one is None)}
    return {key: _referring(one) for key, one in kept.items()}


def _having_schema() -> dict[str, Any]:
    several = {"type": "array", "items": _OF_TITLE["having"]}
    measures = {name: {"$ref": f"#/$defs/{one.__name__}"} for name, one in MEASURES.items()}
    return {
        "description": "All of a mapping's measures must hold.",
        "type": "object",
        "properties": {**measures, "all": several, "any": several, "not": _OF_TITLE["having"]},
        "additionalProperties": False,
    }


def _condition_schema(known: Known) -> dict[str, Any]:
    several = {"type": "array", "items": _CONDITION}
    tasks = {**BUILT_IN_TASKS, **known.tasks}
    leaves = {path: _leaf(known, list(one.values)) for path, one in FIELDS.items()}
    leaves["text"] = {"description": "A text query, or operators.", **_leaf(known, [])}
    leaves |= {task: _leaf(known, list(labels)) for task, labels in tasks.items()}
    for path, one in FIELDS.items():
        if one.kind is FieldKind.FLAG:
            leaves[path] = _leaf(known, [True, False])
    parts = {
        "all": several,
        "any": several,
        "not": _CONDITION,
        "macro": known.named("macro"),
        "missing": {"const": "match"},
    }
    return {
        "description": "All of a mapping's keys, or all of a list's items, must hold.",
        "anyOf": [
            several,
            {
                "type": "object",
                "properties": {**leaves, **parts},
                "additionalProperties": _leaf(known, []),
            },
        ],
    }


def _leaf(known: Known, values: list[Any]) -> dict[str, Any]:
    one: dict[str, Any] = {"enum": values} if values else {"type": ["string", "number", "boolean"]}
    several = {"type": "array", "items": one}
    operators: dict[str, Any] = {name: {} for name in OPERATORS}
    operators |= dict.fromkeys(("is", "is_not"), one)
    operators |= dict.fromkeys(("in", "not_in", "any_in"), several)
    operators |= dict.fromkeys(("in_list", "not_in_list", "any_in_list"), known.named("list"))
    operators["exists"] = {"type": "boolean"}
    whole = {"type": "object", "properties": operators, "additionalProperties": False}
    return {"anyOf": [one, whole]}
