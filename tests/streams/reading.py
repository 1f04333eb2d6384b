"""Reading sources in tests."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path

from streams.sources.threaded import closing_iterator

WHEN = "2026-03-02T09:00:00Z"


def row(text="hello", **fields):
    return {"text": text, "published_at": WHEN, **fields}


def lines(*rows):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)


async def collect(source, cursor=None, *, most=None):
    """Return the batches, all of them or so many."""
    found = []
    async with closing_iterator(source.batches(cursor)) as batches:
        async for batch in batches:
            found.append(batch)
            if len(found) == most:
                break
    return found


def texts(batches):
    return [one.text for batch in batches for one in batch.mentions]


def reasons(batches):
    return [one.reason for batch in batches for one in batch.dead]


def places(batches):
    return [one.place for batch in batches for one in batch.dead]


@contextmanager
def time_limit(seconds):
    """Fail where the block takes more seconds of the processor than it may."""
    begun = time.process_time()
    yield
    took = time.process_time() - begun
    assert took < seconds, f"took {took:.1f} s of the processor, more than {seconds}"


def open_files():
    """Return what this process has open."""
    opened = Path("/proc/self/fd").iterdir()
    return [str(one.readlink()) for one in opened if one.is_symlink()]
