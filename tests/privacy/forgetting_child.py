"""The process that is killed while it forgets: ``python forgetting_child.py URL NAME STATEMENT``.

It ends by SIGKILL before the statement of that number that writes; the number of statements that it
made is printed where it comes to its end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine

from engine.store import Store
from engine.store.erasing import Leave
from engine.store.forgetting import Named
from engine.testing import NOON

_WRITES = ("UPDATE", "INSERT", "DELETE", "COMMIT")


async def forget(url: str, name: str, last: int) -> int:
    store = await Store.open(url)
    made = 0

    def count(*arguments: object) -> None:
        nonlocal made
        made += str(arguments[2]).startswith(_WRITES)
        if made == last:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    if last < 0:
        # Everything is written, and no page was cleaned yet.
        compact = store._database.compact

        async def killed(**_options: bool) -> bool:
            os.kill(os.getpid(), signal.SIGKILL)
            return await compact()

        store._database.compact = killed  # type: ignore[method-assign]
    await store.privacy.forget(Named(name), leave=Leave("ops", "request 4711", NOON))
    await store.close()
    return made


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(forget(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
