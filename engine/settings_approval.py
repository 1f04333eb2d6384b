"""Settings of approval: how many people, how soon, and who is who on Slack."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from engine.settings_base import Duration, Section, pairs


class AnswerWithinSettings(Section):
    """How soon people should judge a draft, by the severity of its rule; the queue shows delays."""

    info: Duration = Field(default=timedelta(days=1), description="For rules of severity info.")
    minor: Duration = Field(default=timedelta(hours=4), description="For rules of severity minor.")
    major: Duration = Field(default=timedelta(hours=1), description="For rules of severity major.")
    critical: Duration = Field(
        default=timedelta(minutes=15), description="For rules of severity critical."
    )


class ApprovalSettings(Section):
    """What people have to approve, and how soon."""

    four_eyes_above: float = Field(
        default=0.8,
        ge=0.0,
        le=1.0,
        description="From this risk on (0 to 1, docs/approval.md) two different people have to "
        "approve; replies of rules at `enforce` that need nobody otherwise, too.",
    )
    expires: Duration = Field(
        default=timedelta(days=7),
        description="How long a draft waits for a person before it is given up.",
    )
    answer_within: AnswerWithinSettings = AnswerWithinSettings()
    announce: str | None = Field(
        default=None,
        description="Channel of kind `slack`, with a token, in which every draft is shown with "
        "buttons as it comes to wait; left out, none is.",
    )
    people: Annotated[dict[str, str], BeforeValidator(pairs)] = Field(
        default={},
        description="Slack's id of a user (`U0123ABCD`) to the name the verdicts bear; a click of "
        "anybody else is refused. In the environment `U0123ABCD=zoe,…`.",
    )
    slack_signing_secret: str | None = Field(
        default=None,
        description="Secret. What Slack signs the clicks on its buttons with, beside the "
        "`signing_secret` of channels; with neither, `/hooks/slack` takes none.",
    )

    @model_validator(mode="after")
    def _ends_some_time(self) -> Self:
        if not self.expires:
            message = "'expires' needs to be more than no time: every draft would be given up"
            raise ValueError(message)
        return self
