"""What every section of the settings is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from engine.units import format_duration, parse_duration, parse_speed


def _duration(value: Any) -> Any:
    """Read a duration; a bare number is refused, nobody knows of what."""
    return value if isinstance(value, timedelta) else parse_duration(str(value))


def _speed(value: Any) -> Any:
    return parse_speed(value) if isinstance(value, str) else value


def pairs(value: Any) -> Any:
    """Read ``name=value,…``, which is how the environment writes a mapping."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part]
    if any(not (name and sign and named) for name, sign, named in pairs):
        message = f"{value!r} should read 'name=value,…'"
        raise ValueError(message)
    return {name.strip(): named.strip() for name, _, named in pairs}


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration, json_schema_input_type=str),
    PlainSerializer(format_duration, return_type=str),
]
Speed = Annotated[
    float,
    BeforeValidator(_speed, json_schema_input_type=str | float),
    Field(gt=0),
    PlainSerializer(
        lambda speed: "max" if speed == float("inf") else f"{speed:g}x", return_type=str
    ),
]


class Section(BaseModel):
    """A part of the settings: unknown names are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
