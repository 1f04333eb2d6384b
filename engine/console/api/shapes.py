"""The answers of `/api/v1`, as OpenAPI describes them."""

# No postponed annotations: pydantic reads them when the classes are made.

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_Row = TypeVar("_Row")

_MOST_LEVELS = 50
_AN_INSTANT = "2026-03-02T09:00:00Z"
_A_REPLY = {
    "text": "Hello Zoé, send us your order number in a private message.",
    "language": "en",
    "template": "delivery-status",
    "approval": "required",
    "channel": "mastodon",
}


def bounded(value: Any, levels: int = _MOST_LEVELS) -> Any:
    """Return a JSON value with what is nested too deeply cut to null.

    An input may nest its media as deeply as its JSON could be read, which is deeper than JSON can
    be written: one such mention must not spoil the page it stands on.
    """
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        return None
    if isinstance(value, list):
        return [bounded(one, levels - 1) for one in value]
    return {key: bounded(one, levels - 1) for key, one in value.items()}


Bounded = Annotated[Any, BeforeValidator(bounded)]


class Shape(BaseModel):
    """An answer; a field the store gives and this page does not describe is left out."""

    model_config = ConfigDict(extra="ignore")


class Page(Shape, Generic[_Row]):
    """Rows and where the next ones begin."""

    items: list[_Row]
    next_cursor: str | None = Field(
        description="Give it as `cursor` to go on; null when there is no more, and beside `after`.",
        examples=["412"],
    )


class Author(Shape):
    """The account that wrote a mention; what the platform did not give is null."""

    id: str | None = None
    handle: str | None = Field(default=None, examples=["@zoe"])
    name: str | None = Field(default=None, examples=["Zoé"])
    followers: int | None = None
    verified: bool | None = None
    created_at: str | None = None
    language: str | None = Field(default=None, description="What it declares.", examples=["fr"])


class Metrics(Shape):
    """Engagement counted by the platform; null is not zero."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    reach: int | None = None


class Classification(Shape):
    """One task's answer."""

    label: str = Field(description="`unknown` below the task's floor.", examples=["negative"])
    score: float = Field(ge=0, le=1, examples=[0.93])
    scores: dict[str, float] = Field(default_factory=dict)
    classifier: str = Field(default="", examples=["linear"])
    version: str = ""


class Place(Shape):
    """Where the mention was written, as the platform says it."""

    name: str | None = None
    country: str | None = None


class Mention(Shape):
    """One public post about a brand."""

    seq: int = Field(description="Its place in the log; grows with arrival.")
    id: str = Field(examples=["mastodon:1122"])
    source: str = Field(examples=["mastodon"])
    external_id: str = Field(examples=["1122"])
    kind: str = Field(default="mention", examples=["mention", "comment", "review", "message"])
    text: str = Field(examples=["The new kettle is wonderful"])
    language: str | None = Field(default=None, examples=["en"])
    published_at: str = Field(description="Event time.", examples=[_AN_INSTANT])
    observed_at: str | None = Field(default=None, description="Arrival.", examples=[_AN_INSTANT])
    url: str | None = None
    links: list[str] = Field(default_factory=list)
    hashtags: list[str] = Field(default_factory=list)
    brand: str | None = Field(default=None, examples=["acme"])
    in_reply_to: str | None = None
    media: list[Bounded] = Field(default_factory=list)
    place: Place | None = None
    author: Author = Field(default_factory=Author)
    metrics: Metrics = Field(default_factory=Metrics)
    classifications: dict[str, Classification] = Field(default_factory=dict)


class Attempt(Shape):
    """One try to carry an action out."""

    number: int
    started_at: str
    ended_at: str | None = None
    result: str | None = None
    detail: str = ""


class PlannedAction(Shape):
    """What every account of an action holds."""

    id: str
    kind: str = Field(examples=["reply"])
    mode: str = Field(examples=["draft"])
    state: str = Field(examples=["awaiting_approval"])
    reason: str | None = None
    detail: str = ""
    params: dict[str, Bounded] = Field(
        default_factory=dict,
        description="What it would send. `reply`: `text`, its `language`, the `template` it was "
        "made of, `approval`, and `channel`, the mention's source. `notify`: `channel`, `text`. "
        "`webhook`: `channel`, `body`. `tag`: `tags`.",
        examples=[_A_REPLY],
    )
    not_before: str | None = None
    created_at: str
    updated_at: str


class Action(PlannedAction):
    """One thing a rule wants done about a mention."""

    attempts: list[Attempt] = Field(default_factory=list)


class About(Shape):
    """What the mention of an action says, so that a person can judge the action."""

    text: str = Field(examples=["Where is my parcel?"])
    language: str | None = Field(default=None, examples=["en"])
    source: str = Field(examples=["mastodon"])
    published_at: str = Field(description="Event time.", examples=[_AN_INSTANT])
    url: str | None = None
    author: Author = Field(default_factory=Author)


class ListedAction(PlannedAction):
    """One thing a rule wants done, with what it is about."""

    seq: int
    attempts: int = Field(description="How often it was tried.")
    policy: str = Field(examples=["acme-care"])
    rule: str = Field(examples=["delivery-question"])
    severity: str = Field(examples=["minor"])
    mention: str = Field(examples=["mastodon:1122"])
    about: About


class Decision(Shape):
    """One rule that matched one mention."""

    seq: int
    id: str
    mention: str = Field(examples=["mastodon:1122"])
    brand: str | None = None
    policy: str = Field(examples=["acme-care"])
    policy_revision: str
    rule: str = Field(examples=["angry-refund"])
    rule_revision: str
    severity: str = Field(examples=["minor"])
    mode: str = Field(examples=["draft"])
    at: str = Field(description="Event time of the decision.", examples=[_AN_INSTANT])
    trace: Bounded = Field(default=None, description="Every condition and what it found.")


class DecisionWithActions(Decision):
    """A decision and what became of its actions."""

    actions: list[Action] = Field(default_factory=list)


class HeldBack(Shape):
    """An action that was not planned, or a match an exception undid."""

    policy: str
    rule: str
    action: str = Field(description="Empty where the whole match was held back.")
    reason: str = Field(examples=["cooldown"])
    detail: str = ""
    at: str


class MentionInFull(Shape):
    """All that is known of one mention."""

    mention: Mention
    is_decided: bool
    decisions: list[DecisionWithActions]
    held_back: list[HeldBack]


class Outcome(Shape):
    """One row of the outcome log: a link of its hash chain."""

    seq: int
    at: str = Field(description="When it was written.", examples=[_AN_INSTANT])
    kind: str
    action_id: str
    action: str = Field(description="The action's kind.", examples=["reply"])
    mention: str = Field(examples=["mastodon:1122"])
    policy: str = Field(examples=["acme-care"])
    rule: str = Field(examples=["angry-refund"])
    state: str = Field(examples=["sent"])
    reason: str | None = None
    detail: str = ""
    payload: Bounded = None
    erased: bool = Field(
        default=False, description="Whether mention, detail and payload were erased."
    )
    previous: str = Field(description="Hash of the row before.")
    hash: str


class LogReport(Shape):
    """Whether the outcome log is as it was written."""

    rows: int = Field(description="Rows that fit, from the first on.")
    head: str = Field(description="Hash of the last row that fits.", examples=["5f1c…"])
    is_intact: bool
    bad_row: int | None = Field(
        description="Number of the first row that is changed, missing or too many."
    )
    problem: str = Field(description="What is wrong with it; empty where all fit.")


class DeadLetter(Shape):
    """An input that is no mention, kept so that nothing is lost."""

    seq: int
    source: str
    place: str = Field(examples=["mentions.jsonl:14"])
    reason: str = Field(examples=["text is missing or empty: a mention needs text"])
    raw: Any = Field(description="The input, cut at 64 KiB.")
    at: str


class Since(Shape):
    """What the runner did since the engine started."""

    read: int
    stored: int
    duplicates: int
    dead_letters: int
    classified: int
    decided: int
    decisions: int
    faults: int


class RuleCount(Shape):
    """How many mentions a rule matched while in a mode."""

    policy: str = Field(examples=["acme-care"])
    rule: str = Field(examples=["angry-refund"])
    mode: str = Field(examples=["draft"])
    count: int


class Status(Shape):
    """How the engine is."""

    status: str = Field(examples=["ready", "waiting"])
    version: str
    waiting: dict[str, str]
    finished_sources: dict[str, str] = Field(description="Sources that ended, with why.")
    since_start: Since
    stored: dict[str, Any] = Field(description="Counts of what the database holds.")
    sentiment: dict[str, int]
    rules: list[RuleCount]
