"""Holds back what would be more than is allowed: to an author, in a thread, of a rule, in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, REPLIES, part
from engine.reasons import Reason
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.recall import Recall
    from engine.ports import OutboxItem
    from engine.sending import Cap, Send


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that is sent, each in its time.

    Attributes:
        account: Replies and hidings through one account.
        author: Replies to one author.
        thread: Replies in one thread.
        rule: Replies and hidings of one rule.
    """

    account: Cap
    author: Cap
    thread: Cap
    rule: Cap


class CapsGate:
    """Lets a reply or a hiding through while no cap is full.

    A full cap of an author or a thread is the end of a reply: they had theirs. One of a rule or an
    account is a matter of pace, and the action waits for its place.

    Args:
        recall: Must reach as far back as the caps do.
    """

    def __init__(self, recall: Recall, caps: Caps) -> None:
        self._recall = recall
        self._caps = caps

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether their caps have room now."""
        return await part(items, ANSWERS, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        found = await self._recall(item, now)
        caps, own, past = self._caps, found.send, found.past
        if item.action.kind in REPLIES:
            replies = [one for one in past.near if one.kind in REPLIES]
            to_author = [one for one in replies if own.author and one.author == own.author]
            in_thread = [one for one in replies if one.thread == own.thread]
            for name, cap, sends in (
                ("author", caps.author, to_author),
                ("thread", caps.thread, in_thread),
            ):
                if _count(sends, cap, now) >= cap.most:
                    return Held(item, Reason.CAP, _said(name, cap))
        for name, cap, since in (
            ("rule", caps.rule, past.rule_full_since),
            ("account", caps.account, past.account_full_since),
        ):
            if since is not None:
                return Held(item, Reason.CAP, _said(name, cap), until=since + cap.within)
        return None


def _count(sends: Sequence[Send], cap: Cap, now: datetime) -> int:
    return sum(one.at >= cap.after(now) for one in sends)


def _said(name: str, cap: Cap) -> str:
    return f"{name}: {cap.most} of {cap.most} in {format_duration(cap.within)} were sent"
