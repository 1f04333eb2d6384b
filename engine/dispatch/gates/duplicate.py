"""Holds back what was done before, or said before in nearly the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dispatch.fingerprint import likeness
from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, REPLIES, part
from engine.reasons import Reason
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.recall import Recall, Recalled
    from engine.ports import OutboxItem
    from engine.sending import Cap


@dataclass(frozen=True, slots=True)
class Repetition:
    """What counts as saying it again.

    Attributes:
        likeness: From which share of common pairs of words on two texts are the same.
        within: How long the same text is not sent to an author or thread again.
        authors: How many authors may be sent the same text through one account, in which time.
    """

    likeness: float
    within: timedelta
    authors: Cap


class DuplicateGate:
    """Lets an answer through that was not given before.

    A mention is replied to once, whatever number of rules ask for it, and hidden once. The same
    text, or nearly the same, goes to an author or into a thread once in a while, and to a limited
    number of authors at a time.

    Args:
        recall: Must reach as far back as the repetition does.
    """

    def __init__(self, recall: Recall, repetition: Repetition) -> None:
        self._recall = recall
        self._repetition = repetition

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether they say something new."""
        return await part(items, ANSWERS, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        found = await self._recall(item, now)
        detail = _done_before(found)
        if detail is None and item.action.kind in REPLIES and found.send.fingerprint:
            detail = self._said_before(found, now) or self._said_to_many(found)
        return None if detail is None else Held(item, Reason.DUPLICATE, detail)

    def _said_before(self, found: Recalled, now: datetime) -> str | None:
        rule = self._repetition
        for one in reversed(found.past.near):
            alike = likeness(one.fingerprint, found.send.fingerprint)
            is_recent = one.at > now - rule.within
            if one.kind in REPLIES and is_recent and alike >= rule.likeness:
                whom = "author" if one.author == found.send.author else "thread"
                return f"{alike:.0%} like what this {whom} was sent at {format_instant(one.at)}"
        return None

    def _said_to_many(self, found: Recalled) -> str | None:
        most = self._repetition.authors
        if found.past.authors_alike < most.most:
            return None
        within = format_duration(most.within)
        return f"{found.past.authors_alike} authors were sent the same within {within}"


def _done_before(found: Recalled) -> str | None:
    own = found.send
    for one in found.past.near:
        if one.mention == own.mention and one.kind == own.kind:
            return f"the mention has a {own.kind} already, of {format_instant(one.at)}"
    return None
