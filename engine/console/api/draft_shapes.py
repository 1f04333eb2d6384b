"""The answers and bodies of `/api/v1/drafts`, as OpenAPI describes them."""

# No postponed annotations: pydantic reads them when the classes are made.

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from engine.console.api.shapes import Bounded, ListedAction, Shape

_AN_INSTANT = "2026-03-02T09:00:00Z"
_LONGEST_NAME = 200
_LONGEST_REASON = 2_000
_LONGEST_TEXT = 10_000


class Draft(ListedAction):
    """An action that waits for people, or waited."""

    brand: str | None = Field(default=None, examples=["acme"])
    risk: float | None = Field(
        default=None, ge=0, le=1, description="How much may go wrong; null where nobody judged it."
    )
    needed: int = Field(description="How many different people have to approve it.")
    approvals: list[str] = Field(description="Who approved its present text.", examples=[["zoe"]])
    edited_by: str | None = Field(
        default=None, description="Who wrote its present text; null where the machine did."
    )
    waiting_since: str | None = Field(default=None, examples=[_AN_INSTANT])
    due: str | None = Field(
        default=None, description="By when people should judge it.", examples=[_AN_INSTANT]
    )
    is_late: bool | None = None
    expires_at: str | None = Field(default=None, description="When it is given up.")


class RiskFactor(Shape):
    """One thing that makes a draft delicate."""

    name: str = Field(examples=["legal_threat"])
    weight: float = Field(gt=0, le=1)
    text: str = Field(examples=["the mention reads as a legal threat (0.91)"])


class GivenVerdict(Shape):
    """What one person said of a draft."""

    judgement: str = Field(examples=["approved", "rejected", "edited"])
    by: str = Field(examples=["zoe"])
    at: str = Field(examples=[_AN_INSTANT])
    reason: str = ""
    text: str | None = Field(default=None, description="What it says from then on, if rewritten.")


class Beside(Shape):
    """Another reply to the same mention that waits; approving one cancels the others."""

    id: str
    rule: str
    text: str | None = None


class DraftInFull(Draft):
    """All that a person needs to judge a draft."""

    risk_factors: list[RiskFactor]
    verdicts: list[GivenVerdict] = Field(description="Oldest first.")
    decision: Bounded = Field(description="The decision behind it, with its trace.")
    beside: list[Beside]


class Judged(Shape):
    """What a verdict came to."""

    id: str
    state: str = Field(examples=["approved", "awaiting_approval", "cancelled"])
    needed: int
    approvals: list[str]
    changed: bool = Field(description="False where the same was said before.")
    said: str = Field(examples=["approved"])
    cancelled: list[str] = Field(description="Ids of the drafts that an approval ruled out.")


class Precision(Shape):
    """How people judged one rule's drafts."""

    policy: str = Field(examples=["acme-care"])
    rule: str = Field(examples=["angry-refund"])
    kind: str = Field(examples=["reply"])
    approved: int = Field(description="As the machine wrote them.")
    edited: int = Field(description="Rewritten, then approved.")
    rejected: int
    given_up: int = Field(description="Expired, or another draft for the mention was taken.")
    waiting: int
    judged: int = Field(description="approved + edited + rejected.")
    precision: float | None = Field(
        description="(approved + edited) / judged; null where none was judged."
    )


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    by: str = Field(
        min_length=1, max_length=_LONGEST_NAME, description="Who says it.", examples=["zoe"]
    )


class _Seen(_Said):
    as_of: AwareDatetime | None = Field(
        default=None,
        description="When the draft was shown to `by`: refused where it was rewritten since.",
        examples=[_AN_INSTANT],
    )


class Approval(_Seen):
    """An approval."""

    reason: str = Field(default="", max_length=_LONGEST_REASON)
    text: str | None = Field(
        default=None, max_length=_LONGEST_TEXT, description="Say this instead; left out, as it is."
    )


class Edit(_Seen):
    """A new text."""

    text: str = Field(max_length=_LONGEST_TEXT)


class Rejection(_Said):
    """A rejection."""

    reason: str = Field(
        min_length=1, max_length=_LONGEST_REASON, description="The rule's author learns from it."
    )
