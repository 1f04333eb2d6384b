"""Makes the text of a reply whole: what no person reviewed says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.policy.platform import with_disclosure

if TYPE_CHECKING:
    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.ports import OutboxItem


async def text_as_sent(item: OutboxItem, facts: PackFacts) -> str:
    """Return a reply's text as it leaves: with the disclosure of its pack where nobody reviewed it.

    The same for every attempt, and for reading back: a verdict on what was sent changes no more.
    """
    params = item.action.params
    text, language = str(params.get("text") or ""), str(params.get("language") or "")
    pack = facts.pack(item)
    if pack is None or not pack.disclosed(language):
        return text
    is_reviewed = await facts.is_reviewed(item)
    return with_disclosure(text, language, pack, is_reviewed=is_reviewed)


class Disclosing:
    """Returns actions as they are to be handed to receivers: replies with their whole text."""

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, item: OutboxItem) -> OutboxItem:
        """Return the action with its text as sent; anything but a reply as it is."""
        if item.action.kind != "reply":
            return item
        text = await text_as_sent(item, self._facts)
        params = {**item.action.params, "text": text}
        return replace(item, action=replace(item.action, params=params))
