"""What `/api/v1/cases` takes and answers, as OpenAPI describes it."""

# No postponed annotations: pydantic reads them when the classes are made.

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engine.cases import Act, CaseState
from engine.console.api.shapes import Shape

_AN_INSTANT = "2026-03-02T09:00:00Z"
LONGEST_WORDS = 4_000
Person = Annotated[str, Field(min_length=1, max_length=200)]


class Clock(Shape):
    """One time a case was promised, as it stands."""

    kind: str = Field(description="`first_response` or `resolution`.")
    name: str = Field(description="As the queue calls it.", examples=["first-reply"])
    within: str = Field(examples=["1h"])
    calendar: str | None = Field(description="Whose hours count; null for all time.")
    state: str = Field(description="`running`, `paused` or `stopped`.")
    due_at: str | None = Field(
        description="The first instant that is too late; null while it is paused and not past it.",
        examples=[_AN_INSTANT],
    )
    used_seconds: float = Field(description="Of its time, until now.")
    is_breached: bool


class Case(Shape):
    """What was assigned to somebody, and where it stands."""

    id: str = Field(examples=["case-0a1b2c3d4e5f"])
    mention: str = Field(description="The mention it was opened for.")
    brand: str | None = None
    policy: str
    rule: str
    severity: str
    queue: str | None
    person: str | None = Field(description="Null until somebody takes it.")
    state: CaseState
    opened_at: str = Field(examples=[_AN_INSTANT])
    answered_at: str | None
    resolved_at: str | None
    due_at: str | None = Field(description="The earliest of its clocks that were not stopped.")
    is_overdue: bool
    clocks: list[Clock]


class ListedCase(Case):
    """A case in a list."""

    seq: int


class DoneAct(Shape):
    """What was done to a case, by a person or by the engine."""

    seq: int
    act: str
    by: str
    at: str
    note: str


class CaseInFull(Shape):
    """All that is known of a case."""

    case: Case
    mentions: list[str] = Field(description="Ids of those it is about, oldest first.")
    acts: list[DoneAct]


class AskedAct(BaseModel):
    """What a person does to a case."""

    model_config = ConfigDict(extra="forbid")
    act: Act = Field(description=f"One of {', '.join(Act)}.")
    by: Person = Field(description="Who does it.")
    note: str = Field("", max_length=LONGEST_WORDS, description="Words for others, and why.")
    person: Person | None = Field(None, description="For `give`: whom to.")
    queue: Person | None = Field(None, description="For `give`: which queue to.")
