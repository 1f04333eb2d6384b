"""A running engine follows the playbook of an incident, and puts back what it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stories import START, Story, said

from engine.decision import ActionState, Phase
from engine.incidents import Act, OperatorAct

POLICY = """policy: p
rules:
  - id: surge
    mode: enforce
    severity: major
    when: {sentiment: negative}
    window: {over: 10m, by: [brand], having: {count: {at_least: 3}}}
    then: [{incident: {title: "Surge about {{ key.brand }}", playbook: recall}}]
  - id: danger
    mode: enforce
    severity: critical
    when: {text: fire}
    window: {over: 10m, by: [brand], having: {count: {at_least: 1}}}
    then: [{incident: {title: "Fire at {{ key.brand }}"}}]
---
channel: room
kind: log
---
chain: direction
steps:
  - {notify: {channel: room}}
  - {wait: 5m}
  - {notify: {channel: room}}
---
playbook: recall
levels:
  serious: {severity: major}
  recall: {severity: critical, chain: direction}
tasks:
  - {id: verify, role: safety, do: "Ring the plant.", within: 30m}
statements:
  en: "We are checking."
actions:
  - {publishing: {do: suspend, scope: brand}}
  - {notify: {channel: room, text: "Begins: {{ incident.title }}"}}
  - {ads: {do: pause, select: {tag: battery}}, level: recall}
stand_down: {after: 1h}
"""
MINUTE = 60


def done(story):
    """Return what the playbook had done: minute, kind, what."""
    found = []
    for decision, match in story.happened:
        for action in match.actions:
            if match.firing.phase is Phase.TOLD and "playbook" in action.params:
                minute = (decision.at - START).total_seconds() / MINUTE
                found.append((minute, action.kind, action.params.get("do", "")))
    return found


def surge():
    """A story in which the rule enters in the first minute."""
    return Story(POLICY, forgets=True).tell(said(0), said(1), said(60))


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_it_changed_is_put_back_when_it_stands_down(is_killed):
    story = surge().wait(20 * MINUTE)
    if is_killed:
        story.restart()
    story.wait(200 * MINUTE)

    assert done(story) == [
        (1, "publishing", "suspend"),
        (1, "notify", ""),
        (70, "publishing", "restore"),
    ]
    (text,) = [a.params["text"] for a in story.actions("notify") if "playbook" in a.params]
    assert text == "Begins: Surge about acme"
    assert [one for one in story.stored if one.startswith("playbook:")] == []


def test_a_graver_level_does_what_it_adds_and_starts_its_chain():
    story = surge().tell(said(120, text="fire", number="fire")).wait(200 * MINUTE)

    assert done(story) == [
        (1, "publishing", "suspend"),
        (1, "notify", ""),
        (2, "ads", "pause"),
        (72, "ads", "restore"),
        (72, "publishing", "restore"),
    ]
    told = [a for a in story.actions("notify") if a.params.get("chain") == "direction"]
    assert len(told) == 2
    assert all(one.state is ActionState.PLANNED for one in told)


def test_an_answer_ends_the_chain_of_a_level():
    story = surge().tell(said(120, text="fire", number="fire")).wait(3 * MINUTE)
    (incident,) = story.windows.incidents.open()
    at = START + timedelta(minutes=3)
    story.windows.follow([OperatorAct(incident.id, Act.ACKNOWLEDGE, "lea", at, seq=1)])
    story.wait(60 * MINUTE)

    told = [a for a in story.actions("notify") if a.params.get("chain") == "direction"]
    assert len(told) == 1


def test_a_test_or_a_backtest_plays_no_playbook():
    story = Story(POLICY).tell(said(0), said(1), said(60)).wait()

    assert done(story) == []
