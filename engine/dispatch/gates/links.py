"""Holds back replies with more links than their platform's pack allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held, Passage
from engine.policy.platform import links_of
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.ports import OutboxItem


class LinksGate:
    """Lets a reply through that holds no more links than the pack allows."""

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by the links of their text."""
        del now
        kept, held = [], []
        for item in items:
            detail = self._too_many(item)
            if detail:
                held.append(Held(item, Reason.LINKS, detail))
            else:
                kept.append(item)
        return Passage(tuple(kept), tuple(held))

    def _too_many(self, item: OutboxItem) -> str:
        pack = self._facts.pack(item)
        if pack is None or item.action.kind != "reply" or pack.most_links is None:
            return ""
        count = len(links_of(str(item.action.params.get("text") or "")))
        if count <= pack.most_links:
            return ""
        return f"{pack.id}: {count} link(s), {pack.most_links} are allowed"
