"""Somebody acknowledges an incident: its chain tells nobody further, and nobody is told again."""

from __future__ import annotations

from datetime import timedelta

from stories import START, Story, said

from engine.decision import Phase
from engine.incidents import Act, OperatorAct

POLICY = """policy: p
rules:
  - id: surge
    mode: enforce
    when: {sentiment: negative}
    window: {over: 2h, by: [brand], having: {count: {at_least: 3}}}
    then:
      - incident: {title: "Surge"}
      - notify: {channel: room}
      - escalate: {chain: on-call}
---
channel: room
kind: log
---
chain: on-call
steps:
  - {notify: {channel: room}}
  - {wait: 10m}
  - {notify: {channel: room}}
  - {wait: 10m}
  - {repeat: 3}
"""
MINUTE = 60


def told(story):
    """Return the minutes at which somebody was told, by chain and anew."""
    by_chain, anew = [], []
    for decision, match in story.happened:
        if match.firing.phase is Phase.TOLD:
            minute = (decision.at - START).total_seconds() / MINUTE
            (anew if "chain" not in match.actions[0].params else by_chain).append(minute)
    return by_chain, anew


def test_nobody_answers_and_people_are_told_in_turn_and_again():
    story = Story(POLICY, forgets=True).tell(said(0), said(1), said(60)).wait(60 * MINUTE)

    by_chain, anew = told(story)
    assert by_chain == [1, 11, 21, 31, 41, 51]
    assert anew == [16, 46]


def test_an_acknowledgement_ends_the_chain_and_the_notices():
    story = Story(POLICY, forgets=True).tell(said(0), said(1), said(60)).wait(12 * MINUTE)
    (incident,) = story.windows.incidents.open()
    at = START + timedelta(minutes=12)
    story.windows.follow([OperatorAct(incident.id, Act.ACKNOWLEDGE, "lea", at, seq=1)])
    story.wait(60 * MINUTE)

    assert told(story) == ([1, 11], [])
    (after,) = story.windows.incidents.open()
    assert after.state.value == "acknowledged"


def test_an_acknowledgement_holds_through_a_restart():
    story = Story(POLICY, forgets=True).tell(said(0), said(1), said(60)).wait(12 * MINUTE)
    (incident,) = story.windows.incidents.open()
    at = START + timedelta(minutes=12)
    story.windows.follow([OperatorAct(incident.id, Act.ACKNOWLEDGE, "lea", at, seq=1)])
    story.wait(13 * MINUTE).restart().wait(60 * MINUTE)

    assert told(story) == ([1, 11], [])
