"""What holds of any stream under rules of every kind at once: no fault, one life a firing, no memory."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mention import Author, Metrics
from engine.mention_json import read_mention, write_mention
from tests.windows.stories import START, Story, said

MONTH = 31 * 86_400
POLICY = """policy: p
rules:
  - {id: count, when: {sentiment: negative}, window: {over: 2m, by: [brand], having: {count: {at_least: 3}}}, for: 10s, resolve: {below: 50%, for: 20s}, then: [{incident: {title: a}}, {escalate: {chain: c}}, {ads: {do: pause, select: {tag: brand}, restore: on_resolve}}], cooldown: {per: brand, for: 5m}}
  - {id: crowd, when: {sentiment: negative}, window: {over: 1m, by: [brand, source], having: {distinct: {field: author.id, at_least: 2}}}}
  - {id: part, when: {sentiment: negative}, window: {over: 3m, by: [hashtags], having: {share: {at_least: 50%, of: all, min_total: 2}}}, resolve: {for: 30s}}
  - {id: reach, when: {sentiment: negative}, window: {over: 2m, having: {any: [{sum: {field: metrics.reach, at_least: 10}}, {percentile: {field: metrics.reach, rank: 90%, at_least: 8}}]}}}
  - {id: few, when: {sentiment: negative}, window: {over: 1m, by: [sentiment], having: {count: {at_most: 2}}}, for: 2m}
  - {id: but, when: {sentiment: negative}, window: {over: 1m, by: [brand], having: {count: {at_least: 2}, not: {distinct: {field: author.id, at_least: 2}}}}}
  - {id: spike, when: {sentiment: negative}, window: {over: 2s, by: [brand], having: {spike: {sensitivity: high, at_least: 1}}}}
  - {id: theme, when: {sentiment: negative}, window: {over: 1m, by: [brand], having: {emerging: {field: terms, at_least: 2}}}}
  - {id: second, window: {over: 1s, by: [author.id], having: {count: {at_least: 2}}}}
  - {id: year, window: {over: 400d, by: [brand], having: {count: {at_least: 5}}}, for: 450d}
  - {id: then, sequence: {steps: [{when: {sentiment: negative}}, {when: {sentiment: positive}}, {when: {sentiment: negative}}], within: 1m, by: [brand]}}
  - {id: silent, absent: {for: 1m, by: [brand]}}
  - {id: waiting, when: {sentiment: negative}, unanswered: {for: 1m}}
  - {id: working, when: {sentiment: negative}, unanswered: {for: 30m, calendar: office}}
inhibit: [{source: crowd, target: {rule: [count, but]}, equal: [brand]}]
---
calendar: office
time_zone: Europe/Paris
hours: {mon-fri: ["09:00-12:30", "13:30-18:00"]}
---
channel: room
kind: log
---
chain: c
steps: [{notify: {channel: room}}, {wait: 1m}, {notify: {channel: room}, only_if: {more_than: 1, in: 5m}}, {repeat: 2}]
"""
ODD = ["a", "İstanbul", "ß", "#", "\U0001f525", "\u0000x", '"],[', "e\u0301"]


@st.composite
def streams(draw, *, odd=False):
    """A stream of up to 40 mentions, often at one instant, seldom in order."""
    found = []
    base = 0
    for number in range(draw(st.integers(0, 40))):
        base = base if draw(st.booleans()) else draw(st.integers(0, 400))
        fields = {
            "brand": draw(st.sampled_from([*ODD, None] if odd else ["a", "b"])),
            "source": draw(st.sampled_from(["x", "y"])),
            "author": draw(
                st.sampled_from(
                    [Author(), Author(id="1"), Author(id="2", handle="@Z"), Author(handle="@z")]
                )
            ),
            "metrics": Metrics(
                reach=draw(st.sampled_from([None, 0, 3, 9, *([10**15] if odd else [])]))
            ),
            "hashtags": tuple(draw(st.lists(st.sampled_from([*ODD, "b"]), max_size=3))),
            "text": draw(st.sampled_from(["battery fire", "nice", "fire", "acme battery"])),
            "in_reply_to": draw(st.sampled_from([None, f"m{number - 1}", "m0"])),
        }
        label = draw(st.sampled_from(["negative", "negative", "positive", "unknown"]))
        one = said(base, label, number=f"m{number}", **fields)
        if odd and draw(st.integers(0, 5)) == 0:
            at = draw(st.sampled_from(FAR))
            one = replace(one, published_at=at)
        # As an input brings it: what is stored of a mention reads back as it was.
        found.append(read_mention(write_mention(one)))
    return found


FAR = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    START - timedelta(days=50 * 365),
    START + timedelta(days=50 * 365),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


def lives(story):
    """Return the phases of each rule and key, in the order they were told."""
    found = {}
    for _, match in story.happened:
        if match.firing.step == 0 and match.firing.phase.value != "told":
            key = match.rule, json.dumps(dict(match.firing.key), sort_keys=True)
            found.setdefault(key, []).append(match.firing)
    return found


def check_lives(story):
    """Fail where a firing enters twice, resolves unentered, or time goes back for a key."""
    for name, firings in lives(story).items():
        phases = [one.phase.value for one in firings]
        assert phases == ["entered", "resolved"] * (len(phases) // 2) + ["entered"] * (
            len(phases) % 2
        ), name
        times = [one.resolved_at or one.opened_at for one in firings]
        assert times == sorted(times), name
        for entered, resolved in zip(firings[::2], firings[1::2], strict=False):
            assert entered.opened_at == resolved.opened_at <= resolved.resolved_at
        opened = [one.opened_at for one in firings[::2]]
        assert len(set(opened)) == len(opened), name


@settings(max_examples=150, deadline=None)
@given(streams())
def test_firings_enter_and_resolve_in_turns_and_in_order_of_time(stream):
    story = Story(POLICY).tell(*stream).wait(1_000)

    assert not story.faults
    check_lives(story)


@settings(max_examples=150, deadline=None)
@given(streams(odd=True))
def test_no_odd_time_key_or_number_is_a_fault(stream):
    story = Story(POLICY).tell(*stream)
    assert story.windows.next_due is None or story.windows.next_due.tzinfo is UTC
    story.windows.by_clock(datetime.max.replace(tzinfo=UTC))
    story.restart().wait()

    assert not story.faults
    check_lives(story)


@settings(max_examples=100, deadline=None)
@given(streams(), st.lists(st.integers(0, 40), max_size=4))
def test_a_restart_anywhere_changes_nothing(stream, kills):
    whole, parted = Story(POLICY), Story(POLICY)
    for number, one in enumerate(stream):
        whole.tell(one)
        if number in kills:
            parted.restart()
        parted.tell(one)
        assert parted.stored == whole.stored
    whole.wait(1_000)
    parted.restart().wait(1_000)

    assert [one for one, _ in parted.happened] == [one for one, _ in whole.happened]
    assert json.dumps(parted.stored) == json.dumps(whole.stored)


@settings(max_examples=40, deadline=None)
@given(streams())
def test_the_same_stream_stores_the_same_bytes(stream):
    one, two = Story(POLICY), Story(POLICY)
    for mention in stream:
        one.tell(mention)
        two.tell(mention)
        assert json.dumps(one.stored) == json.dumps(two.stored)


@settings(max_examples=40, deadline=None)
@given(streams())
def test_what_falls_idle_for_a_month_leaves_the_state(stream):
    quiet = POLICY.replace("over: 400d", "over: 10d").replace("for: 450d", "for: 12d")
    # At most two holds of none at all: such a rule fires on, and is remembered.
    quiet = quiet.replace("count: {at_most: 2}", "count: {at_least: 2}")
    story = Story(quiet, forgets=True).tell(*stream).wait(4 * MONTH).wait(4 * MONTH + 1)

    left = sorted(story.stored)
    assert [
        one for one in left if not one.startswith(("watermark", "chain:alerts", "incident:clock"))
    ] == []
