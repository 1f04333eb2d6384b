"""Rules over time as an author meets them: test, backtest, explain and replay, as text and JSON."""

from __future__ import annotations

import pytest

POLICY = """
policy: care
brands: [acme]
rules:
  - id: surge
    when: {text: refund}
    window: {over: 10m, by: [brand], having: {count: {at_least: 3}}}
    then: [{incident: {title: "Surge about {{ key.brand }}"}}]
"""
TESTS = """
tests:
  - name: three in ten minutes open an incident
    given:
      - {every: 1m, times: 3, mention: {text: "refund {{ i }}", language: en}}
    expect:
      - {at: 1m, firing: []}
      - {at: 2m, firing: [surge]}
      - {incident: surge, state: resolved}
  - name: two do not
    given:
      - {every: 1m, times: 2, mention: {text: "refund {{ i }}", language: en}}
      - {mention: {text: "hello", language: en}}
    expect:
      - {never: incident}
"""
TASKS = ("sentiment", "intent", "topic", "emotion", "offensive", "irony")


def row(minute):
    return {
        "id": f"m{minute}",
        "text": "a refund",
        "language": "en",
        "brand": "acme",
        "published_at": f"2026-03-02T09:{minute:02}:00Z",
        "author": {"id": str(minute)},
        "classifications": {task: {"label": "other", "score": 0.9} for task in TASKS},
    }


@pytest.fixture
def files(write):
    write("rules/care.yaml", POLICY)
    return write("in.jsonl", [row(minute) for minute in range(5)])


def test_tests_of_a_window_pass_and_cover_it_whole(tocsin, write):
    write("rules/care.yaml", POLICY)
    write("rules/tests.yaml", TESTS)

    done = tocsin("test", "rules", "--format", "json", "--min-coverage", "100%")

    assert (done.code, done.json["passed"], done.json["failed"]) == (0, 4, 0), done.out
    assert done.json["coverage"] == {"rules": 1.0, "branches": 1.0}


def test_a_test_that_fails_says_how_near_the_rule_came(tocsin, write):
    write("rules/care.yaml", POLICY)
    write("rules/tests.yaml", TESTS.replace("{never: incident}", "{action: incident}"))

    done = tocsin("test", "rules")

    assert done.code == 1
    assert "rules/tests.yaml:15: FAILED two do not: action incident" in done.out
    assert "care/surge: never fired; count reached 2 of 3 at 1m" in done.out
    assert "3 passed, 1 failed; rules covered 100%" in done.out


def test_a_backtest_shows_the_incident_to_people_and_to_programs(tocsin, files):
    command = ("backtest", "--policy", "rules", "--input", "in.jsonl")
    first, second = (tocsin(*command, "--format", "json") for _ in range(2))
    shown = tocsin(*command)

    assert (first.code, first.out, first.err) == (0, second.out, "")
    assert first.json["incidents"] == [
        {
            "policy": "care",
            "rule": "surge",
            "key": {"brand": "acme"},
            "opened_at": "2026-03-02T09:02:00Z",
            "resolved_at": "2026-03-02T09:12:00Z",
            "peak": 5,
            "mode": "draft",
        }
    ]
    ((decision),) = first.json["decisions"]
    assert (decision["mention"], decision["actions"][0]["action"]) == ("m2", "incident")
    assert decision["actions"][0]["params"]["title"] == "Surge about acme"
    assert "care/surge (draft): 1 incident(s)" in shown.out
    assert "  brand=acme  opened 2026-03-02T09:02:00Z, lasted 10m, peak 5" in shown.out


def test_two_policies_differ_by_their_incidents(tocsin, files, write):
    write("later/care.yaml", POLICY.replace("at_least: 3", "at_least: 4"))
    write("never/care.yaml", POLICY.replace("at_least: 3", "at_least: 9"))
    command = ("backtest", "--policy", "rules", "--input", "in.jsonl", "--against")

    later, never = (tocsin(*command, other, "--format", "json") for other in ("later", "never"))
    shown = tocsin(*command, "later")

    (changed,) = later.json["changed"]
    assert (changed["before"]["opened_at"][14:16], changed["after"]["opened_at"][14:16]) == (
        "03",
        "02",
    )
    assert [one["opened_at"] for one in never.json["added"]] == ["2026-03-02T09:02:00Z"]
    assert "care/surge  incident brand=acme" in shown.out
    assert "opened_at: 2026-03-02T09:03:00Z -> 2026-03-02T09:02:00Z" in shown.out


def test_explain_shows_what_the_window_measured_after_the_mention(tocsin, files):
    command = ("explain", "--policy", "rules", "--input", "in.jsonl", "--rule", "surge")

    before = tocsin(*command, "--mention", "m1", "--format", "json").json
    after = tocsin(*command, "--mention", "m2")

    assert (before["fired"], before["counts"], before["firing"]) == (False, True, [])
    assert (before["trace"][0]["condition"], before["trace"][0]["value"]) == ("count at_least 3", 2)
    assert "care/surge: fires brand=acme since 2026-03-02T09:02:00Z" in after.out
    assert "✓ window: count at_least 3  (saw 3)" in after.out


def test_a_replay_counts_incidents(tocsin, files):
    done = tocsin("replay", "in.jsonl", "--policy", "rules", "--format", "json")
    again = tocsin("replay", "in.jsonl", "--policy", "rules")

    assert (done.code, done.json["incidents"]) == (0, 1), done.err
    assert "decisions 0, incidents 0" in again.out
