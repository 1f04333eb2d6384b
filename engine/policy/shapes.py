"""What every declared shape is made of: the base, its kinds of values, and marks for the reader."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema  # noqa: TC002 - pydantic reads it at run time

from engine.units import parse_duration, parse_share, parse_signed_share


@dataclass(frozen=True, slots=True)
class Raw:
    """Marks a field that `engine.policy.shape` hands on as the Node it was.

    Attributes:
        called: What it holds, for the reference.
    """

    called: str


class OneOrMore:
    """Marks a list for which a single value may be written without brackets."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema of the list, or of one of its items."""
        several = handler(core_schema)
        return {"anyOf": [several["items"], several]}


Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], OneOrMore()]
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?\s*$",
            "examples": ["90s", "15m", "24h", "7d", "6m30s"],
        }
    ),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?%\s*$", "examples": ["40%"]}),
]
SignedShare = Annotated[
    float,
    BeforeValidator(parse_signed_share),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*[+-]?\d+(\.\d+)?%\s*$",
            "examples": ["-30%", "+10%"],
        }
    ),
]
Amount = Annotated[int, Field(ge=0)]
# pydantic resolves references itself and knows none to what it did not make: put in afterwards.
Condition = Annotated[
    Any, Raw("a condition"), WithJsonSchema({"title": "condition", "type": "object"})
]
Having = Annotated[Any, Raw("measures"), WithJsonSchema({"title": "having", "type": "object"})]
Anything = Annotated[Any, Raw("see the text"), WithJsonSchema({})]
Example = Annotated[Any, Raw("a mention"), WithJsonSchema({"type": "object", "required": ["text"]})]
Words = Annotated[
    Any,
    Raw("a list of words, or a file"),
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
    Any,
    Raw("a text by language"),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
Hours = Annotated[
    Any,
    Raw("spans by day"),
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
        is_lenient: Fields it does not declare and whose names are near to none of its own are
            warned of and ignored.
        unknown_code: What every field it does not declare is warned of with and ignored, unless it
            is near to one that must stand there; empty where unknown fields are faults.
    """

    model_config = ConfigDict(extra="forbid")
    slips: ClassVar[Mapping[str, str]] = {}
    elsewhere: ClassVar[Mapping[str, str]] = {}
    named: ClassVar[tuple[str, str] | None] = None
    is_open: ClassVar[bool] = False
    is_lenient: ClassVar[bool] = False
    unknown_code: ClassVar[str] = ""
