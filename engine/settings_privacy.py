"""Settings of privacy: what is taken out of texts, and how long texts are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from engine.settings_base import Duration, Section, pairs

Kind = Literal["email", "phone", "card", "iban", "national_id"]
_ALL: tuple[Kind, ...] = ("email", "phone", "card", "iban", "national_id")
_LONGEST_FOLLOW = timedelta(days=1)


class RetentionSettings(Section):
    """How long what people wrote is kept; figures stay."""

    default: Duration = Field(
        default=timedelta(days=400),
        description="Age, by `published_at`, at which a mention's text and author are erased.",
    )
    sources: Annotated[dict[str, Duration], BeforeValidator(pairs)] = Field(
        default={},
        description="Ages of some sources' mentions, by `source`: the shortest that fits counts. "
        "In the environment `youtube=30d,…`.",
    )
    rules: Annotated[dict[str, Duration], BeforeValidator(pairs)] = Field(
        default={},
        description="Ages of mentions that a rule matched, by `policy/rule`: the shortest that "
        "fits counts.",
    )

    @model_validator(mode="after")
    def _keeps_something(self) -> RetentionSettings:
        ages = {"default": self.default, **self.sources, **self.rules}
        for name, age in ages.items():
            if age < timedelta(days=1):
                message = f"{name}: a text has to be kept for a day at least, to be answered"
                raise ValueError(message)
        return self


class PrivacySettings(Section):
    """Personal data."""

    redact: tuple[Kind, ...] = Field(
        default=_ALL,
        description="What is taken out of texts before they are stored or classified: `email`, "
        "`phone`, `card`, `iban`, `national_id`; `[]` takes nothing out.",
    )
    retention: RetentionSettings = RetentionSettings()
    every: Duration = Field(
        default=timedelta(hours=1),
        description="How often a running engine erases what is due: what is too old, and what was "
        "deleted where it was written. At most a day.",
    )

    @model_validator(mode="after")
    def _follows_within_a_day(self) -> PrivacySettings:
        if not timedelta(minutes=1) <= self.every <= _LONGEST_FOLLOW:
            message = "'every' needs to be from a minute to a day: deletions are followed in a day"
            raise ValueError(message)
        return self
