"""The shapes of what a rule does: one body an action."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema  # noqa: TC002 - pydantic reads it at run time

from engine.decision import Mode, Severity  # noqa: TC001 - pydantic reads them at run time
from engine.policy.shapes import Id, Name, Names, Shape, SignedShare


class Approval(StrEnum):
    """Whose consent a reply needs."""

    NONE = "none"
    REQUIRED = "required"
    FOUR_EYES = "four_eyes"


class AdsOrder(StrEnum):
    """What to do to advertisements."""

    PAUSE = "pause"
    RESUME = "resume"
    BUDGET = "budget"
    EXCLUDE_TERMS = "exclude_terms"


class PublishingOrder(StrEnum):
    """What to do to planned publications."""

    SUSPEND = "suspend"
    RESUME = "resume"


class PublishingScope(StrEnum):
    """Which planned publications."""

    BRAND = "brand"
    SOURCE = "source"
    ALL = "all"


class Restore(StrEnum):
    """When what an action changed is put back."""

    ON_RESOLVE = "on_resolve"
    NEVER = "never"


class ReplyBody(Shape):
    """Answer the author from a template."""

    template: Name = Field(description="A template of the policy.")
    approval: Approval = Field(Approval.REQUIRED, description="Whose consent it needs.")


class HideBody(Shape):
    """Hide the mention where the platform lets its owner do so."""


class AssignBody(Shape):
    """Give the mention to a queue or to a person."""

    queue: Id | SkipJsonSchema[None] = Field(None, description="A `queue` document.")
    person: Name | SkipJsonSchema[None] = Field(None, description="Somebody, by name.")
    sla: Name | SkipJsonSchema[None] = Field(None, description="One of the queue's times.")


class NotifyBody(Shape):
    """Tell a channel."""

    channel: Id = Field(description="A `channel` document.")
    text: str = Field("", description="What to say; left out: title, severity and the mention.")


class EscalateBody(Shape):
    """Start an escalation chain."""

    chain: Id = Field(description="A `chain` document.")


class IncidentBody(Shape):
    """Open an incident, or add to the one that is open."""

    title: str = Field("", description="Its title, a template; left out: the rule's.")
    severity: Severity | SkipJsonSchema[None] = Field(None, description="Left out: the rule's.")
    playbook: Id | SkipJsonSchema[None] = Field(None, description="A `playbook` document.")


class AdsSelect(Shape):
    """Which advertisements: all that is said must hold."""

    campaign: Names | SkipJsonSchema[None] = Field(None, description="Campaign ids.")
    name: Names | SkipJsonSchema[None] = Field(None, description="Campaign names.")
    tag: Names | SkipJsonSchema[None] = Field(None, description="Tags of campaigns.")
    platform: Names | SkipJsonSchema[None] = Field(None, description="Platforms.")


class AdsBody(Shape):
    """Change advertisements, and change them back."""

    do: AdsOrder = Field(description="What to do.")
    select: AdsSelect = Field(description="Which advertisements.")
    by: SignedShare | SkipJsonSchema[None] = Field(
        None, description="For `budget`: by how much, such as -30%."
    )
    terms: Names | SkipJsonSchema[None] = Field(
        None, description="For `exclude_terms`: which terms."
    )
    restore: Restore | SkipJsonSchema[None] = Field(
        None, description="When it is put back; left out: when the rule resolves, if it ever does."
    )


class PublishingBody(Shape):
    """Suspend what is planned to be published, or let it go on."""

    do: PublishingOrder = Field(description="What to do.")
    scope: PublishingScope = Field(PublishingScope.BRAND, description="Which publications.")
    restore: Restore | SkipJsonSchema[None] = Field(
        None, description="When it is put back; left out: when the rule resolves, if it ever does."
    )


class WebhookBody(Shape):
    """Send the match as JSON to a webhook channel."""

    channel: Id = Field(description="A `channel` document of kind `webhook`.")


class ActionItem(Shape):
    """One action, and its own mode beside it."""

    kinds: ClassVar[tuple[str, ...]] = (
        "reply",
        "hide",
        "tag",
        "assign",
        "notify",
        "escalate",
        "incident",
        "ads",
        "publishing",
        "webhook",
    )
    reply: ReplyBody | SkipJsonSchema[None] = Field(None, description="Answer from a template.")
    hide: HideBody | SkipJsonSchema[None] = Field(None, description="Hide the mention: `hide: {}`.")
    tag: list[Name] | SkipJsonSchema[None] = Field(None, description="Put tags on the mention.")
    assign: AssignBody | SkipJsonSchema[None] = Field(None, description="Give it to somebody.")
    notify: NotifyBody | SkipJsonSchema[None] = Field(None, description="Tell a channel.")
    escalate: EscalateBody | SkipJsonSchema[None] = Field(None, description="Wake people in turn.")
    incident: IncidentBody | SkipJsonSchema[None] = Field(None, description="Open an incident.")
    ads: AdsBody | SkipJsonSchema[None] = Field(None, description="Change advertisements.")
    publishing: PublishingBody | SkipJsonSchema[None] = Field(
        None, description="Suspend or resume publishing."
    )
    webhook: WebhookBody | SkipJsonSchema[None] = Field(None, description="Send JSON to a webhook.")
    mode: Mode | SkipJsonSchema[None] = Field(
        None, description="The action's own mode, only ever stricter than the rule's."
    )
