"""The engine as a process: drained, stopped, started again; and what it must never delete."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

POLICY = """
policy: care
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
"""
CONFIG = """
policies: [policy.yaml]
http: {{port: 0}}
sources:
  - {{name: export, kind: file, path: stream.jsonl, speed: {speed}}}
  {more}
"""
LABELS = {
    "sentiment": {"label": "neutral", "score": 0.9},
    "intent": {"label": "other", "score": 0.9},
    "topic": {"label": "other", "score": 0.9},
}


def rows(count):
    return [
        {
            "external_id": str(number),
            "text": f"a refund, number {number}",
            "language": "en",
            "published_at": f"2026-03-02T{9 + number // 60:02}:{number % 60:02}:00Z",
            "classifications": LABELS,
        }
        for number in range(count)
    ]


@pytest.fixture
def house(write):
    """Writes settings, a policy and a stream; returns the settings file."""

    def build(count=5, speed="max", more=""):
        write("policy.yaml", POLICY)
        write("stream.jsonl", rows(count))
        return write("tocsin.yaml", CONFIG.format(speed=speed, more=more))

    return build


def ask(folder, query):
    with closing(sqlite3.connect(folder / "test.db")) as database:
        return database.execute(query).fetchall()


def count(folder, table):
    return len(ask(folder, f"SELECT 1 FROM {table}"))


def test_a_drained_run_ends_well_with_everything_decided_and_sent(tocsin, house, tmp_path):
    done = tocsin("run", "--config", house(), "--until-drained", "--plain")

    assert done.code == 0, done.err
    assert done.out == ""
    assert "Tocsin is running: http://127.0.0.1:" in done.err
    assert "taken up at the next start" not in done.err
    assert ask(tmp_path, "SELECT rule, state FROM outcomes") == [("refund", "sent")] * 5


def test_a_label_set_among_the_policies_is_taught_and_its_rule_fires(tocsin, write, tmp_path):
    write(
        "rules/defect.yaml",
        """
policy: own
rules:
  - id: wheels
    when: {defect: wheel}
    then: [{tag: [wheel]}]
---
labels:
  wheel:
    examples: {en: ["the wheel is bent", "my wheel wobbles", "a wheel broke", "wheel out of true"]}
  brake:
    examples: {en: ["the brake squeals", "my brake failed", "a brake broke", "brake pad worn"]}
""",
    )
    write("stream.jsonl", [{**rows(1)[0], "text": "my front wheel is bent, the wheel wobbles"}])

    done = tocsin("replay", "stream.jsonl", "--policy", "rules", "--format", "json")

    assert done.code == 0, done.err
    assert done.json["actions"] == {"sent": 1}
    assert ask(tmp_path, "SELECT rule FROM outcomes") == [("wheels",)]


def test_learning_a_label_set_says_so_on_standard_error_alone(tocsin, write):
    path = write(
        "defect.yaml",
        """
policy: own
rules:
  - id: wheels
    when: {defect: wheel}
    then: [{tag: [wheel]}]
    examples: {fires: [{text: "the wheel is bent", language: en}]}
---
labels:
  wheel: {examples: {en: ["the wheel is bent", "my wheel wobbles", "a wheel broke"]}}
  brake: {examples: {en: ["the brake squeals", "my brake failed", "a brake broke"]}}
""",
    )

    done = tocsin("test", path, "--format", "json")

    assert done.json["passed"] == 1
    assert "learning it from its examples" in done.err


def test_standard_input_is_a_source(tocsin, write):
    write("policy.yaml", POLICY)
    config = write(
        "tocsin.yaml",
        "policies: [policy.yaml]\nhttp: {port: 0}\nsources: [{name: pipe, kind: stdin}]\n",
    )
    line = b'{"text": "a refund", "language": "en", "published_at": "2026-03-02T09:00:00Z"}\n'

    ran = tocsin("run", "--config", config, "--until-drained", "--plain", stdin=line)
    replayed = tocsin("replay", "-", "--config", config, "--format", "json", stdin=line + b"{ no\n")

    assert ran.code == 0, ran.err
    assert (replayed.json["duplicates"], replayed.json["dead_letters"]) == (1, 1)


def test_a_source_that_failed_for_good_is_told_by_the_exit_status(tocsin, house, tmp_path):
    config = house(more="- {name: gone, kind: file, path: nowhere.jsonl}")

    done = tocsin("run", "--config", config, "--until-drained", "--plain")

    assert done.code == 1
    assert "there is no such file" in done.err
    assert count(tmp_path, "outcomes") == 5


def test_a_run_that_is_asked_to_stop_ends_well_and_is_taken_up_again(tocsin, house, tmp_path):
    # An event a minute at 60x: one a second, so the stop comes in the middle of the file.
    config = house(count=120, speed="60x")
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "run", "--config", config, "--plain"],
        cwd=tmp_path,
        env={**os.environ, "TOCSIN_DATABASE_URL": "sqlite:///test.db"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=30)
    finally:
        process.kill()

    assert b"Tocsin is running" in said
    assert process.returncode == 0, rest.decode()
    assert b"taken up at the next start" in rest
    assert count(tmp_path, "mentions") < 120

    config.write_text(config.read_text("utf-8").replace("60x", "max"), "utf-8")
    again = tocsin("run", "--config", config, "--until-drained", "--plain")

    assert again.code == 0, again.err
    assert count(tmp_path, "mentions") == 120
    assert count(tmp_path, "outcomes") == 120


def test_a_fresh_start_empties_the_settings_own_database_and_never_one_that_was_named(
    tocsin, house, tmp_path
):
    config = house()
    text = config.read_text("utf-8")
    config.write_text(text + "database: {url: 'sqlite:///test.db', is_fresh: true}\n", "utf-8")
    options = ("run", "--config", config, "--until-drained", "--plain")
    precious = b"not a database, and dear to somebody" * 99
    (tmp_path / "test.db").write_bytes(precious)

    named = tocsin(*options)
    assert (named.code, (tmp_path / "test.db").read_bytes()) == (2, precious)

    afresh = tocsin(*options, TOCSIN_DATABASE_URL=None)
    assert (afresh.code, count(tmp_path, "mentions")) == (0, 5)


def test_only_a_file_can_be_started_afresh(tocsin, house):
    config = house()
    text = config.read_text("utf-8")
    config.write_text(text + "database: {url: 'postgresql://db/x', is_fresh: true}\n", "utf-8")

    done = tocsin("run", "--config", config, "--plain", TOCSIN_DATABASE_URL=None)

    assert done.code == 2
    assert "is never emptied" in done.err
