"""The process that is killed while it sends: the shipped dispatcher on a file, without the rest.

``python -m tests.crash.sending_child DATABASE CONFIG`` imports everything once and then forks a
dispatcher for each line on its input: by how many minutes its clock is ahead of noon. The fork's
number is written first, then how it ended. So that nothing waits in real time, sleeping turns the
dispatcher's clock.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from engine.app_dispatch import dispatcher_of, join_parts
from engine.life.loader import load_checked
from engine.life.places import Places
from engine.life.running import Running
from engine.settings_file import read_configuration
from engine.store import Store
from engine.testing import NOON, ManualClock


async def send(url: str, config: Path, ahead: timedelta) -> None:
    configuration, _ = read_configuration(config)
    clock = ManualClock(NOON + ahead)

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    policies, _ = load_checked(Places.of(configuration, None), now=clock.now())
    running = Running(policies, (), since=clock.now())
    store = await Store.open(url, upgrade=False)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        parts, receivers = await join_parts(stack, configuration, running, store=store)
        dispatcher = dispatcher_of(parts, receivers, clock, sleep=sleep)
        await dispatcher.recover()
        await dispatcher.run_until_idle(asyncio.Event())


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(url: str, config: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(send(url, Path(config), timedelta(minutes=float(line))))
            os._exit(0)
        tell(child)
        _, status = os.waitpid(child, 0)
        tell("done" if status == 0 else "killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
