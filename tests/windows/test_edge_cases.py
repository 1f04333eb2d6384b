"""The edge cases that others get wrong, each by its name; `-` is a minute unless a line says more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.incidents import Incidents
from engine.mention import Metrics
from engine.mention_json import read_mention, write_mention
from tests.windows.stories import START, Story, policies_of, said

HOUR = 3600
DAY = 24 * HOUR
SPIKE = """policy: p
rules:
  - id: spike
    when: {sentiment: negative}
    window: {over: 2h, by: [brand], having: {spike: {sensitivity: medium, at_least: 20}}}
"""
THEME = """policy: p
rules:
  - id: theme
    window: {over: 1h, by: [brand], having: {emerging: {field: terms, at_least: 10}}}
"""
COUNT = """policy: p
rules:
  - id: surge
    when: {sentiment: negative}
    window: {over: 10m, by: [brand], having: {count: {at_least: 3}}}
    resolve: {below: 100%, for: 5m}
"""
SHARE = """policy: p
rules:
  - id: part
    when: {sentiment: negative}
    window: {over: 10m, by: [brand], having: {share: {at_least: 50%, of: all, min_total: 4}}}
"""


def every(gap, count, *, since=0, **fields):
    """Return so many mentions, one a gap, each with an author of its own."""
    return [said(since + at * gap, author_id=f"u{since}-{at}", **fields) for at in range(count)]


def phases(story):
    """Return (phase, seconds) of what entered and resolved."""
    return [(phase, at) for _, phase, at, _ in story.timeline()]


# --- nothing, the new and the flat ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [SPIKE, THEME, COUNT, SHARE], ids=["spike", "emerging", "count", "share"]
)
def test_zero_against_zero_never_alerts(text):
    #  one mention a day for ten days, and nothing between: x......x......x......   then a month of 0
    story = Story(text).tell(*every(DAY, 10)).wait(40 * DAY)

    assert story.timeline() == []


@pytest.mark.parametrize(("text", "allowed"), [(SPIKE, 20), (SHARE, 4)], ids=["spike", "share"])
def test_an_unseen_key_does_not_bypass_the_floor(text, allowed):
    #  acme: 4 an hour for five days;  then a new brand: all it ever said at once, under the floor
    known = every(900, 5 * 96, label="positive", brand="acme")
    burst = every(1, allowed - 1, since=5 * DAY, brand="new")

    assert Story(text).tell(*known, *burst).wait(6 * DAY).timeline() == []


@pytest.mark.parametrize("size", [19, 200], ids=["under the floor", "far above the floor"])
def test_the_first_burst_of_an_unseen_key_is_no_spike_as_nothing_is_known_of_it(size):
    burst = every(10, size, brand="new")

    assert Story(SPIKE).tell(*burst).wait(DAY).timeline() == []


def test_on_the_first_mentions_of_an_unseen_key_no_term_emerges():
    #  acme has a past; new has none: every word of its 40 mentions is new, and that says nothing
    past = every(300, 400, text="a nice day at the shop")
    first = every(20, 40, since=400 * 300, brand="new", text="battery fire")

    assert Story(THEME).tell(*past, *first).wait(400 * 300 + 2 * HOUR).timeline() == []


def test_a_plateau_keeps_its_incident_open_by_count():
    #  3 in every ten minutes, for six hours:  x--x--x--x--x ... ....|5m stays low
    story = Story(COUNT).tell(*every(200, 108)).wait(12 * HOUR)

    third_last = 105 * 200
    assert phases(story) == [("entered", 400), ("resolved", third_last + 600 + 300)]


def test_a_plateau_keeps_its_incident_open_by_share():
    story = Story(SHARE).tell(*every(60, 360)).wait(12 * HOUR)

    assert [phase for phase, _ in phases(story)] == ["entered", "resolved"]
    assert phases(story)[0] == ("entered", 180)
    assert phases(story)[1][1] >= 359 * 60


def test_a_plateau_keeps_its_incident_open_by_spike():
    #  4 an hour for six days, then 60 an hour for six hours: one alert, and it lasts
    calm, high = every(900, 6 * 96), every(60, 360, since=6 * DAY)
    story = Story(SPIKE).tell(*calm, *high).wait(8 * DAY)

    (opened, ended), *others = story.firings()
    assert others == []
    assert 6 * DAY < opened <= 6 * DAY + 2 * HOUR
    assert ended >= 6 * DAY + 6 * HOUR


# --- restarts and reloads -------------------------------------------------------------------------

ALL = """policy: p
rules:
  - {id: count, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {count: {at_least: 3}}}}
  - {id: crowd, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {distinct: {field: author.id, at_least: 3}}}}
  - {id: part, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {share: {at_least: 50%, of: all, min_total: 3}}}}
  - {id: reach, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {sum: {field: metrics.reach, at_least: 30}}}}
  - {id: high, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {percentile: {field: metrics.reach, rank: 50%, at_least: 10}, count: {at_least: 3}}}}
  - {id: held, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {count: {at_least: 2}}}, for: 2m}
  - {id: slow, when: {sentiment: negative}, window: {over: 5m, by: [brand], having: {count: {at_least: 2}}}, resolve: {below: 50%, for: 5m}}
  - {id: then, sequence: {steps: [{when: {sentiment: negative}}, {when: {sentiment: positive}}], within: 10m, by: [brand]}}
  - {id: silent, absent: {for: 15m, by: [brand]}}
  - {id: waiting, when: {sentiment: negative}, unanswered: {for: 8m}}
  - {id: chained, when: {sentiment: negative}, window: {over: 10m, by: [brand], having: {count: {at_least: 1}}}, then: [{escalate: {chain: c}}, {ads: {do: pause, select: {tag: brand}, restore: on_resolve}}]}
---
channel: room
kind: log
---
chain: c
steps: [{notify: {channel: room}}, {wait: 4m}, {notify: {channel: room}}]
"""
#  minute   0   1   2   3   4
#           -   -   -       +        then nothing: `for`, `resolve`, chain and silence are pending
LITTLE = [
    said(at, label, author_id=f"u{at}", metrics=Metrics(reach=10))
    for at, label in [(0, "negative"), (60, "negative"), (120, "negative"), (240, "positive")]
]


def told(story):
    """Return all that happened, chains' steps among it."""
    return [decision for decision, _ in story.happened]


@pytest.mark.parametrize("parted", range(6))
def test_a_restart_in_the_middle_keeps_windows_of_every_kind(parted):
    whole = Story(ALL).tell(*LITTLE).wait(330).wait(2 * HOUR)
    story = Story(ALL)
    for at, one in enumerate(LITTLE):
        if at == parted:
            story.restart()
        story.tell(one)
    if parted == 4:
        story.restart()
    story.wait(330)
    if parted == 5:
        story.restart()
    story.wait(2 * HOUR)

    assert told(story) == told(whole)
    assert {rule for rule, *_ in whole.timeline()} == {
        *("count", "crowd", "part", "reach", "high", "held", "slow"),
        *("then", "silent", "waiting", "chained"),
    }


def reloaded(story, text):
    """Go on with other policies, as after an edit."""
    story.policies = story.pipeline.policies = policies_of(text)
    return story


@pytest.mark.parametrize("is_killed", [False, True], ids=["running", "killed"])
def test_an_unrelated_edit_keeps_every_window(is_killed):
    edited = ALL.replace(
        "rules:\n", "rules:\n  - {id: fresh, when: {sentiment: positive}, then: [{tag: [x]}]}\n"
    )
    whole = Story(ALL).tell(*LITTLE).wait(2 * HOUR)
    story = Story(ALL).tell(*LITTLE[:2])
    if is_killed:
        story.restart()
    reloaded(story, edited).tell(*LITTLE[2:]).wait(2 * HOUR)

    assert story.timeline() == whole.timeline()


@pytest.mark.parametrize("is_killed", [False, True], ids=["running", "killed"])
def test_an_edit_of_what_a_rule_judges_lets_it_begin_anew_and_leaves_the_others(is_killed):
    #  - - | edit: count wants 4 | -      the two before the edit are forgotten by count alone
    edited = ALL.replace(
        "{id: count, when: {sentiment: negative}, window: {over: 10m,",
        "{id: count, when: {sentiment: negative}, window: {over: 11m,",
    )
    story = Story(ALL).tell(*LITTLE[:2])
    if is_killed:
        story.restart()
    reloaded(story, edited).tell(*LITTLE[2:]).wait(2 * HOUR)
    whole = Story(ALL).tell(*LITTLE).wait(2 * HOUR)

    assert story.timeline() == [one for one in whole.timeline() if one[0] != "count"]


# --- one event, one incident ----------------------------------------------------------------------


def test_two_rules_that_see_one_event_open_one_incident():
    text = (
        COUNT
        + """    then: [{incident: {title: surge}}]
  - id: crowd
    when: {sentiment: negative}
    window: {over: 10m, by: [brand, source], having: {distinct: {field: author.id, at_least: 4}}}
    then: [{incident: {title: crowd}}]
"""
    )
    incidents = Incidents()
    opened = set()
    for decision in told(Story(text).tell(*every(30, 20)).wait(2 * HOUR)):
        opened |= {change.incident.id for change in incidents.apply(decision)}

    assert len(opened) == 1


# --- clocks ---------------------------------------------------------------------------------------

NIGHT = """policy: p
rules:
  - id: waiting
    when: {sentiment: negative}
    unanswered: {for: 2h, calendar: night}
  - id: silent
    absent: {for: 4h, by: [brand]}
---
calendar: night
time_zone: Europe/Paris
hours: {mon-sun: ["01:30-04:00"]}
"""


@pytest.mark.parametrize(
    ("night", "due"),
    [
        (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, 0, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
    ids=["spring: 01:30 to 04:00 is an hour and a half", "autumn: it is three hours and a half"],
)
def test_on_a_daylight_saving_night_working_time_is_what_has_passed(night, due):
    #  said at 00:00 UTC, 01:00 in Paris in spring and 02:00 in autumn (which comes twice)
    asked = said((night - START).total_seconds(), brand="acme")
    story = Story(NIGHT).tell(asked).wait((night - START).total_seconds() + 2 * DAY)

    found = {
        rule: START + timedelta(seconds=at)
        for rule, phase, at, _ in story.timeline()
        if phase == "entered"
    }
    assert found["silent"] == night + timedelta(hours=4)
    assert found["waiting"] == due


def test_a_clock_that_goes_backwards_never_takes_time_back():
    #  minutes 0 1 2 | 1 0 | 3      what is told late counts in its place, and time stays
    story = Story(COUNT)
    seen = []
    for at in (0, 60, 118, 60.5, 1, 180):
        story.tell(said(at, number=f"m{at}"))
        seen.append(story.windows.watermark)
    story.wait(400)
    seen.append(story.windows.watermark)
    story.wait(10)
    seen.append(story.windows.watermark)

    assert seen == sorted(seen)
    assert phases(story) == [("entered", 118)]


def test_a_runner_clock_that_goes_back_does_not_take_event_time_back():
    arrived = said(0, number="m")
    arrived = read_mention(write_mention(arrived) | {"observed_at": "2026-03-02T09:00:05Z"})
    windows = Story(COUNT).tell(arrived).windows

    forward = windows.by_clock(START + timedelta(hours=1))
    back = windows.by_clock(START - timedelta(hours=1))
    windows.advance(forward)
    windows.advance(back)

    assert back < forward
    assert windows.watermark == forward


# --- silence of a source --------------------------------------------------------------------------


def test_a_source_silent_for_an_hour_is_no_data_to_the_detector_and_absent_to_its_rule():
    #  60 an hour for six days; then nothing for six hours; then 60 an hour again: that is no spike
    text = SPIKE + "  - {id: silent, absent: {for: 1h, by: [source]}}\n"
    before, after = every(60, 6 * 1440), every(60, 360, since=6 * DAY + 6 * HOUR)
    story = Story(text).tell(*before, *after)

    last = (6 * 1440 - 1) * 60
    assert story.timeline() == [
        ("silent", "entered", last + HOUR, {"source": "import"}),
        ("silent", "resolved", 6 * DAY + 6 * HOUR, {"source": "import"}),
    ]


# --- one author is no crowd -----------------------------------------------------------------------


def test_a_burst_that_is_one_author_is_not_a_crowd():
    text = """policy: p
rules:
  - id: crowd
    window: {over: 10m, by: [brand], having: {count: {at_least: 20}, distinct: {field: author.id, at_least: 10}}}
"""
    alone = [said(at, number=f"m{at}", author_id="bot") for at in range(200)]
    many = [said(at, number=f"m{at}", author_id=f"u{at % 20}") for at in range(200)]

    assert Story(text).tell(*alone).wait().timeline() == []
    assert Story(text).tell(*many).wait().timeline()[0][:3] == ("crowd", "entered", 19)


@pytest.mark.parametrize(("authors", "fires"), [(1, False), (40, True)], ids=["one", "forty"])
def test_a_term_that_one_author_repeats_does_not_emerge(authors, fires):
    past = every(300, 400, text="a nice day at the shop")
    burst = [
        said(
            400 * 300 + at * 20, number=f"b{at}", author_id=f"b{at % authors}", text="battery fire"
        )
        for at in range(40)
    ]

    assert bool(Story(THEME).tell(*past, *burst).wait(400 * 300 + 2 * HOUR).timeline()) is fires
