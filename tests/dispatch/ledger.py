"""A send ledger in memory that does what the contract says, the plain way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from engine.sending import MOST_NEAR, Past, Standing


class MemoryLedger:
    """`engine.sending.SendLedger` that forgets with its process.

    Args:
        opt_out: Of whoever is asked about.
        standing: Of whatever mention is asked about.
    """

    def __init__(self, *sends, opt_out=None, standing=Standing(is_stored=True)):  # noqa: B008 - frozen
        self.opt_out = opt_out
        self.standing = standing
        self.sends = {one.action_id: one for one in sends}
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def turn(self):
        async with self._one:
            yield

    @asynccontextmanager
    async def view(self):
        yield

    async def reserve(self, send):
        self.sends.setdefault(send.action_id, send)

    async def since(self, start, *, rule=None, **wanted):
        policy, _, named = (rule or "").partition("/")
        if rule:
            wanted |= {"policy": policy, "rule": named}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return [
            one
            for one in self._in_order()
            if one.at >= start
            and all(getattr(one, name) == value for name, value in wanted.items())
        ]

    async def count(self, start, **wanted):
        return len(await self.since(start, **wanted))

    async def past(self, send, mention, *, reach):
        del mention
        others = [one for one in self._in_order() if one.action_id != send.action_id]
        start = send.at - reach.near
        near = [
            one
            for one in others
            if one.mention == send.mention
            or (one.thread == send.thread and one.at >= start)
            or (send.author is not None and one.author == send.author and one.at >= start)
        ]
        through = [one for one in others if one.account == send.account]
        of_rule = [one for one in others if (one.policy, one.rule) == (send.policy, send.rule)]
        alike = {
            one.author
            for one in through
            if one.at > send.at - reach.alike and one.fingerprint == send.fingerprint != ()
        }
        return Past(
            self.standing,
            self.opt_out,
            tuple(near[-MOST_NEAR:]),
            _full_since(through, reach.account, send.at),
            _full_since(of_rule, reach.rule, send.at),
            len(alike - {None, send.author}),
        )

    def _in_order(self):
        return sorted(self.sends.values(), key=lambda one: (one.at, one.action_id))


def _full_since(sends, cap, now):
    counted = [one.at for one in sends if one.at > now - cap.within]
    return counted[-cap.most] if len(counted) >= cap.most else None
