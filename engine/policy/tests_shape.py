"""The shape of a `tests` document: what is given on a virtual clock, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.policy.shapes import Duration, Example, Name, Shape
from engine.units import parse_instant

MOST_TIMES = 100_000
Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-03-02T09:00:00Z"]}),
]
Times = Annotated[int, Field(ge=0, le=MOST_TIMES)]


class GivenBody(Shape):
    """A mention that arrives, perhaps several times; `{{ i }}` in its texts counts from 0."""

    at: Duration | SkipJsonSchema[None] = Field(
        None, description="When the first arrives, from `clock` on; left out: at once."
    )
    every: Duration | SkipJsonSchema[None] = Field(None, description="The time between two.")
    times: Annotated[int, Field(ge=1, le=MOST_TIMES)] = Field(1, description="How many arrive.")
    mention: Example = Field(description="The mention; its time is `at`.")


class SilenceBody(Shape):
    """An operator holds a rule back for a time."""

    rule: Name = Field(description="The rule, or policy/rule.")
    from_: Duration | SkipJsonSchema[None] = Field(
        None, alias="from", description="From `clock` on, inclusive; left out: at once."
    )
    until: Duration = Field(description="From `clock` on, exclusive.")
    reason: str = Field("", description="Why, for people.")


class ExpectBody(Shape):
    """One expectation: exactly one of firing, action, never, suppressed, rule, incident, told."""

    slips: ClassVar[Mapping[str, str]] = {
        "count": "times",
        "fires": "rule",
        "reason": "by",
        "actions": "action",
    }
    at: Duration | SkipJsonSchema[None] = Field(None, description="When, from `clock` on.")
    firing: list[Name] | SkipJsonSchema[None] = Field(
        None, description="Exactly these rules with windows fire then."
    )
    action: Name | SkipJsonSchema[None] = Field(
        None, description="An action of this kind is planned; drafts count."
    )
    never: Name | SkipJsonSchema[None] = Field(
        None, description="No action of this kind is ever planned."
    )
    suppressed: Name | SkipJsonSchema[None] = Field(
        None, description="An action of this kind is held back; `any` for whatever it is."
    )
    rule: Name | SkipJsonSchema[None] = Field(
        None, description="The rule matches; beside an action: only its actions count."
    )
    incident: Name | SkipJsonSchema[None] = Field(
        None, description="The incident of this rule stands in `state`."
    )
    told: list[Name] | SkipJsonSchema[None] = Field(
        None, description="Exactly these people are told then."
    )
    do: Name | SkipJsonSchema[None] = Field(None, description="What the action does: pause, …")
    times: Times | SkipJsonSchema[None] = Field(
        None, description="How often; left out: at least once."
    )
    by: Name | SkipJsonSchema[None] = Field(
        None, description="The reason it is held back, or the chain by which people are told."
    )
    state: Name | SkipJsonSchema[None] = Field(None, description="Of the incident.")


class TestBody(Shape):
    """One test: it begins with nothing behind it."""

    named: ClassVar[tuple[str, str] | None] = ("test", "name")
    name: Name = Field(description="What is proven, as a sentence.")
    clock: Instant | SkipJsonSchema[None] = Field(
        None, description="When it begins; left out: noon of Monday 5 January 2026."
    )
    given: list[GivenBody] = Field(description="What arrives.")
    silences: list[SilenceBody] = Field([], description="What operators hold back.")
    expect: list[ExpectBody] = Field(description="What must come of it.")


class TestsDocument(Shape):
    """Tests of the rules among the same paths."""

    tests: list[TestBody] = Field(description="The tests.")
