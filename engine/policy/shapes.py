"""What every declared shape is made of: the base, its kinds of values, and marks for the reader."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from engine.units import parse_duration, parse_share, parse_signed_share


class Raw:
    """Marks a field that `engine.policy.shape` hands on as the Node it was."""


class OneOrMore:
    """Marks a list for which a single value may be written without brackets."""


Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], OneOrMore()]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "examples": ["90s", "15m", "24h", "7d", "6m30s"]}),
]
Share = Annotated[
    float, BeforeValidator(parse_share), WithJsonSchema({"type": "string", "examples": ["40%"]})
]
SignedShare = Annotated[
    float,
    BeforeValidator(parse_signed_share),
    WithJsonSchema({"type": "string", "examples": ["-30%", "+10%"]}),
]
Amount = Annotated[int, Field(ge=0)]
# pydantic resolves references itself and knows none to what it did not make: put in afterwards.
Condition = Annotated[Any, Raw(), WithJsonSchema({"title": "condition", "type": "object"})]
Having = Annotated[Any, Raw(), WithJsonSchema({"title": "having", "type": "object"})]
Anything = Annotated[Any, Raw(), WithJsonSchema({})]
Example = Annotated[Any, Raw(), WithJsonSchema({"type": "object", "required": ["text"]})]
Words = Annotated[
    Any,
    Raw(),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "number"]}},
                {
                    "type": "object",
                    "properties": {"file": {"type": "string"}},
                    "required": ["file"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Texts = Annotated[
    Any, Raw(), WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}})
]
Hours = Annotated[
    Any,
    Raw(),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
            },
        }
    ),
]


class Shape(BaseModel):
    """Base of every declared part; unknown fields are faults unless it is open.

    Attributes:
        slips: What is written instead of a field's name.
        elsewhere: Names that belong to another place, with that place, for the help.
        named: What the part is called, and the field of its name.
        is_open: Fields it does not declare are taken as they stand.
    """

    model_config = ConfigDict(extra="forbid")
    slips: ClassVar[Mapping[str, str]] = {}
    elsewhere: ClassVar[Mapping[str, str]] = {}
    named: ClassVar[tuple[str, str] | None] = None
    is_open: ClassVar[bool] = False
