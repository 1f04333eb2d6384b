"""Holds back what would be more than the platform's pack allows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.dispatch.gates.chain import Held, Passage
from engine.policy.platform import Deed, Per
from engine.reasons import Reason
from engine.sending import author_key, thread_key
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.dispatch.gates.pack_facts import PackFacts
    from engine.policy.platform import Cap
    from engine.ports import OutboxItem
    from engine.sending import Send

_KINDS = frozenset(deed.value for deed in Deed)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_Key = tuple[str, "Cap", str]


class PackCapsGate:
    """Lets a reply or a hiding through while every cap of its pack has room for it.

    Over a cap of a stretch of time or of a day it waits until there is room; over one without an
    end it is held for good. To be asked inside `SendLedger.turn`, so that two at once cannot both
    find the last place; actions asked together count one another.
    """

    def __init__(self, facts: PackFacts) -> None:
        self._facts = facts

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by what was sent before, in their order."""
        kept, held = [], []
        begun: Counter[_Key] = Counter()
        for item in items:
            found = await self._judge(item, begun, now)
            if found is None:
                kept.append(item)
                begun.update(self._keys(item))
            else:
                held.append(found)
        return Passage(tuple(kept), tuple(held))

    async def _judge(self, item: OutboxItem, begun: Counter[_Key], now: datetime) -> Held | None:
        for key in self._keys(item):
            platform, cap, whose = key
            if await self._has_room(cap, whose, begun[key], now=now):
                continue
            sends = await self._sent(item, cap, whose, now=now)
            over = (len(sends) + begun[key] + 1) * cap.each - cap.most
            if over > 0:
                used = (len(sends) + begun[key]) * cap.each
                detail = f"{platform}: {used} of {_told(cap)} used, one more is {cap.each}"
                return Held(item, Reason.CAP, detail, _free_at(cap, sends, over, now=now))
        return None

    def _keys(self, item: OutboxItem) -> list[_Key]:
        """Return the caps an action counts in, each with whose it is; unknown authors have none."""
        pack = self._facts.pack(item)
        if pack is None or item.action.kind not in _KINDS:
            return []
        account = self._facts.account(item)
        whose = {
            Per.ACCOUNT: None if account is None else f"account:{account.name}",
            Per.AUTHOR: author_key(item.mention),
            Per.THREAD: thread_key(item.mention),
        }
        return [
            (pack.id, cap, key)
            for cap in pack.caps
            if item.action.kind in cap.deeds and (key := whose[cap.per]) is not None
        ]

    async def _has_room(self, cap: Cap, whose: str, begun: int, *, now: datetime) -> bool:
        """Say whether there is room even if all that was ever counted here counts."""
        start, counted = _start(cap, now), begun + 1
        for deed in cap.deeds:
            counted += await self._facts.ledger.count(
                start, kind=deed.value, **{cap.per.value: whose}
            )
        return counted * cap.each <= cap.most

    async def _sent(self, item: OutboxItem, cap: Cap, whose: str, *, now: datetime) -> list[Send]:
        """Return what counts in a cap already, oldest first; not the action's own earlier send."""
        start = _start(cap, now)
        found = [
            one
            for deed in cap.deeds
            for one in await self._facts.ledger.since(
                start, kind=deed.value, **{cap.per.value: whose}
            )
        ]
        is_open = cap.within is None  # a stretch leaves its first instant out
        counted = [
            one for one in found if one.action_id != item.action.id and (is_open or one.at > start)
        ]
        return sorted(counted, key=lambda one: one.at)


def _start(cap: Cap, now: datetime) -> datetime:
    if cap.day_of is not None:
        return _midnight(now, cap.day_of, days=0)
    return _EVER if cap.within is None else now - cap.within


def _midnight(now: datetime, zone: str, *, days: int) -> datetime:
    """Return when the local day that is so many days ahead begins, as aware UTC."""
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _free_at(cap: Cap, sends: Sequence[Send], over: int, *, now: datetime) -> datetime | None:
    """Return when there is room again; None where there never will be."""
    if cap.day_of is not None:
        return _midnight(now, cap.day_of, days=1)
    if cap.within is None:
        return None
    leaving = min(-(-over // cap.each), len(sends))
    return sends[leaving - 1].at + cap.within if leaving else now + cap.within


def _told(cap: Cap) -> str:
    if cap.day_of is not None:
        when = f" a day of {cap.day_of}"
    else:
        when = "" if cap.within is None else f" in {format_duration(cap.within)}"
    return f"{cap.most}{when} for each {cap.per.value}"
