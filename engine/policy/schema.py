"""The shape of a policy, declared once: fields, defaults, and what is written instead of them.

Parts that have a grammar of their own (conditions, measures, examples) are `Raw` here and read
elsewhere. The bodies of actions, windows and the other documents stand in modules beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads it at run time
from datetime import date  # noqa: TC003 - likewise
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.decision import Mode, Severity
from engine.policy.shapes import (
    Anything,
    Condition,
    Duration,
    Example,
    Id,
    Name,
    Shape,
    Texts,
    Words,
)
from engine.policy.shapes_actions import ActionItem
from engine.policy.shapes_windows import (
    MEASURES,
    AbsentBody,
    InhibitBody,
    MuteBody,
    ResolveBody,
    SequenceBody,
    UnansweredBody,
    WindowBody,
)

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
# What makes a rule another kind than one of single mentions.
OVER_TIME = ("window", "sequence", "absent", "unanswered")
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


class Defaults(Shape):
    """What rules say when they say nothing."""

    mode: Mode = Field(Mode.DRAFT, description="How far rules may go.")
    severity: Severity = Field(Severity.MINOR, description="How much a match matters.")


class Cooldown(Shape):
    """The least time between two actions of the rule for one key."""

    per: Name = Field(description="`author`, `thread`, `brand`, `rule` or a field.")
    for_: Duration = Field(alias="for", description="How long.")


class ExceptionBody(Shape):
    """Where the rule does not apply although its condition holds."""

    named: ClassVar[tuple[str, str] | None] = ("exception", "name")
    slips: ClassVar[Mapping[str, str]] = _SLIPS
    name: Name = Field(description="Its name.")
    when: Condition = Field(description="Where the rule does not apply.")
    owner: str = Field("", description="Who answers for it.")
    expires: date | SkipJsonSchema[None] = Field(
        None, description="No longer valid from 00:00 UTC of that day."
    )


class AllowanceBody(Shape):
    """A warning about the rule that is meant, and why."""

    lint: Annotated[str, Field(pattern=r"^[A-Z][0-9]{3}$")] = Field(
        description="The code of the warning."
    )
    reason: Name = Field(description="Why it is meant.")


class Examples(Shape):
    """Mentions on which the rule must fire, and on which it must not."""

    fires: list[Example] = Field([], description="Mentions on which it must fire.")
    quiet: list[Example] = Field([], description="Mentions on which it must not.")


class RuleBody(Shape):
    """One rule of a policy."""

    named: ClassVar[tuple[str, str] | None] = ("rule", "id")
    slips: ClassVar[Mapping[str, str]] = _SLIPS
    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(ActionItem.kinds, "'then'"),
        **dict.fromkeys(MEASURES, "'having' of 'window'"),
        "having": "'window'",
        "over": "'window'",
        "by": "'window'",
        "steps": "'sequence'",
        "within": "'sequence'",
        "inhibit": "the policy itself, beside 'rules'",
        "mute": "the policy itself, beside 'rules'",
        "extends": "the policy itself, beside 'rules'",
        "abstract": "the policy itself, beside 'rules'",
        "override": "the policy itself, beside 'rules'",
    }
    id: Id = Field(description="Its id.")
    title: str = Field("", description="What people read; left out: the id.")
    description: str = Field("", description="For people.")
    owner: str = Field("", description="Who answers for it; left out: the policy's.")
    severity: Severity | SkipJsonSchema[None] = Field(None, description="How much it matters.")
    mode: Mode | SkipJsonSchema[None] = Field(None, description="How far it may go.")
    when: Condition | SkipJsonSchema[None] = Field(
        None, description="Which mentions; beside `window`: which mentions count."
    )
    window: WindowBody | SkipJsonSchema[None] = Field(
        None, description="Judge mentions together over a stretch of time."
    )
    for_: Duration | SkipJsonSchema[None] = Field(
        None, alias="for", description="Beside `window`: it must hold this long."
    )
    resolve: ResolveBody | SkipJsonSchema[None] = Field(
        None, description="Beside `window`: when it is over; left out: as soon as it does not hold."
    )
    sequence: SequenceBody | SkipJsonSchema[None] = Field(
        None, description="Mentions that follow one another."
    )
    absent: AbsentBody | SkipJsonSchema[None] = Field(None, description="No mention for too long.")
    unanswered: UnansweredBody | SkipJsonSchema[None] = Field(
        None, description="A mention that waits for an answer."
    )
    except_: list[ExceptionBody] = Field([], alias="except", description="Where it does not apply.")
    then: list[ActionItem] = Field([], description="What it does.")
    cooldown: Cooldown | SkipJsonSchema[None] = Field(
        None, description="The least time between two actions for one key."
    )
    expires: date | SkipJsonSchema[None] = Field(
        None, description="Off from 00:00 UTC of that day."
    )
    allow: list[AllowanceBody] = Field([], description="Warnings about it that are meant.")
    examples: Examples | SkipJsonSchema[None] = Field(None, description="Proof of what it does.")


class PolicyDocument(Shape):
    """A policy: rules, and the lists, macros and templates that belong to them."""

    policy: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    owner: str = Field("", description="Who answers for it.")
    brands: list[Name] = Field([], description="Whose mentions it looks at; left out: all.")
    extends: Id | SkipJsonSchema[None] = Field(
        None, description="A policy whose parts this one has too."
    )
    abstract: bool = Field(
        default=False, description="Only there to be extended; its rules do not run."
    )
    override: Anything = Field(None, description="Beside `extends`: what is changed of it.")
    defaults: Defaults | SkipJsonSchema[None] = Field(None, description="For its rules.")
    lists: dict[str, Words] = Field({}, description="Words by name, or `{file: words.txt}`.")
    macros: dict[str, Condition] = Field({}, description="Conditions by name.")
    templates: dict[str, Texts] = Field({}, description="Texts by name and language.")
    rules: list[RuleBody] = Field([], description="Its rules.")
    inhibit: list[InhibitBody] = Field([], description="Which rule holds others back.")
    mute: list[MuteBody] = Field([], description="Which calendar holds rules back.")
