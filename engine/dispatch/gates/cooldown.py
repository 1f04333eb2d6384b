"""Holds back what its rule did for the same key a short while ago."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from engine.decide import cooldown_key
from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import ANSWERS, part
from engine.reasons import Reason
from engine.sending import rule_key
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from engine.dispatch.gates.chain import Passage
    from engine.mention import Mention
    from engine.policy import Rule
    from engine.ports import OutboxItem
    from engine.sending import Send, SendLedger

    Mentions = Callable[[Sequence[str]], Awaitable[Mapping[str, Mention]]]


@dataclass(frozen=True, slots=True)
class Cooling:
    """A rule's cooldown as it is loaded now.

    Attributes:
        per: What it counts by, as the rule writes it.
        every: The least time between two actions.
        key: What a mention counts under; None where it counts under nothing.
    """

    per: str
    every: timedelta
    key: Callable[[Mention], str | None]


def cooling(rule: Rule | None) -> Cooling | None:
    """Return the cooldown of a rule as it is loaded; None where it has none or is not loaded."""
    if rule is None or rule.cooldown is None:
        return None
    return Cooling(rule.cooldown.per, rule.cooldown.every, partial(cooldown_key, rule))


class CooldownGate:
    """Lets a reply or a hiding through when the rule did neither for its key within the cooldown.

    Decide heeds cooldowns too, in event time; but two decisions far enough apart may be approved
    at one time, and must not both go. The several actions of one mention do not stop one another.

    Args:
        cooldown_of: The cooldown of an action's rule; None where it has none or is not loaded.
        mentions: Stored mentions by id, to see under which key the others counted.
    """

    def __init__(
        self,
        ledger: SendLedger,
        cooldown_of: Callable[[OutboxItem], Cooling | None],
        mentions: Mentions,
    ) -> None:
        self._ledger = ledger
        self._cooldown_of = cooldown_of
        self._mentions = mentions

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether their rule's cooldown is over now."""
        return await part(items, ANSWERS, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        cooling = self._cooldown_of(item)
        key = None if cooling is None else cooling.key(item.mention)
        if cooling is None or key is None:
            return None
        latest = await self._latest(item, cooling, key, now)
        if latest is None:
            return None
        detail = (
            f"per {cooling.per} every {format_duration(cooling.every)}: the last was sent at "
            f"{format_instant(latest.at)}"
        )
        return Held(item, Reason.COOLDOWN, detail)

    async def _latest(
        self, item: OutboxItem, cooling: Cooling, key: str, now: datetime
    ) -> Send | None:
        # What was sent exactly so long ago is over: a cooldown ends exclusive.
        since = [
            one
            for one in await self._ledger.since(now - cooling.every, rule=rule_key(item))
            if one.at > now - cooling.every
            and one.kind in ANSWERS
            and one.mention != item.mention.id
            and one.action_id != item.action.id
        ]
        if cooling.per == "rule" or not since:
            return since[-1] if since else None
        known = await self._mentions(sorted({one.mention for one in since}))
        same = [one for one in since if (of := known.get(one.mention)) and cooling.key(of) == key]
        return same[-1] if same else None
