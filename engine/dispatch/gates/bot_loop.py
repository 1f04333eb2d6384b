"""Holds back the next reply of a talk in which nobody may be human any more."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.reasons import Reason
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.recall import Recall, Recalled
    from engine.mention import Mention
    from engine.ports import OutboxItem
    from engine.sending import Cap, Send

    Mentions = Callable[[Sequence[str]], Awaitable[Mapping[str, Mention]]]

# Platforms cut their instants to the second, and clocks differ by a little.
_APART = timedelta(seconds=5)


class BotLoopGate:
    """Lets a reply through unless its author answered each of our last few, all in a short time.

    Where a mention names no author, its thread is judged in their place.

    Args:
        recall: Must reach as far back as `most` does.
        most: Replies, each answered, after which no more follow, and in which time.
        mentions: Stored mentions by id, to see which of them answered us.
    """

    def __init__(self, recall: Recall, most: Cap, mentions: Mentions) -> None:
        self._recall = recall
        self._most = most
        self._mentions = mentions

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies by how the talk with their author went."""
        return await part(items, REPLIES, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        ours = _ours(await self._recall(item, now), self._most.after(now))
        if len(ours) < self._most.most:
            return None
        known = await self._mentions([one.mention for one in ours])
        rounds = _rounds(ours, known, item.mention)
        if rounds < self._most.most:
            return None
        within = format_duration(self._most.within)
        return Held(item, Reason.BOT_LOOP, f"{rounds} replies in {within} were answered each")


def _ours(found: Recalled, since: datetime) -> list[Send]:
    own = found.send
    return [
        one
        for one in found.past.near
        if one.kind in REPLIES
        and one.at >= since
        and (one.thread == own.thread if own.author is None else one.author == own.author)
    ]


def _rounds(ours: Sequence[Send], known: Mapping[str, Mention], latest: Mention) -> int:
    """Count our replies, from the newest back, that were answered by what we replied to next."""
    answers = [known.get(one.mention) for one in ours] + [latest]
    rounds = 0
    for (_, answer), reply in zip(reversed(list(pairwise(answers))), reversed(ours), strict=True):
        if answer is None or not _answers(answer, reply):
            break
        rounds += 1
    return rounds


def _answers(mention: Mention, reply: Send) -> bool:
    is_named = reply.remote_id is not None and mention.in_reply_to == reply.remote_id
    return is_named or mention.published_at >= reply.at - _APART
