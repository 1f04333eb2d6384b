"""A process killed anywhere loses no mention, no decision and no action, and does nothing twice.

The unbroken run says what must be in the database; then the same replay is killed with SIGKILL at 25
random moments of its life, started again each time, and must end in the same rows.
"""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from engine.store import Store
from tests.crash.webhook_receiver import WebhookReceiver

KILLS = 25
MENTIONS = 240
POLICY = """
policy: crash
brands: [acme]
defaults: {mode: enforce, severity: minor}
templates:
  sorry: {en: "Sorry, {{ author.handle }}."}
rules:
  - id: everything
    when: {text: 'mention'}
    then:
      - tag: [seen]
  - id: bad
    mode: enforce
    when: {text: 'broken OR burnt'}
    then:
      - notify: {channel: room, text: "{{ mention.text }}"}
      - webhook: {channel: hook}
    cooldown: {per: author, for: 1h}
  - id: answer
    mode: draft
    when: {text: 'refund'}
    then:
      - reply: {template: sorry, approval: required}
    cooldown: {per: author, for: 24h}
---
channel: room
kind: log
---
channel: hook
kind: webhook
url: ${CRASH_HOOK_URL}
secret: ${CRASH_HOOK_SECRET}
"""
DUMPS = {
    "mentions": "SELECT id, source, external_id FROM mentions ORDER BY seq",
    "decisions": "SELECT id, mention, policy, rule, mode FROM decisions ORDER BY id",
    "actions": "SELECT id, kind, state, reason, params FROM actions ORDER BY id",
    "outcomes": "SELECT action_id, mention, policy, rule, action, state, reason FROM outcomes ORDER BY action_id",
    "dead letters": "SELECT source, place, reason FROM dead_letters ORDER BY place",
}


def write_stream(path):
    chance = random.Random(7)
    words = ["mention", "broken", "burnt", "refund", "lovely", "late"]
    rows = []
    for number in range(MENTIONS):
        chosen = " ".join(chance.sample(words, 3))
        rows.append(
            json.dumps(
                {
                    "external_id": str(number),
                    "text": f"{chosen} number {number}",
                    "language": "en",
                    "brand": "acme",
                    "published_at": f"2026-03-02T{8 + number // 60 % 12:02}:{number % 60:02}:00Z",
                    "author": {"id": f"a{number % 40}", "handle": f"@a{number % 40}"},
                    "classifications": {
                        "sentiment": {"label": "neutral", "score": 0.9},
                        "intent": {"label": "other", "score": 0.9},
                    },
                }
            )
        )
        if number % 97 == 0:
            rows += ["{ not json", rows[-1]]
    path.write_text("\n".join(rows) + "\n", "utf-8")


class Replay:
    """One replay of the stream into one database, as a process."""

    def __init__(self, folder, url, hook):
        self.url = url
        child = Path(__file__).with_name("replay_child.py")
        files = [folder / name for name in ("stream.jsonl", "policy.yaml", "config.yaml")]
        self._command = [sys.executable, str(child), *map(str, files)]
        self._environment = {
            **os.environ,
            "TOCSIN_DATABASE_URL": url,
            "CRASH_HOOK_URL": hook.url,
            "CRASH_HOOK_SECRET": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
        }

    def start(self):
        return subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self):
        process = self.start()
        out, err = process.communicate()
        assert process.returncode == 0, err.decode()
        # Above the figures stand the lines of the log channel.
        return json.loads(out.splitlines()[-1])

    def run_for(self, seconds):
        """Kill the process after so long; True when it ended by itself before."""
        process = self.start()
        try:
            _, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
        assert process.returncode == 0, err.decode()
        return True


async def dump(url):
    engine = create_async_engine(
        url.replace("sqlite:", "sqlite+aiosqlite:").replace("postgresql:", "postgresql+psycopg:")
    )
    async with engine.connect() as connection:
        rows = {
            name: [tuple(map(str, row)) for row in await connection.execute(text(query))]
            for name, query in DUMPS.items()
        }
    await engine.dispose()
    return rows


def differences(found, wanted):
    """Return the rows only one of two dumps holds, by table."""
    return {
        name: (sorted(set(found[name]) - set(rows)), sorted(set(rows) - set(found[name])))
        for name, rows in wanted.items()
        if sorted(found[name]) != sorted(rows)
    }


async def chain_is_whole(url):
    store = await Store.open(url)
    try:
        return (await store.queries.verify_chain()).is_intact
    finally:
        await store.close()


@pytest.fixture
def hook():
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def folder(tmp_path):
    write_stream(tmp_path / "stream.jsonl")
    (tmp_path / "policy.yaml").write_text(POLICY, "utf-8")
    (tmp_path / "config.yaml").write_text("engine: {batch: 20, backlog: 60}\n", "utf-8")
    return tmp_path


@pytest.mark.slow
async def test_a_replay_killed_25_times_ends_as_an_unbroken_one(folder, fresh_database, hook):
    unbroken = Replay(folder, await fresh_database(), hook)
    started = time.monotonic()
    first = unbroken.run()
    lifetime = time.monotonic() - started
    wanted = await dump(unbroken.url)
    wanted_effects = dict(hook.effects)
    assert first["read"] == first["stored"] + first["duplicates"] + first["dead_letters"]
    assert first["stored"] == MENTIONS
    assert first["classified"] == first["decided"] == first["stored"]
    assert len(wanted_effects) > 20

    chance = random.Random(20261123)
    kills = 0
    while kills < KILLS:
        hook.effects.clear()
        broken = Replay(folder, await fresh_database(), hook)
        while not broken.run_for(chance.uniform(0.2, 1.05) * lifetime):
            kills += 1
        assert differences(await dump(broken.url), wanted) == {}
        assert hook.effects == wanted_effects
        assert await chain_is_whole(broken.url)

    again = unbroken.run()
    assert (again["stored"], again["decisions"], again["new actions"]) == (0, 0, 0)
    assert differences(await dump(unbroken.url), wanted) == {}
