"""What was sent before, and what is known of those it went to: the facts that gates judge by."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
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
        source: Where it was said; empty where a person recorded a handle alone.
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


EDITED = "edited"
DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class UpstreamChange:
    """What became of a mention where it was written.

    Attributes:
        change: `EDITED` or `DELETED`; the latter wins.
    """

    source: str
    external_id: str
    change: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a mention stands, with us and where it was written.

    Attributes:
        is_stored: False once we erased it, or where it never was.
        change: What became of it upstream; None for nothing that we heard of.
    """

    is_stored: bool
    change: UpstreamChange | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """So many in so long, at most.

    Attributes:
        within: What was sent exactly so long ago counts no more.
    """

    most: int
    within: timedelta

    def after(self, now: datetime) -> datetime:
        """Return the first instant whose sends still count."""
        return now - self.within + timedelta.resolution


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the ledger is asked.

    Attributes:
        near: For sends to the same author or in the same thread.
        account: Of all sends through the same account.
        rule: Of all sends of the same rule.
        alike: For sends of the same text.
    """

    near: timedelta
    account: Cap
    rule: Cap
    alike: timedelta


@dataclass(frozen=True, slots=True)
class Past:
    """What is known that bears on one send; the send itself is never part of it.

    Attributes:
        standing: Of the mention it answers.
        opt_out: The wish of the mention's author not to be written to.
        near: About the same mention, ever; to the same author or in the same thread, within the
            reach. Oldest first, the newest `MOST_NEAR` of them.
        account_full_since: When the oldest of the newest ``account.most`` sends through the account
            was made, where these all fall into the cap's time; else None.
        rule_full_since: Likewise of the rule.
        authors_alike: How many other authors were sent the same text through the account; 0 for one
            without words.
    """

    standing: Standing
    opt_out: OptOut | None = None
    near: tuple[Send, ...] = ()
    account_full_since: datetime | None = None
    rule_full_since: datetime | None = None
    authors_alike: int = 0


MOST_NEAR = 1000


class SendLedger(Protocol):
    """Remembers sends durably, so that caps, cooldowns and loops are judged by all of them."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Let one action at a time be judged and reserved, over all processes of the database."""
        ...

    def view(self) -> AbstractAsyncContextManager[None]:
        """Let what is read in the block be read at once, as it stands when the block begins."""
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

    async def count(
        self,
        start: datetime,
        *,
        kind: str | None = None,
        account: str | None = None,
        author: str | None = None,
        thread: str | None = None,
    ) -> int:
        """Return how many sends `since` would return, without reading them."""
        ...

    async def past(self, send: Send, mention: Mention, *, reach: Reach) -> Past:
        """Return what bears on a send about to be made, at its own instant.

        Args:
            mention: The one it answers.
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


def fold_handle(handle: str) -> str:
    """Return a handle as it is compared: without its ``@``, in one case and width."""
    return unicodedata.normalize("NFKC", handle).strip().lstrip("@").casefold()
