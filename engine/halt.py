"""The halt switch: what it covers, and who threw it. Pure descriptions; the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from engine.ports import OutboxItem

SCOPES = ("all", "brand", "source", "rule", "action")
# All that rules and playbooks do.
KINDS = frozenset(
    [
        "ads",
        "assign",
        "escalate",
        "halt",
        "hide",
        "incident",
        "note",
        "notify",
        "publishing",
        "reply",
        "rules",
        "tag",
        "webhook",
    ]
)


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is halted.

    Attributes:
        kind: One of `SCOPES`.
        value: Which brand, source, rule (``id`` or ``policy/id``) or kind of action; empty for all.
    """

    kind: str
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read ``all``, ``brand:x``, ``source:x``, ``rule:x`` or ``action:x``.

        Raises:
            ValueError: It is none of these; the message says what would be right.
        """
        kind, colon, value = text.strip().partition(":")
        is_whole = kind == "all" and not colon
        if is_whole or (kind in SCOPES[1:] and value.strip()):
            return cls(kind, value.strip())
        message = (
            f"{text!r} is no scope: write all, brand:NAME, source:NAME, rule:ID or action:KIND"
        )
        raise ValueError(message)

    def __str__(self) -> str:
        """Return it as `parse` reads it."""
        return f"{self.kind}:{self.value}" if self.value else self.kind

    def covers(self, item: OutboxItem) -> bool:
        """Say whether an action falls under it, in whatever case it was typed: it is urgent."""
        named = {
            "all": ("",),
            "brand": (item.mention.brand or "",),
            "source": (item.mention.source,),
            "rule": (item.rule, f"{item.policy}/{item.rule}"),
            "action": (item.action.kind,),
        }[self.kind]
        return self.value.casefold() in (one.casefold() for one in named)


@dataclass(frozen=True, slots=True)
class Halt:
    """One halt, from when somebody threw it until somebody lifts it.

    Attributes:
        at: Aware UTC, of the clock of whoever threw it.
        lifted_at: None while it holds.
    """

    id: str
    scope: Scope
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
