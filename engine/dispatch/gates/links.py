"""Holds back replies with more links than their platform's pack allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.policy.platform import links_of
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.ports import OutboxItem


class LinksGate:
    """Lets a reply through that holds no more links than the pack allows."""

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by the links of their text."""
        del now
        return await part(items, REPLIES, self._judge)

    async def _judge(self, item: OutboxItem) -> Held | None:
        pack = self._facts.pack(item)
        if pack is None or pack.most_links is None:
            return None
        count = len(links_of(str(item.action.params.get("text") or "")))
        if count <= pack.most_links:
            return None
        detail = f"{pack.id}: {count} link(s), {pack.most_links} are allowed"
        return Held(item, Reason.LINKS, detail)
