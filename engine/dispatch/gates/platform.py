"""Holds back replies that the platform's pack does not allow: to whom, when, from what account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.dispatch.standing import standing_of
from engine.policy.platform import Need, Reach
from engine.reasons import Reason
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.account import Account
    from engine.dispatch.gates.chain import Passage
    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.mention import Mention
    from engine.policy.platform import PlatformPack
    from engine.ports import OutboxItem

_ASKED = {
    Reach.ADDRESSED: "who names our account or writes to it",
    Reach.ENGAGED: "who engaged with us first",
}


class PlatformGate:
    """Lets a reply through where its platform's pack allows it, now, as it is.

    What a pack allows only with a person's approval passes once a person approved it; until then it
    is held for one. What it allows to nobody, or no more, is held for good. Other kinds of action,
    and platforms without a pack, are none of its business.
    """

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by the packs in force now."""
        return await part(items, REPLIES, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        pack = self._facts.pack(item)
        if pack is None:
            return None
        account, mention = self._facts.account(item), item.mention
        standing = await standing_of(mention, account, self._facts.ledger)
        alone = _refused(pack, mention, standing, now=now, is_by_person=False)
        alone = alone or _lacks(pack, account)
        if not alone:
            return None
        at_all = _refused(pack, mention, standing, now=now, is_by_person=True)
        if at_all:
            return Held(item, Reason.PLATFORM, f"{pack.id}: {at_all}")
        if await self._facts.is_reviewed(item):
            return None
        detail = f"{pack.id}: {alone}; a person may approve it{_until(pack, mention)}"
        return Held(item, Reason.PLATFORM, detail, for_person=True)


def _refused(
    pack: PlatformPack, mention: Mention, standing: Reach, *, now: datetime, is_by_person: bool
) -> str:
    """Return what forbids that such a mention is answered now; empty where nothing does."""
    reach = pack.by_person if is_by_person else pack.automatic
    how = "" if is_by_person else " without a person"
    if reach is Reach.NOBODY:
        return f"nobody is answered there{how}"
    if reach.width < standing.width:
        return f"only {_ASKED[reach]} is answered{how}, and the author did not"
    span, age = pack.window(mention.kind, is_by_person=is_by_person), now - mention.published_at
    if span is not None and age >= span:
        late, most = format_duration(age), format_duration(span)
        return f"a {mention.kind} is answered{how} for {most}, and this one is {late} old"
    return ""


def _lacks(pack: PlatformPack, account: Account | None) -> str:
    """Return what the account does not assert and would need to answer without a person."""
    name = "there is none" if account is None else f"'{account.name}' asserts none"
    if Need.LABEL in pack.needs and not (account is not None and account.is_automated):
        return f"without a person an account with the label of automated ones replies: {name}"
    has_permission = account is not None and account.settings.get("permission") is True
    if Need.PERMISSION in pack.needs and not has_permission:
        return f"without a person an account with the platform's permission replies: {name}"
    return ""


def _until(pack: PlatformPack, mention: Mention) -> str:
    span = pack.window(mention.kind, is_by_person=True)
    return "" if span is None else f" until {format_instant(mention.published_at + span)}"
