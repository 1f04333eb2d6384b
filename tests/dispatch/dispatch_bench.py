"""A dispatcher between an outbox in memory and receivers that answer as scripted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from engine.dispatch.dispatcher import Dispatcher
from engine.errors import PermanentActionError
from engine.ports import Backoff
from engine.testing import ManualClock, MemoryOutbox, RecordingReceiver

BACKOFF = Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=5), attempts=3)


@dataclass
class ByKind:
    receivers: dict

    def for_item(self, item):
        if item.action.kind not in self.receivers:
            message = f"no receiver carries out {item.action.kind!r}"
            raise PermanentActionError(message)
        return self.receivers[item.action.kind]


@dataclass
class Bench:
    """An outbox, a clock that sleeping turns, and a dispatcher between them and the receivers."""

    receivers: dict
    clock: ManualClock = field(default_factory=ManualClock)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    naps: list = field(default_factory=list)
    on_sleep: object = None

    async def sleep(self, seconds):
        self.naps.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))
        if self.on_sleep:
            self.on_sleep()
        await asyncio.sleep(0)

    def dispatcher(self, **settings):
        settings.setdefault("backoff", BACKOFF)
        return Dispatcher(
            self.outbox, ByKind(self.receivers), self.clock, sleep=self.sleep, **settings
        )


def bench(script=(), **nature):
    receiver = RecordingReceiver(script, **nature)
    return Bench({"notify": receiver}), receiver


class Gathering(RecordingReceiver):
    """Holds every send until told, and remembers how many were under way at once."""

    def __init__(self, *, release_at):
        super().__init__()
        self.now_in = self.most_in = 0
        self.release_at = release_at
        self.begun = asyncio.Event()
        self.open = asyncio.Event()

    async def send(self, item, *, now):
        self.now_in += 1
        self.begun.set()
        self.most_in = max(self.most_in, self.now_in)
        if self.now_in >= self.release_at:
            self.open.set()
        await self.open.wait()
        self.now_in -= 1
        return await super().send(item, now=now)
