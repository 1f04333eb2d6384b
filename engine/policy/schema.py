"""The shape of every document, declared once: fields, defaults, and the JSON Schema for editors.

Parts that have a grammar of their own (conditions, examples) are `Raw` here and read elsewhere.
What the language has but this version cannot do yet is named in `unsupported`, so that it is
refused by name and never taken for a misspelling.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.decision import Mode, Severity
from engine.units import parse_duration

OPERATORS = (
    "is",
    "is_not",
    "in",
    "not_in",
    "in_list",
    "not_in_list",
    "any_in",
    "any_in_list",
    "contains",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "matches",
    "exists",
)
CHANNEL_KINDS_LATER = ("slack", "pagerduty", "teams", "jira", "zendesk", "apprise")
DOCUMENTS_LATER = ("queue", "calendar", "rota", "chain", "playbook", "platform", "tests")
# Parts of a window: refused by name also where they stand outside of one.
WINDOW_WORDS = ("having", "count", "distinct", "share", "sum", "spike", "emerging")
_SLIPS = {
    "if": "when",
    "where": "when",
    "condition": "when",
    "conditions": "when",
    "do": "then",
    "action": "then",
    "actions": "then",
    "unless": "except",
}
_CONDITION = {"$ref": "#/$defs/condition"}


class Raw:
    """Marks a field that `engine.policy.shape` hands on as the Node it was."""


class OneOrMore:
    """Marks a list for which a single value may be written without brackets."""


class Approval(StrEnum):
    """Whose consent a reply needs."""

    NONE = "none"
    REQUIRED = "required"
    FOUR_EYES = "four_eyes"


class MailSecurity(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "examples": ["90s", "15m", "24h", "7d", "6m30s"]}),
]
# pydantic resolves references itself and knows none to what it did not make: put in afterwards.
Condition = Annotated[Any, Raw(), WithJsonSchema({"title": "condition", "type": "object"})]
Example = Annotated[Any, Raw(), WithJsonSchema({"type": "object", "required": ["text"]})]
Words = Annotated[
    Any, Raw(), WithJsonSchema({"type": "array", "items": {"type": ["string", "number"]}})
]
Texts = Annotated[
    Any, Raw(), WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}})
]
LabelBody = Annotated[
    Any,
    Raw(),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "description": {"type": "string"},
                "examples": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
            "additionalProperties": False,
        }
    ),
]


class Shape(BaseModel):
    """Base of every declared part; unknown fields are faults."""

    model_config = ConfigDict(extra="forbid")
    unsupported: ClassVar[tuple[str, ...]] = ()
    spared: ClassVar[tuple[str, ...]] = ()  # required, but not beside what is refused anyway
    slips: ClassVar[Mapping[str, str]] = {}  # what is written instead of a field's name
    named: ClassVar[tuple[str, str] | None] = None  # what it is called, and the field of its name


class Defaults(Shape):
    """What rules say when they say nothing."""

    mode: Mode = Mode.DRAFT
    severity: Severity = Severity.MINOR


class ReplyBody(Shape):
    """Answer the author from a template."""

    template: Name
    approval: Approval = Approval.REQUIRED


class NotifyBody(Shape):
    """Tell a channel."""

    channel: Name
    text: str = ""


class WebhookBody(Shape):
    """Send the match as JSON to a webhook channel."""

    channel: Name


class ActionItem(Shape):
    """One action, and its own mode beside it."""

    unsupported: ClassVar[tuple[str, ...]] = (
        "hide",
        "assign",
        "escalate",
        "incident",
        "ads",
        "publishing",
    )
    kinds: ClassVar[tuple[str, ...]] = ("reply", "tag", "notify", "webhook")
    reply: ReplyBody | SkipJsonSchema[None] = None
    tag: list[Name] | SkipJsonSchema[None] = None
    notify: NotifyBody | SkipJsonSchema[None] = None
    webhook: WebhookBody | SkipJsonSchema[None] = None
    mode: Mode | SkipJsonSchema[None] = None


class Cooldown(Shape):
    """The least time between two actions of the rule for one key."""

    per: Name
    for_: Duration = Field(alias="for")


class ExceptionBody(Shape):
    """Where the rule does not apply although its condition holds."""

    named: ClassVar[tuple[str, str] | None] = ("exception", "name")
    slips: ClassVar[Mapping[str, str]] = _SLIPS
    name: Name
    when: Condition
    owner: str = ""
    expires: date | SkipJsonSchema[None] = None


class AllowanceBody(Shape):
    """A warning about the rule that is meant, and why."""

    lint: Annotated[str, Field(pattern=r"^[A-Z][0-9]{3}$")]
    reason: Name


class Examples(Shape):
    """Mentions on which the rule must fire, and on which it must not."""

    fires: list[Example] = []
    quiet: list[Example] = []


class RuleBody(Shape):
    """One rule of a policy."""

    named: ClassVar[tuple[str, str] | None] = ("rule", "id")
    spared: ClassVar[tuple[str, ...]] = ("when",)
    slips: ClassVar[Mapping[str, str]] = _SLIPS
    unsupported: ClassVar[tuple[str, ...]] = (
        "window",
        "for",
        "resolve",
        "sequence",
        "absent",
        "unanswered",
        "inhibit",
        "extends",
        "abstract",
        "override",
        *WINDOW_WORDS,
        *ActionItem.unsupported,
    )
    id: Id
    title: str = ""
    description: str = ""
    owner: str = ""
    severity: Severity | SkipJsonSchema[None] = None
    mode: Mode | SkipJsonSchema[None] = None
    when: Condition
    except_: list[ExceptionBody] = Field(default=[], alias="except")
    then: list[ActionItem] = []
    cooldown: Cooldown | SkipJsonSchema[None] = None
    expires: date | SkipJsonSchema[None] = None
    allow: list[AllowanceBody] = []
    examples: Examples | SkipJsonSchema[None] = None


class PolicyDocument(Shape):
    """A policy: rules, and the lists, macros and templates that belong to them."""

    unsupported: ClassVar[tuple[str, ...]] = ("inhibit", "extends", "abstract", "override")
    policy: Id
    description: str = ""
    owner: str = ""
    brands: list[Name] = []
    defaults: Defaults | SkipJsonSchema[None] = None
    lists: dict[str, Words] = {}
    macros: dict[str, Condition] = {}
    templates: dict[str, Texts] = {}
    rules: list[RuleBody] = []


class LogChannel(Shape):
    """A channel that only leaves a record."""

    channel: Id
    kind: str
    description: str = ""


class WebhookChannel(Shape):
    """A channel that is sent signed JSON over HTTP."""

    channel: Id
    kind: str
    description: str = ""
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    secret: Name


class EmailChannel(Shape):
    """A channel that is written an e-mail."""

    channel: Id
    kind: str
    description: str = ""
    to: Annotated[list[Name], OneOrMore()]
    from_: Name = Field(alias="from")
    host: Name
    port: Annotated[int, Field(ge=1, le=65535)] | SkipJsonSchema[None] = None
    username: str = ""
    password: str = ""
    tls: MailSecurity = MailSecurity.STARTTLS
    subject: str = ""


CHANNELS: dict[str, type[Shape]] = {
    "log": LogChannel,
    "webhook": WebhookChannel,
    "email": EmailChannel,
}
SECRET_FIELDS = frozenset({"secret", "password"})


class LabelsDocument(Shape):
    """A task of its own: labels, each with a description and examples by language."""

    labels: dict[str, LabelBody]


def policy_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one document of a policy file."""
    documents = (PolicyDocument, LogChannel, WebhookChannel, EmailChannel, LabelsDocument)
    definitions: dict[str, Any] = {"condition": _condition_schema()}
    options = []
    for document in documents:
        shape = TypeAdapter(document).json_schema(ref_template="#/$defs/{model}")
        shape = _with_conditions(shape)
        definitions |= shape.pop("$defs", {})
        for kind, model in CHANNELS.items():
            if model is document:
                shape["properties"]["kind"] = {"const": kind}
        definitions[document.__name__] = shape
        options.append({"$ref": f"#/$defs/{document.__name__}"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tocsin policy file: one document",
        "anyOf": options,
        "$defs": definitions,
    }


def _with_conditions(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_conditions(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("title") == "condition":
        return _CONDITION
    kept = {key: one for key, one in schema.items() if not (key == "default" and one is None)}
    return {key: _with_conditions(one) for key, one in kept.items()}


def _condition_schema() -> dict[str, Any]:
    several = {"type": "array", "items": _CONDITION}
    scalar = {"type": ["string", "number", "boolean"]}
    operators: dict[str, Any] = {name: {} for name in OPERATORS}
    leaf = {
        "anyOf": [
            scalar,
            {"type": "object", "properties": operators, "additionalProperties": False},
        ]
    }
    parts = {
        "all": several,
        "any": several,
        "not": _CONDITION,
        "macro": {"type": "string"},
        "missing": {"const": "match"},
    }
    return {
        "description": "All of a mapping's keys, or all of a list's items, must hold.",
        "anyOf": [
            several,
            {"type": "object", "properties": parts, "additionalProperties": leaf},
        ],
    }
