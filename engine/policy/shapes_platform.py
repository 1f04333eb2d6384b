"""The shape of a `platform` document: the limits of one platform, as data with a date."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it at run time
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.policy.platform import (  # noqa: TC001 - pydantic reads them at run time
    Deed,
    Need,
    Per,
    Reach,
)
from engine.policy.shapes import Amount, Duration, Id, Name, Names, OneOrMore, Shape, Texts
from engine.policy.text_length import Unit

_Positive = Annotated[int, Field(ge=1)]


class MentionKind(StrEnum):
    """Kinds of mentions, as `engine.mention.KINDS`."""

    MENTION = "mention"
    COMMENT = "comment"
    REVIEW = "review"
    MESSAGE = "message"


class AnswersBody(Shape):
    """Who may be answered."""

    automatic: Reach | SkipJsonSchema[None] = Field(
        None,
        description="Without a person. `addressed`: who named our account or wrote us a message; "
        "`engaged`: these, and who answered, commented on or reviewed us.",
    )
    by_person: Reach | SkipJsonSchema[None] = Field(
        None, description="When a person approved the reply."
    )


class AnswerWindowBody(Shape):
    """How long after a mention it may be answered."""

    kinds: Annotated[list[MentionKind], OneOrMore()] | SkipJsonSchema[None] = Field(
        None, description="Kinds of mentions; left out: all."
    )
    automatic: Duration | SkipJsonSchema[None] = Field(
        None, description="Without a person, less than this after the mention."
    )
    by_person: Duration | SkipJsonSchema[None] = Field(
        None, description="When a person approved the reply, less than this after the mention."
    )


class CapBody(Shape):
    """How much may be sent."""

    most: _Positive = Field(description="So much in all.")
    per: Per = Field(description="What is counted by: our account, the author, the thread.")
    in_: Duration | SkipJsonSchema[None] = Field(
        None, alias="in", description="In any stretch so long; left out: ever."
    )
    day_of: Name | SkipJsonSchema[None] = Field(
        None, description="In place of `in`: in each calendar day of this time zone."
    )
    each: _Positive = Field(1, description="What one action counts, such as points.")
    of: Annotated[list[Deed], OneOrMore()] | SkipJsonSchema[None] = Field(
        None, description="Which actions; left out: replies."
    )


class LengthBody(Shape):
    """How long a reply may be."""

    most: _Positive = Field(description="So many units.")
    unit: Unit = Field(
        Unit.CHARACTERS, description="`weighted` counts as X does: emoji and Chinese signs twice."
    )
    link: _Positive | SkipJsonSchema[None] = Field(
        None, description="What every link counts; left out: as it is written."
    )
    short_handles: bool = Field(
        default=False, description="Whether `@name@domain` counts as `@name`."
    )


class LinksBody(Shape):
    """Links in replies."""

    most: Amount = Field(description="So many in one reply.")


class InstanceBody(Shape):
    """What is otherwise on one server of the platform; what is left out is as on the others."""

    source: Names | SkipJsonSchema[None] = Field(None, description="Pages that say so.")
    answers: AnswersBody | SkipJsonSchema[None] = Field(None, description="Who may be answered.")
    needs: Annotated[list[Need], OneOrMore()] | SkipJsonSchema[None] = Field(
        None, description="What the account asserts before it answers without a person."
    )
    windows: list[AnswerWindowBody] | SkipJsonSchema[None] = Field(None, description="Until when.")
    caps: list[CapBody] | SkipJsonSchema[None] = Field(None, description="How much.")
    length: list[LengthBody] | SkipJsonSchema[None] = Field(None, description="How long.")
    links: LinksBody | SkipJsonSchema[None] = Field(None, description="Links in replies.")
    disclosure: Texts | SkipJsonSchema[None] = Field(
        None, description="What a reply says at its end that no person reviewed, by language."
    )


class PlatformDocument(Shape):
    """The limits of one platform; over a pack that ships, it changes the fields that it names."""

    unknown_code: ClassVar[str] = "R440"
    platform: Id = Field(description="Its id: the platform's name.")
    last_reviewed: date = Field(description="The day its limits were last looked up.")
    description: str = Field("", description="For people.")
    source: Names | SkipJsonSchema[None] = Field(None, description="Pages that say so.")
    known_as: Names | SkipJsonSchema[None] = Field(
        None, description="Further names under which its mentions come."
    )
    answers: AnswersBody | SkipJsonSchema[None] = Field(
        None, description="Who may be answered; left out: anyone."
    )
    needs: Annotated[list[Need], OneOrMore()] | SkipJsonSchema[None] = Field(
        None,
        description="What the account asserts before it answers without a person: the platform's "
        "`label` of automated accounts, its `permission`.",
    )
    windows: list[AnswerWindowBody] | SkipJsonSchema[None] = Field(
        None, description="Until when a mention may be answered."
    )
    caps: list[CapBody] | SkipJsonSchema[None] = Field(None, description="How much may be sent.")
    length: list[LengthBody] | SkipJsonSchema[None] = Field(
        None, description="How long a reply may be: all of these hold."
    )
    links: LinksBody | SkipJsonSchema[None] = Field(None, description="Links in replies.")
    disclosure: Texts | SkipJsonSchema[None] = Field(
        None, description="What a reply says at its end that no person reviewed, by language."
    )
    retention: Duration | SkipJsonSchema[None] = Field(
        None, description="How long texts from there are kept; left out: as the settings say."
    )
    training: bool = Field(
        default=True, description="Whether its texts may be used to train models."
    )
    instances: dict[str, InstanceBody] | SkipJsonSchema[None] = Field(
        None,
        description="What is otherwise on a server, by its host: any of `source answers needs "
        "windows caps length links disclosure`.",
    )
