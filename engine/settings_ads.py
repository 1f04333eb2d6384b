"""The settings of what the engine may do with advertising money: `ads`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from engine.budget_guard import BudgetLimits
from engine.settings_base import Section


def _share(value: Any) -> Any:
    """Read ``50%``; a bare number is refused, nobody knows of what."""
    if isinstance(value, Decimal):
        return value
    text = str(value).strip()
    digits = text.removesuffix("%").strip()
    if not text.endswith("%") or not digits.replace(".", "", 1).isdigit():
        message = f"{text!r} should read like 50%"
        raise ValueError(message)
    return Decimal(digits) / 100


def shown_share(share: Decimal) -> str:
    """Return a share as the settings write it."""
    return f"{(share * 100).normalize():f}%"


Share = Annotated[
    Decimal,
    BeforeValidator(_share, json_schema_input_type=str),
    PlainSerializer(shown_share, return_type=str),
]


class AdsSettings(Section):
    """The budget guard. A pause is always allowed, and so is putting back what was found."""

    largest_step: Share = Field(
        default=Decimal("0.5"),
        gt=0,
        description="Largest change of a budget at once, of what it is: `50%`.",
    )
    largest_day: Share = Field(
        default=Decimal("0.5"),
        gt=0,
        description="Largest change of a budget within 24 hours, of what it was before the first.",
    )
    most_objects: int = Field(
        default=20,
        ge=1,
        description="Most campaigns and ad sets whose budget one action may change, or that it may "
        "resume.",
    )
    most_changes: int = Field(
        default=100,
        ge=1,
        description="Changes on an account within 24 hours after which only pausing and putting "
        "back go on.",
    )
    budget_floor: int = Field(
        default=100,
        ge=1,
        description="Least daily budget it may set, in the smallest unit of the account's currency "
        "(cents).",
    )
    resume_any: bool = Field(
        default=False,
        description="Whether `ads: {do: resume}` may resume what people paused; else only what "
        "the engine paused.",
    )

    def limits(self) -> BudgetLimits:
        """Return them as the guard takes them."""
        return BudgetLimits(
            step=self.largest_step,
            day=self.largest_day,
            objects=self.most_objects,
            changes=self.most_changes,
            floor=self.budget_floor,
            resumes_any=self.resume_any,
        )
