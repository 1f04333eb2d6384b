"""A process killed while it forgets leaves all as it was, or all done; doing it again ends it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.privacy.lives import HANDLE, ID, NAME, TEXT, left_of, lived

if TYPE_CHECKING:
    from engine.store import Store

CHILD = Path(__file__).with_name("forgetting_child.py")
SEED = 20260302
KILLS = 4


def forget(url: str, last: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CHILD), url, HANDLE, str(last)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def texts(store: Store) -> set[str]:
    return {row["text"] for row in await store.queries.mentions(limit=10)}


async def test_is_whole_wherever_it_is_killed(store: Store, store_url: str) -> None:
    await lived(store)
    before = await texts(store)
    drawn = random.Random(SEED)

    for last in [1, *(drawn.randint(2, 25) for _ in range(KILLS - 1))]:
        assert forget(store_url, last).returncode == -signal.SIGKILL, f"statement {last}"
        assert await texts(store) == before, f"killed at statement {last}"

    assert forget(store_url, -1).returncode == -signal.SIGKILL
    assert TEXT not in await texts(store)

    done = forget(store_url, 10_000)
    assert done.returncode == 0, done.stderr[-2000:]
    assert left_of(store_url, HANDLE, NAME, ID, TEXT) == []
    assert (await store.queries.verify_chain()).is_intact
