"""The process that is killed: the whole engine on a file, as `tocsin replay` runs it.

Every mention of the stream brings its labels, so that the shipped classifiers, which take seconds to
load, are left out: ``python replay_child.py STREAM POLICY CONFIG`` prints the runner's figures.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from engine.app import build_engine
from engine.settings_file import read_configuration
from engine.testing import ScriptedClassifier
from models.hub import Hub
from streams.sources.file import FileSource


async def replay(stream: Path, policy: Path, config: Path) -> dict[str, int]:
    configuration, _ = read_configuration(config)
    async with AsyncExitStack() as stack:
        engine = await build_engine(
            stack,
            configuration,
            policy_paths=[policy],
            sources=[FileSource("crash", stream)],
            hub=Hub([ScriptedClassifier()]),
        )
        before = await engine.store.queries.counts()
        await engine.drain()
        after = await engine.store.queries.counts()
    stats = engine.runner.stats
    names = ("read", "stored", "duplicates", "dead_letters", "classified", "decided", "decisions")
    figures = {name: getattr(stats, name) for name in names}
    return figures | {
        "new actions": sum(after["actions"].values()) - sum(before["actions"].values())
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(replay(*map(Path, sys.argv[1:])))))
