"""test, beyond examples: tests documents, coverage in files and as a gate, and watching."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

POLICY = """
policy: care
brands: [acme]
rules:
  - id: refund
    when: {text: refund, sentiment: negative}
    then: [{tag: [refund]}]
    cooldown: {per: author, for: 1h}
    examples:
      fires:
        - {text: "a refund", language: en, classifications: {sentiment: {label: negative, score: 0.9}}}
      quiet:
        - {text: "a refund", language: en, classifications: {sentiment: {label: positive, score: 0.9}}}
"""
TESTS = """
tests:
  - name: an author is tagged once an hour
    given:
      - {every: 20m, times: 4, mention: {text: "refund {{ i }}", language: en, author: {id: "1"}, classifications: {sentiment: {label: negative, score: 0.9}}}}
      - {mention: {text: "hello", language: en, classifications: {sentiment: {label: negative, score: 0.9}}}}
    expect:
      - {action: tag, times: 2}
      - {suppressed: tag, by: cooldown, times: 2}
"""


def test_tests_documents_run_and_count_for_coverage(tocsin, write):
    write("rules/care.yaml", POLICY)
    write("rules/tests/care.yaml", TESTS)

    done = tocsin("test", "rules", "--format", "json", "--min-coverage", "100%")

    assert (done.code, done.json["passed"], done.json["failed"]) == (0, 4, 0)
    assert done.json["coverage"] == {"rules": 1.0, "branches": 1.0}
    assert done.json["cases"][-1] == {
        "name": "an author is tagged once an hour: suppressed tag by cooldown times 2",
        "file": "rules/tests/care.yaml",
        "line": 9,
        "status": "passed",
        "detail": "",
    }


def test_an_expectation_that_fails_is_shown_at_its_line(tocsin, write):
    write("rules/care.yaml", POLICY)
    write("rules/tests.yaml", TESTS.replace("times: 2}", "times: 3}", 1))

    done = tocsin("test", "rules")

    assert done.code == 1
    assert (
        "rules/tests.yaml:8: FAILED an author is tagged once an hour: action tag times 3"
        in done.out
    )
    assert "expected tag to be planned 3 times, happened 2 times" in done.out


def test_below_the_wanted_coverage_it_fails(tocsin, write):
    path = write("care.yaml", POLICY)

    done = tocsin("test", path, "--min-coverage", "100%", "--format", "json")

    assert (done.code, done.json["failed"]) == (1, 0)
    assert "covered branches 83%: less than 100%" in done.err


def test_coverage_is_written_as_a_page_and_as_json(tocsin, write, tmp_path):
    path = write("care.yaml", POLICY)

    tocsin("test", path, "--coverage-html", "out.html", "--coverage-json", "out.json")

    assert "care/refund" in (tmp_path / "out.html").read_text("utf-8")
    details = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert details["by_rule"][0]["rule"] == "refund"
    assert (details["rules"], details["branches"]) == (1.0, 0.8333)


def test_a_share_that_is_none_is_wrong_usage(tocsin, write):
    done = tocsin("test", write("care.yaml", POLICY), "--min-coverage", "all")

    assert done.code == 2
    assert "write it like 40%" in done.err


@pytest.fixture
def watching(tmp_path, write):
    """The command watching a file, and what reads its lines until one holds some words."""
    path = write("rules/care.yaml", POLICY)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    command = [sys.executable, "-u", "-m", "engine.cli", "test", "rules", "--watch"]
    child = subprocess.Popen(
        [*command, "--coverage-html", "rules/out.html"],
        cwd=tmp_path,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    # A watch that shows nothing more must fail its test, not hang it.
    deadline = threading.Timer(180, child.kill)
    deadline.start()

    def until(words):
        lines = []
        for line in child.stdout:
            lines.append(line)
            if words in line:
                return
        raise AssertionError("".join(lines))

    yield path, child, until
    deadline.cancel()
    child.kill()
    child.wait()
    child.stdout.close()


def test_watching_it_runs_again_at_every_change_and_a_broken_file_ends_nothing(watching):
    path, child, until = watching
    until("2 passed, 0 failed")
    until("waiting for a change")

    path.write_text(POLICY.replace("sentiment: negative}", "sentimant: negative}"), "utf-8")
    until("unknown field or task 'sentimant'")

    path.write_text(POLICY.replace('"a refund"', '"a reward"'), "utf-8")
    until("1 passed, 1 failed")

    path.parent.rename(path.parent.with_name("old"))
    until("no such file or folder")
    path.parent.with_name("old").rename(path.parent)
    until("1 passed, 1 failed")

    until("waiting for a change")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == 0
