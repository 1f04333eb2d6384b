"""Chains told along a timeline: who hears of it when, and why nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.incidents import ChainRun, NotTold, telling_now
from engine.policy import load_text
from engine.testing import NOON

MINUTE = timedelta(minutes=1)
TEXT = """channel: room
kind: log
---
calendar: office
time_zone: Europe/Paris
hours: {mon-fri: "09:00-18:00"}
---
rota: days
time_zone: Europe/Paris
shifts:
  - {who: zoe, hours: {mon-fri: "09:00-18:00"}}
channel: room
---
rota: nights
time_zone: Europe/Paris
shifts:
  - {who: lea, hours: {mon-sun: "18:00-09:00"}}
  - {who: [tom, ida], hours: {sat-sun: "09:00-18:00"}}
---
chain: c
steps: [%s]
"""
IN_HOURS = datetime(2026, 3, 2, 10, tzinfo=UTC)  # 11:00 of a Monday in Paris
SUNDAY_NIGHT = datetime(2026, 3, 8, 2, tzinfo=UTC)  # 03:00 in Paris
FULL = (
    "{notify: {channel: room}}, {wait: 10m}, {notify: {rota: days}}, {wait: 5m}, "
    "{notify: {rota: nights}}, {wait: 15m}, {repeat: 2}"
)


def chain(steps):
    made, problems = load_text(TEXT % steps, now=NOON)
    assert made is not None, [one.as_text() for one in problems]
    return made.chains["c"]


def quiet(at, within):
    return 0


def told(run, until, alerts=quiet):
    """Whom each telling reached, with its minute; a reason in place of nobody."""
    return [
        (
            int((one.at - run.begun) / MINUTE),
            one.why_not or (list(one.people) if one.rota else one.channel),
        )
        for one in run.advance(until, alerts)
    ]


def test_steps_follow_one_another_with_their_waits_until_the_chain_has_repeated():
    run = ChainRun.begin(chain(FULL), IN_HOURS)

    #  0: room   10: zoe   15: nobody   30: room   40: zoe   45: nobody   60: …
    found = told(run, IN_HOURS + timedelta(days=1))

    nobody = NotTold.NOBODY_ON_CALL
    one_round = [(0, "room"), (10, ["zoe"]), (15, nobody)]
    assert found == [(at + 30 * turn, who) for turn in range(3) for at, who in one_round]
    assert run.is_over
    assert run.next_due() is None


def test_every_step_has_a_number_of_its_own_through_every_repetition():
    run = ChainRun.begin(chain(FULL), IN_HOURS)

    steps = [one.step for one in run.advance(IN_HOURS + timedelta(days=1), quiet)]

    assert steps == [0, 2, 4, 7, 9, 11, 14, 16, 18]


def test_a_step_is_told_at_its_own_time_however_late_the_run_is_advanced():
    run = ChainRun.begin(chain(FULL), IN_HOURS)

    assert told(run, IN_HOURS + 9 * MINUTE) == [(0, "room")]
    assert run.next_due() == IN_HOURS + 10 * MINUTE
    assert told(run, IN_HOURS + 10 * MINUTE) == [(10, ["zoe"])]
    assert told(run, IN_HOURS + 10 * MINUTE) == []


def test_an_acknowledgement_stops_the_run():
    run = ChainRun.begin(chain(FULL), IN_HOURS)
    run.advance(IN_HOURS, quiet)

    run.acknowledge(IN_HOURS + 5 * MINUTE)

    assert run.is_over
    assert run.acknowledged == IN_HOURS + 5 * MINUTE
    assert run.advance(IN_HOURS + timedelta(days=9), quiet) == []


def test_a_step_outside_its_calendar_is_passed_over_and_says_so():
    run = ChainRun.begin(
        chain("{notify: {channel: room}, calendar: office}, {notify: {rota: nights}}"), SUNDAY_NIGHT
    )

    assert told(run, SUNDAY_NIGHT) == [(0, NotTold.OUTSIDE_CALENDAR), (0, ["lea"])]


@pytest.mark.parametrize(
    ("count", "reached"),
    [
        pytest.param(3, NotTold.TOO_FEW_ALERTS, id="as many is not more"),
        pytest.param(4, ["zoe"], id="one more"),
    ],
)
def test_a_step_only_if_there_were_more_alerts_asks_when_it_is_due(count, reached):
    asked = []

    def alerts(at, within):
        asked.append((at, within))
        return count

    run = ChainRun.begin(
        chain("{wait: 10m}, {notify: {rota: days}, only_if: {more_than: 3, in: 20m}}"), IN_HOURS
    )

    assert told(run, IN_HOURS + timedelta(hours=1), alerts) == [(10, reached)]
    assert asked == [(IN_HOURS + 10 * MINUTE, timedelta(minutes=20))]


def test_a_wait_that_is_passed_over_waits_no_time():
    steps = "{wait: 1h, calendar: office}, {notify: {rota: nights}}"

    assert told(ChainRun.begin(chain(steps), SUNDAY_NIGHT), SUNDAY_NIGHT) == [(0, ["lea"])]


def test_a_rotas_people_are_told_by_its_channel_where_it_names_one():
    first, second = ChainRun.begin(
        chain("{notify: {rota: days}}, {notify: {rota: nights}}"), IN_HOURS
    ).advance(IN_HOURS, quiet)

    assert (first.rota, first.channel, first.people) == ("days", "room", ("zoe",))
    assert (second.rota, second.channel) == ("nights", None)


@pytest.mark.parametrize(
    ("at", "people"),
    [
        pytest.param(SUNDAY_NIGHT, ("lea",), id="at 03:00 of a Sunday"),
        pytest.param(SUNDAY_NIGHT + timedelta(hours=9), ("tom", "ida"), id="at Sunday noon"),
        pytest.param(IN_HOURS, ("zoe",), id="on a Monday morning"),
        pytest.param(IN_HOURS + timedelta(hours=8), ("lea",), id="on a Monday evening"),
    ],
)
def test_it_says_who_would_be_told_at_an_hour(at, people):
    assert telling_now(chain(FULL), at).people == people


def test_people_come_before_the_channel_that_is_told_first():
    told_first = telling_now(chain(FULL), SUNDAY_NIGHT)

    assert (told_first.at, told_first.step) == (SUNDAY_NIGHT + 15 * MINUTE, 4)
    assert telling_now(chain("{notify: {channel: room}}"), NOON).channel == "room"
    assert telling_now(chain("{notify: {rota: days}}"), SUNDAY_NIGHT) is None


def test_a_run_whose_chain_became_shorter_is_over():
    run = ChainRun.begin(chain(FULL), IN_HOURS)
    run.advance(IN_HOURS + 20 * MINUTE, quiet)

    assert ChainRun.resume(chain("{notify: {channel: room}}"), run.snapshot()).is_over


STEPS = st.lists(
    st.sampled_from(
        [
            "{notify: {channel: room}}",
            "{notify: {rota: days}}",
            "{notify: {rota: nights}, calendar: office}",
            "{notify: {rota: nights}, only_if: {more_than: 2, in: 10m}}",
            "{wait: 7m}",
            "{wait: 2h, calendar: office}",
        ]
    ),
    min_size=1,
    max_size=6,
).map(lambda steps: ", ".join(["{notify: {channel: room}}", *steps, "{wait: 11m}, {repeat: 2}"]))
MINUTES = st.integers(0, 24 * 60)


@given(steps=STEPS, stops=st.lists(MINUTES, max_size=4), start=MINUTES)
def test_a_run_that_is_kept_and_resumed_anywhere_tells_the_same(steps, stops, start):
    one, begun = chain(steps), IN_HOURS + start * MINUTE
    end = begun + timedelta(days=3)

    def alerts(at, within):
        return at.minute % 5

    whole = ChainRun.begin(one, begun).advance(end, alerts)
    run, parts = ChainRun.begin(one, begun), []
    for stop in sorted(stops):
        parts += run.advance(begun + stop * MINUTE, alerts)
        run = ChainRun.resume(one, run.snapshot())

    assert [*parts, *run.advance(end, alerts)] == whole
    assert [told.at for told in whole] == sorted(told.at for told in whole)


@given(steps=STEPS, at=MINUTES)
def test_nobody_is_told_after_an_acknowledgement(steps, at):
    run, moment = ChainRun.begin(chain(steps), IN_HOURS), IN_HOURS + at * MINUTE
    before = run.advance(moment, quiet)

    run.acknowledge(moment)

    assert run.advance(moment + timedelta(days=9), quiet) == []
    assert all(one.at <= moment for one in before)
    assert ChainRun.resume(run.chain, run.snapshot()).is_over
