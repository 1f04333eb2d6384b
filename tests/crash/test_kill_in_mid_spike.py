"""A process killed while rules over time fire ends in the same firings, actions and incidents.

The parent watches the database and kills with SIGKILL as soon as so many mentions are decided: as
the surge enters, at its height and in the calm after it. It is run once more when all is done, as
time must not run on twice.
"""

import json
import sqlite3
import subprocess
from contextlib import closing
from types import SimpleNamespace

import pytest

from tests.crash.test_kill import Replay

POLICY = """
policy: crash
brands: [acme]
defaults: {mode: enforce, severity: minor}
rules:
  - id: surge
    when: {text: 'broken'}
    window: {over: 5m, by: [brand], having: {count: {at_least: 10}, distinct: {field: author.id, at_least: 5}}}
    for: 30s
    resolve: {below: 60%, for: 2m}
    then:
      - incident: {title: "Surge about {{ key.brand }}"}
      - notify: {channel: room, text: "{{ key.brand }}"}
      - ads: {do: pause, select: {tag: brand}, restore: on_resolve}
      - escalate: {chain: people}
  - id: most
    when: {text: 'broken'}
    window: {over: 5m, by: [brand], having: {share: {at_least: 50%, of: all, min_total: 10}}}
    then: [{incident: {title: "Most of {{ key.brand }}"}}]
  - id: then
    sequence: {steps: [{when: {text: 'lovely'}}, {when: {text: 'broken'}}], within: 2m, by: [brand]}
  - id: silent
    absent: {for: 4m, by: [brand]}
  - id: waiting
    when: {text: 'refund'}
    unanswered: {for: 3m}
---
channel: room
kind: log
---
chain: people
steps: [{notify: {channel: room}}, {wait: 1m}, {notify: {channel: room}}, {wait: 1m}, {repeat: 2}]
"""
DUMPS = {
    "decisions": "SELECT id, mention, policy, rule, mode, at, firing FROM decisions ORDER BY id",
    "actions": "SELECT id, kind, state, reason, params FROM actions ORDER BY id",
    "incidents": "SELECT id, state, severity, title, opened_at, resolved_at FROM incidents ORDER BY id",
    "held back": "SELECT policy, rule, action, reason, detail FROM held_back ORDER BY 1, 2, 3, 4, 5",
}
DECIDED = "SELECT coalesce(max(seq), 0) FROM decide_cursor"
KILLS = (45, 65, 120)


def write_stream(path):
    """Twelve calm mentions, a surge of eighty, calm, a silence, another surge."""
    at, rows = 0, []
    plan = [(30, 12, "lovely"), (4, 80, "broken"), (30, 20, "refund"), (600, 1, "lovely")]
    for gap, times, word in [*plan, (5, 47, "broken")]:
        for _ in range(times):
            at += gap
            rows.append(
                {
                    "external_id": str(len(rows)),
                    "text": f"{word} number {len(rows)}",
                    "language": "en",
                    "brand": "acme",
                    "published_at": f"2026-03-02T{9 + at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z",
                    "author": {"id": f"a{len(rows) % 9}"},
                    "classifications": {
                        "sentiment": {"label": "neutral", "score": 0.9},
                        "intent": {"label": "other", "score": 0.9},
                    },
                }
            )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return len(rows)


def ask(path, query):
    """Return the rows of a query; none while there is no such table yet."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        return [tuple(map(str, row)) for row in connection.execute(query)]


def decided(path):
    """Return how far the engine has decided; 0 before there is a database."""
    try:
        return int(ask(path, DECIDED)[0][0])
    except sqlite3.OperationalError:
        return 0


def kill_once_decided(replay, path, mentions):
    """Start the process and kill it when so many are decided; True when it was still alive."""
    process = replay.start()
    while decided(path) < mentions:
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            continue
        break
    was_alive = process.poll() is None
    process.kill()
    _, err = process.communicate()
    assert was_alive or process.returncode == 0, err.decode()
    return was_alive


@pytest.mark.slow
def test_a_replay_killed_in_mid_spike_ends_in_the_firings_of_an_unbroken_one(tmp_path):
    count = write_stream(tmp_path / "stream.jsonl")
    (tmp_path / "policy.yaml").write_text(POLICY, "utf-8")
    (tmp_path / "config.yaml").write_text("engine: {batch: 5, backlog: 20}\n", "utf-8")
    nowhere = SimpleNamespace(url="http://127.0.0.1:9")
    whole = Replay(tmp_path, f"sqlite:///{tmp_path}/whole.db", nowhere)
    whole.run()
    wanted = {name: ask(tmp_path / "whole.db", query) for name, query in DUMPS.items()}
    phases = [json.loads(row[-1])["phase"] for row in wanted["decisions"]]
    assert phases.count("entered") >= 6
    assert phases.count("told") >= 4

    broken = Replay(tmp_path, f"sqlite:///{tmp_path}/broken.db", nowhere)
    killed = [kill_once_decided(broken, tmp_path / "broken.db", at) for at in KILLS]
    broken.run()
    broken.run()

    assert any(killed)
    assert decided(tmp_path / "broken.db") == count
    assert {name: ask(tmp_path / "broken.db", query) for name, query in DUMPS.items()} == wanted
