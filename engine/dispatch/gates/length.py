"""Holds back replies that are longer than their platform takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.policy.platform import with_disclosure
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.policy.platform import PlatformPack
    from engine.ports import OutboxItem


class LengthGate:
    """Lets a reply through whose text, with its disclosure, every limit of the pack has room for.

    What an adapter writes around it, such as the author's handle, is the adapter's to count.
    """

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by the length of their text, as the platform counts it."""
        del now
        return await part(items, REPLIES, self._judge)

    async def _judge(self, item: OutboxItem) -> Held | None:
        pack = self._facts.pack(item)
        if pack is None:
            return None
        params = item.action.params
        text, language = str(params.get("text") or ""), str(params.get("language") or "")
        detail = _over(pack, with_disclosure(text, language, pack, is_reviewed=False))
        # Verdicts are read only where the disclosure may decide.
        if detail and await self._facts.is_reviewed(item):
            detail = _over(pack, text)
        return Held(item, Reason.TOO_LONG, detail) if detail else None


def _over(pack: PlatformPack, text: str) -> str:
    """Return by how much a text is too long; empty where it fits."""
    for limit in pack.length:
        length = limit.count(text)
        if length > limit.most:
            return f"{pack.id}: {length} {limit.unit.called}, {limit.most} are allowed"
    return ""
