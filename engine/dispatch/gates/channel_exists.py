"""Holds back what is meant for a channel that is no longer defined.

An answer to a mention goes to the account that answers its source, and ``channel`` in its params
only shows which source that is: it is no channel of a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held, Passage
from engine.dispatch.gates.one_by_one import ANSWERS
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.ports import Channel, OutboxItem


class ChannelExistsGate:
    """Lets an action through when the channel it names, if any, is defined now.

    Args:
        channels: Looked up at every call, so a mapping that the owner changes is seen at once.
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions by whether their channel is there."""
        del now
        kept, held = [], []
        for item in items:
            name = item.action.params.get("channel")
            if name is None or name in self._channels or item.action.kind in ANSWERS:
                kept.append(item)
            else:
                held.append(Held(item, Reason.CHANNEL_GONE, f"channel {name!r}"))
        return Passage(tuple(kept), tuple(held))
