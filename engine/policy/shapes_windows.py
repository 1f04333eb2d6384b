"""The shapes of what is judged over time: windows, sequences, silence, and what inhibits what."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.decision import Severity  # noqa: TC001 - pydantic reads it at run time
from engine.policy.shapes import (
    Amount,
    Anything,
    Condition,
    Duration,
    Having,
    Id,
    Name,
    Names,
    OneOrMore,
    Shape,
    Share,
)

LIMITS = ("at_least", "at_most", "more_than", "less_than")
_AT_LEAST = "The measure is this or more."
_AT_MOST = "The measure is this or less."
_MORE_THAN = "The measure is more than this."
_LESS_THAN = "The measure is less than this."


class Sensitivity(StrEnum):
    """How readily a spike is called one."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Bound(StrEnum):
    """Which end of a share's interval is asked about."""

    LOWER = "lower"
    UPPER = "upper"


class EmergingOf(StrEnum):
    """What may emerge."""

    TERMS = "terms"
    HASHTAGS = "hashtags"
    BIGRAMS = "bigrams"
    PHRASES = "phrases"


class Measure(Shape):
    """Base of the measures of a window: what they must reach."""

    at_least: Amount | SkipJsonSchema[None] = Field(None, description=_AT_LEAST)
    at_most: Amount | SkipJsonSchema[None] = Field(None, description=_AT_MOST)
    more_than: Amount | SkipJsonSchema[None] = Field(None, description=_MORE_THAN)
    less_than: Amount | SkipJsonSchema[None] = Field(None, description=_LESS_THAN)


class CountMeasure(Measure):
    """How many mentions count."""


class DistinctMeasure(Measure):
    """How many different values a field has among the mentions that count."""

    field: Name = Field(description="A field or a task.")


class SumMeasure(Shape):
    """The sum of a number over the mentions that count; where it is absent it adds nothing."""

    field: Name = Field(description="A field that holds a number.")
    at_least: float | SkipJsonSchema[None] = Field(None, description=_AT_LEAST)
    at_most: float | SkipJsonSchema[None] = Field(None, description=_AT_MOST)
    more_than: float | SkipJsonSchema[None] = Field(None, description=_MORE_THAN)
    less_than: float | SkipJsonSchema[None] = Field(None, description=_LESS_THAN)


class PercentileMeasure(SumMeasure):
    """A percentile of a number over the mentions that count."""

    rank: Share = Field(description="Which percentile, such as 95%.")


class ShareMeasure(Shape):
    """The mentions that count as a share of all mentions of the key, or of some."""

    at_least: Share | SkipJsonSchema[None] = Field(None, description=_AT_LEAST)
    at_most: Share | SkipJsonSchema[None] = Field(None, description=_AT_MOST)
    more_than: Share | SkipJsonSchema[None] = Field(None, description=_MORE_THAN)
    less_than: Share | SkipJsonSchema[None] = Field(None, description=_LESS_THAN)
    of: Anything = Field("all", description="`all`, or the condition of those it is a share of.")
    min_total: Amount = Field(0, description="Fewer mentions than this make no share.")
    bound: Bound | SkipJsonSchema[None] = Field(
        None, description="Ask it of this end of the share's interval instead of the share itself."
    )


class SpikeMeasure(Shape):
    """More mentions than the key's own past makes one expect."""

    sensitivity: Sensitivity = Field(Sensitivity.MEDIUM, description="How readily it is one.")
    at_least: Amount = Field(1, description="Fewer mentions than this are never a spike.")


class EmergingMeasure(Shape):
    """Words that are new, or rising against the key's own past."""

    field: EmergingOf = Field(EmergingOf.TERMS, description="What may emerge.")
    at_least: Amount = Field(1, description="Mentions that must hold it.")


MEASURES: Mapping[str, type[Shape]] = {
    "count": CountMeasure,
    "distinct": DistinctMeasure,
    "share": ShareMeasure,
    "sum": SumMeasure,
    "percentile": PercentileMeasure,
    "spike": SpikeMeasure,
    "emerging": EmergingMeasure,
}


class WindowBody(Shape):
    """A stretch of event time that slides, and what must be measured in it."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(MEASURES, "having"),
        "for": "the rule itself, beside 'window'",
        "resolve": "the rule itself, beside 'window'",
        "when": "the rule itself, beside 'window'",
    }
    over: Duration = Field(description="How long the window is.")
    by: Names = Field([], description="One state for each value of these fields or tasks.")
    having: Having = Field(description="What must hold of the mentions that count.")


class ResolveBody(Shape):
    """When a windowed rule that fired is over."""

    below: Share = Field(1.0, description="No measure reaches this share of its own threshold…")
    for_: Duration | SkipJsonSchema[None] = Field(None, alias="for", description="…for this long.")


class SequenceStep(Shape):
    """One step of a sequence."""

    when: Condition = Field(description="The mention that is the step.")


class SequenceBody(Shape):
    """Mentions that follow one another."""

    steps: list[SequenceStep] = Field(
        description="Two or more, met in order by different mentions."
    )
    within: Duration = Field(description="From the first step to the last at most.")
    by: Names = Field([], description="One sequence for each value of these fields or tasks.")


class AbsentBody(Shape):
    """No mention for too long."""

    for_: Duration = Field(alias="for", description="How long nothing may come.")
    by: Names = Field([], description="One clock for each value of these fields or tasks.")


class UnansweredBody(Shape):
    """A mention that waits for an answer for too long."""

    for_: Duration = Field(alias="for", description="How long it may wait.")
    calendar: Id | SkipJsonSchema[None] = Field(
        None, description="Only time inside this `calendar` counts."
    )
    queue: Id | SkipJsonSchema[None] = Field(None, description="Only mentions of this `queue`.")


class InhibitTarget(Shape):
    """Which rules are held back."""

    severity: Annotated[list[Severity], OneOrMore()] = Field([], description="Of these severities.")
    rule: Names = Field([], description="These rules.")


class InhibitBody(Shape):
    """One rule that, while it fires, holds others back."""

    source: Id = Field(description="The rule that holds back.")
    target: InhibitTarget = Field(description="What is held back.")
    equal: Names = Field([], description="Only where these fields have equal values.")


class MuteBody(Shape):
    """Rules that a calendar holds back."""

    during: Id | SkipJsonSchema[None] = Field(None, description="Held back inside this `calendar`.")
    outside: Id | SkipJsonSchema[None] = Field(
        None, description="Held back outside this `calendar`."
    )
    target: InhibitTarget = Field(description="What is held back.")
