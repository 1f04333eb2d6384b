"""What was sent before, and what is known of those it went to: the facts that gates judge by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from engine.mention import Mention
    from engine.ports import OutboxItem


@dataclass(frozen=True, slots=True)
class Send:
    """One send that happened, may have happened, or is under way.

    Attributes:
        account: The account or channel it went through: ``account:NAME`` or ``channel:NAME``.
        source: Of the mention.
        author: `author_key` of the mention; None where it names no author.
        thread: `thread_key` of the mention.
        mention: Its id.
        at: Aware UTC: when it was begun.
        fingerprint: Of its text, for likeness; empty where it has none. Holds no text.
        remote_id: What the platform calls it; None until it answers.
    """

    action_id: str
    kind: str
    account: str
    source: str
    brand: str | None
    author: str | None
    thread: str
    mention: str
    policy: str
    rule: str
    at: datetime
    fingerprint: tuple[int, ...] = ()
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """An author who asked not to be written to.

    Attributes:
        author: `author_key`; None where only the handle is known.
        handle: Folded, without ``@``: the same name on another source counts as the same person.
        mention: The id of the mention that said so; empty where a person recorded it.
    """

    source: str
    author: str | None
    handle: str | None
    at: datetime
    mention: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """What became of a mention where it was written.

    Attributes:
        change: ``edited`` or ``deleted``; the latter wins.
    """

    source: str
    external_id: str
    change: str
    at: datetime


class SendLedger(Protocol):
    """Remembers sends durably, so that caps, cooldowns and loops are judged by all of them."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Let one action at a time be judged and reserved, over all processes of the database."""
        ...

    async def reserve(self, send: Send) -> None:
        """Store a send about to be made; one given back when it is known not to have happened."""
        ...

    async def holds(self, action_id: str) -> bool:
        """Say whether an action is reserved: whether it may have been sent."""
        ...

    async def since(  # noqa: PLR0913 - one filter a field
        self,
        start: datetime,
        *,
        kind: str | None = None,
        account: str | None = None,
        author: str | None = None,
        thread: str | None = None,
        rule: str | None = None,
        mention: str | None = None,
    ) -> Sequence[Send]:
        """Return sends at or after an instant that fit all the filters, oldest first.

        Args:
            rule: ``policy/rule``.
            mention: The id of the mention that was answered.
        """
        ...


def author_key(mention: Mention) -> str | None:
    """Return who wrote a mention, told apart by source; None where nothing names the author."""
    named = mention.author.id or mention.author.handle
    return None if named is None else f"{mention.source}:{named}"


def thread_key(mention: Mention) -> str:
    """Return which thread a mention stands in, as far as it says: what it answers, or itself."""
    return f"{mention.source}:{mention.in_reply_to or mention.external_id}"


def rule_key(item: OutboxItem) -> str:
    """Return an action's rule with its policy."""
    return f"{item.policy}/{item.rule}"
