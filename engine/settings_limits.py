"""What holds answers back at the moment of sending, whatever a policy says."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.settings_base import Duration, Section

if TYPE_CHECKING:
    from typing import Self

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _clock(value: Any) -> Any:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        message = f"{value!r} is no time of day; write it like 22:00, with quotes"
        raise ValueError(message)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{value!r} is no time zone; write it like Europe/Paris"
        raise ValueError(message) from error
    return value


def _some_time(value: timedelta) -> timedelta:
    if not value:
        message = "a limit needs some time to count in, such as 1h"
        raise ValueError(message)
    return value


Span = Annotated[Duration, AfterValidator(_some_time)]
TimeOfDay = Annotated[str, BeforeValidator(_clock)]
TimeZone = Annotated[str, AfterValidator(_zone)]


class AccountCap(Section):
    """Of one account of ours."""

    most: int = Field(
        default=60,
        ge=1,
        description="Replies and hidings through one account, at most; more of them wait.",
    )
    within: Span = Field(default=timedelta(hours=1), description="In which time.")


class AuthorCap(Section):
    """Of one author."""

    most: int = Field(default=1, ge=1, description="Replies to one author, at most.")
    within: Span = Field(default=timedelta(hours=24), description="In which time.")


class ThreadCap(Section):
    """Of one thread."""

    most: int = Field(
        default=10,
        ge=1,
        description="Replies in one thread, at most: all that answers the same post is one.",
    )
    within: Span = Field(default=timedelta(hours=24), description="In which time.")


class RuleCap(Section):
    """Of one rule."""

    most: int = Field(
        default=60, ge=1, description="Replies and hidings of one rule, at most; more of them wait."
    )
    within: Span = Field(default=timedelta(hours=1), description="In which time.")


class CapSettings(Section):
    """How much is sent at most."""

    account: AccountCap = AccountCap()
    author: AuthorCap = AuthorCap()
    thread: ThreadCap = ThreadCap()
    rule: RuleCap = RuleCap()


class QuietHoursSettings(Section):
    """When nobody is replied to."""

    starts: TimeOfDay | None = Field(
        default=None,
        alias="from",
        description='Replies wait from this time of day on, such as `"22:00"`, where the author '
        "lives; left out with `until`: no quiet hours.",
    )
    until: TimeOfDay | None = Field(
        default=None, description='Replies go again from this time of day on, such as `"08:00"`.'
    )
    time_zone: TimeZone = Field(
        default="UTC",
        description="Where authors live of whom nobody knows, or whose country has several times.",
    )

    @model_validator(mode="after")
    def _has_both_ends(self) -> Self:
        if (self.starts is None) is not (self.until is None):
            message = "quiet hours need both 'from' and 'until'"
            raise ValueError(message)
        if self.starts is not None and self.starts == self.until:
            message = "quiet hours that end when they begin hold nothing back, or everything"
            raise ValueError(message)
        return self

    @property
    def hours(self) -> tuple[time, time] | None:
        """Their first local time and the first after them; None for no quiet hours."""
        if self.starts is None or self.until is None:
            return None
        return time.fromisoformat(self.starts), time.fromisoformat(self.until)


class BotLoopSettings(Section):
    """When two machines are taken to answer one another."""

    rounds: int = Field(
        default=3,
        ge=1,
        description="After so many of our replies that the author answered each, no more follow.",
    )
    within: Span = Field(default=timedelta(minutes=30), description="In which time.")


class DuplicateSettings(Section):
    """When a reply says again what was said."""

    likeness: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of its pairs of words that two replies have in common at least to be "
        "taken for the same.",
    )
    within: Span = Field(
        default=timedelta(days=7),
        description="How long the same reply is not sent to an author or thread again.",
    )
    authors: int = Field(
        default=20,
        ge=1,
        description="Authors who get the same reply through one account, at most: platforms take "
        "more for spam.",
    )
    authors_within: Span = Field(default=timedelta(hours=1), description="In which time.")


class LimitSettings(Section):
    """What holds answers back at the moment of sending, whatever a policy says."""

    caps: CapSettings = CapSettings()
    quiet_hours: QuietHoursSettings = QuietHoursSettings()
    bot_loop: BotLoopSettings = BotLoopSettings()
    duplicates: DuplicateSettings = DuplicateSettings()
