"""The command rehearse, called as a person would."""

from __future__ import annotations

import pytest

POLICY = """policy: care
brands: [acme]
rules:
  - id: surge
    severity: major
    when: {text: fire}
    window: {over: 10m, by: [brand], having: {count: {at_least: 5}}}
    then: [{incident: {title: Fire, playbook: fire}}]
"""
PLAYBOOK = """playbook: fire
actions: [{halt: replies}, {rules: draft}]
"""
TASKS = ("sentiment", "intent", "topic", "emotion", "offensive", "irony")


def row(number):
    return {
        "text": f"fire {number}",
        "language": "en",
        "published_at": f"2026-03-02T09:{number:02}:00Z",
        "author": {"id": str(number)},
        "classifications": {task: {"label": "other", "score": 0.9} for task in TASKS},
    }


def test_the_recall_of_the_demonstration_restores_everything_and_sends_nothing(tocsin):
    done = tocsin("rehearse", "battery-recall", "--acknowledge-after", "12m", "--by", "lea")

    assert done.code == 0, done.err
    assert "lea would be told at Sunday 03:03 Europe/Paris" in done.out
    assert "lea acknowledges inc-" in done.out
    assert "marc would be told at Sunday 03:13" in done.out
    assert "put back: suspend publishing (brand)" in done.out
    assert "statement ready (fr, press)" in done.out
    assert done.out.endswith("0 left; nothing was sent\n")


def test_json_is_the_timeline_and_the_same_twice(tocsin):
    command = ("rehearse", "battery-recall", "--at", "2026-03-03T13:00:00Z", "--format", "json")
    first, second = tocsin(*command), tocsin(*command)

    assert (first.code, first.out) == (0, second.out)
    assert [one["what"] for one in first.json][:3] == ["mention", "matched", "entered"]
    assert first.json[0]["at"] == "2026-03-03T13:00:00Z"
    assert (first.json[-1]["what"], first.json[-1]["left"]) == ("closed", [])
    assert len(first.json[-1]["restored"]) == len(first.json[-1]["changed"]) == 5


def test_a_past_crisis_is_played_by_a_playbook_in_a_file(tocsin, write):
    write("rules/care.yaml", POLICY)
    write("fire.yaml", PLAYBOOK)
    write("past.jsonl", [row(number) for number in range(8)])
    command = ("rehearse", "fire.yaml", "--policy", "rules", "--brand", "acme")

    done = tocsin(*command, "--input", "past.jsonl")

    assert done.code == 0, done.err
    assert "rehearsal of fire: past.jsonl; nothing is sent" in done.out
    assert "2 changed, 2 restored, 0 kept on purpose, 0 left" in done.out


def test_what_would_be_left_fails_the_rehearsal(tocsin, write):
    absent = "absent: {for: 30m, by: [brand]}"
    window = "window: {over: 10m, by: [brand], having: {count: {at_least: 5}}}"
    write("rules/care.yaml", POLICY.replace(window, absent) + "---\n" + PLAYBOOK)
    write("past.jsonl", [row(number) for number in range(3)])
    command = ("rehearse", "fire", "--policy", "rules", "--input", "past.jsonl", "--brand", "acme")

    done = tocsin(*command)

    assert done.code == 1
    assert "LEFT: nothing puts it back" in done.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("battery-recal",), 2, "did you mean 'battery-recall'"),
        (("battery-recall", "--brand", "acme"), 2, "go with --input"),
        (("battery-recall", "--acknowledge-after", "soon"), 2, "soon"),
        (("fire", "--policy", "rules"), 1, "none of care/surge opens an incident"),
        (("lonely", "--policy", "rules"), 1, "no rule opens an incident with playbook 'lonely'"),
        (("fire", "--policy", "rules", "--input", "in.jsonl"), 1, "in.jsonl"),
        (("rules/care.yaml", "--policy", "rules"), 2, "holds fire, lonely: name one"),
    ],
    ids=[
        "a misspelt playbook",
        "a brand without a file",
        "no duration",
        "neither tests nor examples",
        "a playbook of no rule",
        "a past without a crisis",
        "a file of several",
    ],
)
def test_what_cannot_be_rehearsed_is_said(tocsin, write, *, arguments, code, said):
    write("rules/care.yaml", POLICY + "---\n" + PLAYBOOK + "---\nplaybook: lonely\n")
    write("in.jsonl", [row(1)])

    done = tocsin("rehearse", *arguments)

    assert (done.code, done.out) == (code, "")
    assert said in done.err
