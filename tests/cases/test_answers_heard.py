"""Rules that wait for an answer hear of replies that were sent and of cases that people settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.cases import Answer
from engine.mention import Author
from tests.windows.stories import START, Story, said

WAITS = """
policy: care
brands: [acme]
rules:
  - {id: waiting, when: {sentiment: negative}, unanswered: {for: 30m}}
"""
HOUR = 3600


def asked(**fields):
    return said(0, number="asked", **fields)


def heard(story, seconds, *, mention="asked", seq=1):
    story.windows.hear([Answer(mention, START + timedelta(seconds=seconds), seq)])
    return story


@pytest.mark.parametrize(
    ("answered", "firings"),
    [
        # 0 Q-----------A 10m              30m due: nothing
        pytest.param(600, [], id="in time"),
        pytest.param(1799, [], id="a second before it is too late"),
        # 0 Q-----------------------------30m FA: as late as an answer that is a mention
        pytest.param(1800, [(1800, 1800)], id="at the very instant"),
        # 0 Q-----------------------------30m F------A 40m
        pytest.param(2400, [(1800, 2400)], id="too late"),
    ],
)
@pytest.mark.parametrize("is_early", [True, False], ids=["before its time came", "afterwards"])
def test_an_answer_counts_at_its_own_instant_whenever_it_is_heard(answered, firings, is_early):
    story = Story(WAITS).tell(asked())
    story.wait(1 if is_early else min(answered, 1799))
    heard(story, answered).wait(HOUR)

    assert story.firings("waiting") == firings


def test_one_that_fires_resolves_when_the_answer_is_heard():
    story = Story(WAITS).tell(asked()).wait(2000)
    assert story.firings() == [(1800, None)]
    heard(story, 2400).wait(2399)
    assert story.firings() == [(1800, None)]

    assert story.wait(2400).firings() == [(1800, 2400)]


def test_an_engine_killed_after_it_heard_knows_the_answer_when_it_comes_back():
    story = heard(Story(WAITS).tell(asked()), 600)
    story.wait(60).restart()
    assert story.windows.heard == 1

    story.wait(HOUR)
    assert story.firings() == []


def test_an_engine_that_comes_back_hears_before_it_knows_its_rules():
    story = Story(WAITS).tell(asked()).restart()
    heard(story, 600).wait(HOUR)

    assert story.firings() == []


def test_the_same_answers_are_heard_once_and_those_of_others_change_nothing():
    story = heard(Story(WAITS).tell(asked()), 600, mention="another")
    heard(story, 900, seq=2)
    before = story.windows.changes()
    heard(story, 900, seq=2)

    assert before["answers"] == {"seq": 2}
    assert story.windows.changes() == {}
    assert story.wait(HOUR).firings() == []


def test_the_earlier_of_two_answers_counts():
    story = heard(Story(WAITS).tell(asked()).wait(1900), 2600)
    heard(story, 2400, seq=2).wait(HOUR)

    assert story.firings() == [(1800, 2400)]


def test_an_answer_that_is_a_mention_comes_before_a_later_one_that_was_heard():
    story = heard(Story(WAITS).tell(asked()).wait(1900), 2600)
    ours = said(2000, "neutral", in_reply_to="asked", number="ours", author=Author(id="acme"))
    story.tell(ours).wait(HOUR)

    assert story.firings() == [(1800, 2000)]


def test_history_that_is_played_again_is_answered_as_long_after_as_it_was_then():
    # published years before it arrived; answered ten minutes after its arrival
    arrived = START + timedelta(days=1000)
    story = Story(WAITS, forgets=True).tell(replace(asked(), observed_at=arrived))
    story.windows.hear([Answer("asked", arrived + timedelta(minutes=10), 1)])
    story.wait(HOUR)
    assert story.firings() == []

    late = Story(WAITS, forgets=True).tell(replace(asked(), observed_at=arrived))
    late.windows.hear([Answer("asked", arrived + timedelta(minutes=40), 1)])
    assert late.wait(HOUR).firings() == [(1800, 2400)]


def test_only_what_was_given_to_the_queue_waits_and_is_answered():
    story = Story(
        """
policy: care
brands: [acme]
rules:
  - {id: give, when: {text: given}, then: [{assign: {queue: care}}]}
  - {id: waiting, when: {sentiment: negative}, unanswered: {for: 30m, queue: care}}
---
queue: care
"""
    )
    story.tell(
        said(0, number="a", text="given"),
        said(1, number="b", text="kept"),
        said(2, number="c", text="given"),
    )
    heard(story, 600, mention="a").wait(HOUR)

    assert [key["mention"] for _, _, _, key in story.timeline()] == ["c"]
