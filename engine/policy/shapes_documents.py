"""The shapes of the documents that policies share: queues, calendars, channels, chains and more."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it at run time
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.policy.shapes import (
    Anything,
    Duration,
    Hours,
    Id,
    Name,
    Names,
    OneOrMore,
    Raw,
    Shape,
)


class MailSecurity(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SlaBody(Shape):
    """A time within which something has to be done."""

    within: Duration = Field(description="How long it may take.")
    calendar: Id | SkipJsonSchema[None] = Field(
        None, description="Only time inside this `calendar` counts."
    )


class QueueDocument(Shape):
    """Who works on what is assigned to it, and how soon."""

    queue: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    members: list[Name] = Field([], description="Who works on it.")
    sla: dict[str, SlaBody] = Field({}, description="Times by name.")
    notify: Id | SkipJsonSchema[None] = Field(
        None, description="The `channel` told as a time of a case runs out, and has run out."
    )


class HolidaysBody(Shape):
    """Days off."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | SkipJsonSchema[None] = Field(
        None, description="Public holidays of this country: two capital letters."
    )
    dates: list[date] = Field([], description="Further days.")


class CalendarDocument(Shape):
    """Hours that count as working time."""

    calendar: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    time_zone: Name = Field(description="Such as `Europe/Paris`.")
    hours: Hours = Field(description="Spans by day or range of days: `mon-fri: ['09:00-18:00']`.")
    holidays: HolidaysBody | SkipJsonSchema[None] = Field(None, description="Days off.")


class LogChannel(Shape):
    """A channel that only leaves a record."""

    is_lenient: ClassVar[bool] = True
    channel: Id = Field(description="Its id.")
    kind: str = Field(description="`log`.")
    description: str = Field("", description="For people.")


class WebhookChannel(Shape):
    """A channel that is sent signed JSON over HTTP."""

    is_lenient: ClassVar[bool] = True
    channel: Id = Field(description="Its id.")
    kind: str = Field(description="`webhook`.")
    description: str = Field("", description="For people.")
    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(description="Where to.")
    secret: Name | SkipJsonSchema[None] = Field(
        None, description="Signs what is sent; needed to run."
    )


class EmailChannel(Shape):
    """A channel that is written an e-mail."""

    is_lenient: ClassVar[bool] = True
    channel: Id = Field(description="Its id.")
    kind: str = Field(description="`email`.")
    description: str = Field("", description="For people.")
    to: Annotated[list[Name], OneOrMore()] = Field(description="Who is written to.")
    from_: Name | SkipJsonSchema[None] = Field(
        None, alias="from", description="Who writes; needed to run."
    )
    host: Name | SkipJsonSchema[None] = Field(None, description="Mail server; needed to run.")
    port: Annotated[int, Field(ge=1, le=65535)] | SkipJsonSchema[None] = Field(
        None, description="Left out: what `tls` makes usual."
    )
    username: str = Field("", description="For the mail server.")
    password: str = Field("", description="For the mail server.")
    tls: MailSecurity = Field(MailSecurity.STARTTLS, description="How the way is kept private.")
    subject: str = Field("", description="Left out: severity and title.")


class OtherChannel(Shape):
    """A channel of a kind whose settings are its own; secrets are named, never written out."""

    is_open: ClassVar[bool] = True
    channel: Id = Field(description="Its id.")
    kind: str = Field(description="`slack`, `pagerduty`, `teams`, `jira`, `zendesk`, `apprise`.")
    description: str = Field("", description="For people.")


# What a channel must be told before the engine starts; a policy may be checked before that.
NEEDED_TO_RUN: dict[str, tuple[str, ...]] = {"webhook": ("secret",), "email": ("from", "host")}
CHANNELS: dict[str, type[Shape]] = {
    "log": LogChannel,
    "webhook": WebhookChannel,
    "email": EmailChannel,
    "slack": OtherChannel,
    "pagerduty": OtherChannel,
    "teams": OtherChannel,
    "jira": OtherChannel,
    "zendesk": OtherChannel,
    "apprise": OtherChannel,
}


class ShiftBody(Shape):
    """Who is on call, and when."""

    who: Names = Field(description="One person or several.")
    hours: Hours = Field(description="Spans by day or range of days, in the rota's time zone.")


class RotaDocument(Shape):
    """Who is on call."""

    rota: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    time_zone: Name | SkipJsonSchema[None] = Field(
        None, description="Such as `Europe/Paris`; left out: UTC."
    )
    shifts: list[ShiftBody] | SkipJsonSchema[None] = Field(None, description="Who, and when.")
    ical: Name | SkipJsonSchema[None] = Field(
        None, description="An iCalendar file in place of shifts; beside this file."
    )
    channel: Id | SkipJsonSchema[None] = Field(
        None,
        description="The `channel` by which its people are told; left out: it is only recorded.",
    )


class NotifyStep(Shape):
    """Whom a step of a chain tells."""

    channel: Id | SkipJsonSchema[None] = Field(None, description="A `channel` document.")
    rota: Id | SkipJsonSchema[None] = Field(None, description="A `rota`: who is on call then.")


class OnlyIf(Shape):
    """Only where there is more of it."""

    more_than: Annotated[int, Field(ge=0)] = Field(description="More alerts than this…")
    in_: Duration = Field(alias="in", description="…in this long.")


class ChainStep(Shape):
    """One step of an escalation chain."""

    kinds: ClassVar[tuple[str, ...]] = ("notify", "wait", "repeat")
    notify: NotifyStep | SkipJsonSchema[None] = Field(None, description="Tell somebody.")
    wait: Duration | SkipJsonSchema[None] = Field(None, description="Wait for somebody to answer.")
    repeat: Annotated[int, Field(ge=1, le=100)] | SkipJsonSchema[None] = Field(
        None, description="Begin again, so many times."
    )
    only_if: OnlyIf | SkipJsonSchema[None] = Field(None, description="Only where there is more.")
    calendar: Id | SkipJsonSchema[None] = Field(None, description="Only inside this `calendar`.")


class ChainDocument(Shape):
    """Whom to tell, one after another, until somebody acknowledges."""

    chain: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    steps: list[ChainStep] = Field(description="What happens, in order.")


class TaskBody(Shape):
    """One thing that somebody has to do."""

    id: Id = Field(description="Its id.")
    role: Name | SkipJsonSchema[None] = Field(None, description="Who does it.")
    do: str = Field(description="What is done.")
    within: Duration | SkipJsonSchema[None] = Field(None, description="How soon.")
    level: Name | SkipJsonSchema[None] = Field(
        None, description="Given when this level is reached; left out: at once."
    )


class PlaybookDocument(Shape):
    """What is done in a crisis, by whom, and what is said."""

    playbook: Id = Field(description="Its id.")
    description: str = Field("", description="For people.")
    levels: Anything = Field(None, description="Its levels, from the mildest.")
    roles: Anything = Field(None, description="Who does the tasks: people or a rota by role.")
    tasks: list[TaskBody] = Field([], description="What people do.")
    statements: Annotated[Any, Raw("texts"), WithJsonSchema({"type": "object"})] = Field(
        None, description="Holding statements by language, or by channel and language."
    )
    actions: Anything = Field(None, description="What the engine does, as in a rule's `then`.")
    stand_down: Anything = Field(None, description="How it ends.")


LabelBody = Annotated[
    Any,
    Raw("a description and examples by language"),
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


class LabelsDocument(Shape):
    """A task of its own: labels, each with a description and examples by language."""

    labels: dict[str, LabelBody] = Field(description="The labels by name.")
