"""The life of policies from the command line, with an engine running beside it."""

import json
import os
import signal
import subprocess
import sys

import pytest

POLICY = """\
policy: care
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
"""
EDITED = POLICY.replace("id: refund", "id: money-back")
SETTINGS = """
policies: [policies]
models: {labels: labels, backend: linear}
http: {port: 0}
sources: [{name: inbox, kind: folder, path: inbox}]
"""


@pytest.fixture
def house(write, tmp_path):
    """Writes settings and a policy; returns the settings file."""
    for name in ("labels", "inbox"):
        (tmp_path / name).mkdir()
    write("policies/care.yaml", POLICY)
    return write("tocsin.yaml", SETTINGS)


@pytest.fixture
def running(house, tmp_path):
    """An engine as a process, and the log lines it writes, as JSON."""
    known = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "run", "--config", str(house), "--plain"],
        cwd=tmp_path,
        env={**known, "TOCSIN_DATABASE_URL": "sqlite:///test.db", "TOCSIN_LOG_FORMAT": "json"},
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate()
    assert process.returncode == 0, rest


def wait_for(process, words):
    """Read the engine's log until a line holds the words."""
    for line in process.stderr:
        if words in line:
            return json.loads(line) if line.startswith("{") else line
    pytest.fail(f"the engine ended before it said {words!r}")


def test_an_edit_is_broken_mended_and_rolled_back_while_the_engine_runs(
    tocsin, write, running, house
):
    wait_for(running, "Tocsin is running")
    write("policies/care.yaml", POLICY.replace("when:", "wehn:"))
    refused = wait_for(running, "policies refused")
    assert "1 problem(s)" in refused["why"]
    write("policies/care.yaml", EDITED)
    wait_for(running, "policies reloaded")

    rows = tocsin("policy", "history", "--config", house, "--format", "json").json
    assert [row["kind"] for row in rows] == ["reload", "refused", "startup"]
    assert rows[0]["detail"]["changes"] == {"added": 1, "removed": 1, "changed": 0}
    done = tocsin(
        *("policy", "rollback", rows[2]["revision"][:10], "--config", house),
        *("--by", "zoe", "--reason", "too eager", "--format", "json"),
    )
    assert done.json["written"] == ["policies/care.yaml"]
    back = wait_for(running, "policies reloaded")

    assert back["revision"] == rows[2]["revision"][:12]
    shown = tocsin("policy", "history", "--config", house)
    assert 'by zoe  "too eager"' in shown.out
    assert "refused" in shown.out


def test_the_engine_stopped_the_commands_work_too(tocsin, write, house):
    del house
    settings = write("once.yaml", SETTINGS.replace("kind: folder, path: inbox", "kind: stdin"))
    started = tocsin("run", "--config", settings, "--until-drained", "--plain", stdin=b"")
    assert started.code == 0, started.err
    write("policies/care.yaml", EDITED)

    diff = tocsin("policy", "diff", "--config", settings, "--text")
    assert diff.code == 0, diff.err
    assert "+ rule care/money-back (draft)" in diff.out
    assert "-  - id: refund" in diff.out

    revision = tocsin("policy", "history", "--config", settings, "--format", "json").json[0]
    refused = tocsin("policy", "rollback", revision["revision"], "--config", settings)
    assert refused.code == 2
    assert "edits that never ran: policies/care.yaml" in refused.err
    shown = tocsin("policy", "show", revision["revision"][:6], "--config", settings)
    assert POLICY.splitlines()[0] in shown.out
