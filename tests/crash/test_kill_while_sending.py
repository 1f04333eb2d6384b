"""A dispatcher killed at fifty random moments sends nothing twice and loses nothing.

The other side cuts connections after what was asked took effect. On Mastodon a key, and after its
time a look back, settle every reply; what became of a mail whose answer was lost only a person can
tell, so it stays `unknown` and is listed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from select import select

import pytest

from engine.decision import ActionState
from engine.store import Store
from engine.testing import NOON, mention
from tests.platforms.imitation import Remote
from tests.platforms.mastodon_server import TOKEN
from tests.store.samples import action, batch, decided, states

KILLS = 50
REPLIES, MAILS = 70, 40
# In minutes: so that keys of replies in doubt are sometimes fresh and sometimes too old.
APART = (1, 2, 40)
POLICY = """
policy: care
templates:
  sorry: {en: "Sorry."}
rules:
  - id: angry
    mode: enforce
    when: {text: mention}
    then: [{reply: {template: sorry, approval: none}}]
---
channel: room
kind: email
host: 127.0.0.1
port: %d
tls: none
from: engine@acme.example
to: care@acme.example
"""
CONFIG = """
policies: [policy.yaml]
limits:  # all is said by one account within one hour
  caps: {account: {most: 1000}, rule: {most: 1000}}
  duplicates: {authors: 1000}
accounts:
  - name: care
    platform: mastodon
    base_url: "%s"
    token: ${CRASH_TOKEN}
    handle: "@acme"
    is_automated: true
"""


class Zygote:
    """Forks dispatchers, and kills them when told."""

    def __init__(self, folder, url):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.sending_child", url, str(folder / "config.yaml")],
            env={**os.environ, "CRASH_TOKEN": TOKEN},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, ahead, *, kill_after=None):
        """Run one dispatcher; return whether it ended before it was killed."""
        self._process.stdin.write(f"{ahead}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None and not select([self._process.stdout], [], [], kill_after)[0]:
            os.kill(child, signal.SIGKILL)
        return self._process.stdout.readline() == "done\n"

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def other_side(tmp_path):
    """A Mastodon and a mail server in a process of their own."""
    port = tmp_path / "port"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.sending_servers", "--port-file", str(port)]
    )
    while not port.exists():
        assert process.poll() is None
        select([], [], [], 0.05)
    yield Remote(int(port.read_text()))
    process.kill()
    process.wait()


async def planned(url, remote):
    """Store mentions that stand on the server, each with a reply or a mail to be sent."""
    store = await Store.open(url)
    for number in range(REPLIES + MAILS):
        named = remote.do("add_status", by=f"bob{number}", text=f"@acme mention {number}")
        said = mention(
            f"@acme mention {number}",
            source="mastodon",
            external_id=named,
            author_id=f"b{number}",
            handle=f"@bob{number}",
            published_at=NOON,
        )
        await store.log.append(batch(said), observed_at=NOON)
        [entry] = await store.log.undecided(limit=10)
        params = {"text": f"Sorry, that is answer {number}.", "approval": "none", "language": "en"}
        kind = "reply"
        if number % 11 >= 7:
            kind, params = "notify", {"channel": "room", "text": f"look at {number}"}
        one = action(number, kind=kind, params=params)
        await store.log.record([decided(entry, one)], state={}, at=NOON)
    await store.close()


@pytest.mark.slow
async def test_nothing_is_sent_twice_and_nothing_is_lost(tmp_path, other_side):
    chance = random.Random(6)
    url = f"sqlite:///{tmp_path}/sending.db"
    (tmp_path / "policy.yaml").write_text(POLICY % other_side.do("mail_port"), "utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG % other_side.url, "utf-8")
    await planned(url, other_side)
    other_side.do("cut_mails", every=5)
    for _ in range(12):
        other_side.fault("cut_after", at="POST /api/v1/statuses")
        other_side.fault(at="POST /api/v1/statuses", times=chance.randint(1, 5))
    zygote, ahead, killed, done = Zygote(tmp_path, url), 0, 0, False
    while killed < KILLS:
        step = chance.choice(APART)
        ahead += step
        other_side.advance(step * 60)
        done = zygote.run(ahead, kill_after=chance.uniform(0.0, 0.25))
        killed += not done
        if done:
            break
    if not done:
        ahead += 5
        other_side.advance(300)
        assert zygote.run(ahead)
    zygote.close()
    assert killed >= KILLS * 0.8, f"only {killed} kills before everything was sent: send more"
    await check(url, other_side)


async def check(url, remote):
    replies, mails = remote.seen("reply"), remote.seen("mail")
    assert [one for one in replies + mails if one["count"] != 1] == [], "sent twice"
    answered = [one["to"] for one in replies]
    assert len(answered) == len(set(answered)), "answered twice"
    store = await Store.open(url)
    found = await states(store)
    rows = await store.queries.actions(limit=1000)
    why = sorted({f"{row['state']}: {row['detail']}" for row in rows if row["state"] != "sent"})
    doubts = {row["id"]: row for row in await store.doubts.list(limit=1000)}
    await store.close()
    kinds = {f"action-{n}": "mail" if n % 11 >= 7 else "reply" for n in range(REPLIES + MAILS)}
    by_kind = {
        kind: [found[key] for key in found if kinds[key] == kind] for kind in ("reply", "mail")
    }
    assert set(by_kind["reply"]) == {ActionState.SENT.value}, (
        f"a look back settles every reply: {why}"
    )
    assert len(answered) == len(by_kind["reply"])
    ended = {ActionState.SENT.value, ActionState.UNKNOWN.value}
    assert set(by_kind["mail"]) == ended
    assert set(doubts) == {key for key, state in found.items() if state == "unknown"}
    sent = by_kind["mail"].count("sent")
    assert sent <= len(mails) <= len(by_kind["mail"])
    assert all(row["looked_for_at"] is None for row in doubts.values()), json.dumps(doubts)
    assert remote.complaints() == []
