"""Clocks of cases: when their time is over, pauses, lunches, holidays and changes of the clock.

Monday 2 March 2026 in Paris; the office is open 09:00-12:30 and 13:30-18:00 from Monday to Friday.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cases import Mark, clocks_of
from engine.cases.clock import read_clock, write_clock
from engine.policy.shared_documents import Queue, Sla
from tests.cases.case_samples import HOUR, NIGHT, OFFICE, clock, paris

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("started", "within", "due"),
    [
        #    09      12:30 13:30           18
        # Mo |---S======|   |=X------------|
        pytest.param("2026-03-02T11:00", 2 * HOUR, "2026-03-02T14:00", id="over lunch"),
        # Mo |----------|   |---------S====|   Tu |==X
        pytest.param("2026-03-02T17:00", 2 * HOUR, "2026-03-03T10:00", id="over night"),
        # Fr |----------|   |-------------S|   Sa Su   Mo |=X
        pytest.param("2026-03-06T17:45", HOUR, "2026-03-09T09:45", id="over a weekend"),
        # Sa S  Su  Mo |====X
        pytest.param("2026-03-07T20:00", HOUR, "2026-03-09T10:00", id="begun on a Saturday"),
        # Mo 13 July |-----S|   |===|  Tu 14 July: holiday   We |=X
        pytest.param("2026-07-13T17:30", HOUR, "2026-07-15T09:30", id="over a public holiday"),
        # Fr |---S======|   |=====X: exactly at the end of a span, not when the next begins
        pytest.param("2026-03-06T16:00", 2 * HOUR, "2026-03-06T18:00", id="at the day's very end"),
    ],
)
def test_time_is_used_while_the_calendar_is_open(started, within, due):
    assert clock(within, started).due == paris(due)


@pytest.mark.parametrize(
    ("started", "within", "due"),
    [
        # 29 March, 02:00 becomes 03:00:   00 S===|02 03|==X
        pytest.param("2026-03-29T00:00", 3 * HOUR, "2026-03-29T04:00", id="an hour is skipped"),
        # 25 October, 03:00 becomes 02:00: 00 S===|02 02|==X
        pytest.param("2026-10-25T00:00", 4 * HOUR, "2026-10-25T03:00", id="an hour comes twice"),
        pytest.param(
            "2026-10-25T00:00", 3 * HOUR, "2026-10-25T02:00+1", id="the second two o'clock"
        ),
    ],
)
def test_on_nights_when_clocks_change_real_time_is_counted(started, within, due):
    assert clock(within, started, calendar=NIGHT).due == paris(due)


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        # Fr |--S===P..........|  Sa Su ..|  Mo ..R==|   |X   one hour used, one left from Monday 12:00
        pytest.param(
            [("2026-03-06T11:00", "2026-03-09T12:00")], "2026-03-09T14:00", id="over a weekend"
        ),
        # Fr |--S==P..R=======|   the seconds of a pause count
        pytest.param(
            [("2026-03-06T10:30:00", "2026-03-06T10:30:07")],
            "2026-03-06T12:00:07",
            id="of seven seconds",
        ),
        # Fr |--S========|P.R|===|: a pause inside lunch changes nothing
        pytest.param(
            [("2026-03-06T12:35", "2026-03-06T13:25")], "2026-03-06T12:00", id="inside lunch"
        ),
        # Fr |--S==P....................R=|: from before lunch until after it
        pytest.param(
            [("2026-03-06T10:30", "2026-03-06T14:00")], "2026-03-06T15:30", id="over lunch"
        ),
        pytest.param(
            [("2026-03-06T10:15", "2026-03-06T10:30"), ("2026-03-06T10:45", "2026-03-06T11:45")],
            "2026-03-06T14:15",
            id="twice",
        ),
    ],
)
def test_a_pause_moves_the_end_by_the_working_time_it_lasts(pauses, due):
    paused = clock(2 * HOUR, "2026-03-06T10:00")
    for since, until in pauses:
        paused = paused.pause(paris(since)).go_on(paris(until))

    assert paused.due == paris(due)


def test_a_clock_without_a_calendar_uses_all_time():
    always = clock(24 * HOUR, "2026-03-06T17:00", calendar=None)

    assert always.due == paris("2026-03-07T17:00")
    assert always.warns_at == paris("2026-03-07T11:00")


def test_while_it_is_paused_nothing_falls_due():
    paused = clock(2 * HOUR, "2026-03-02T10:00").pause(paris("2026-03-02T11:00"))

    assert (paused.due, paused.warns_at, paused.next_mark()) == (None, None, None)
    assert paused.used(paris("2026-03-05T11:00")) == HOUR
    assert not paused.is_breached(paris("2026-03-05T11:00"))


def test_what_ran_out_before_the_pause_stays_so():
    late = clock(HOUR, "2026-03-02T10:00").pause(paris("2026-03-02T11:30"))

    assert late.due == paris("2026-03-02T11:00")
    assert late.is_breached(paris("2026-03-02T11:00"))


@pytest.mark.parametrize(
    ("answered", "is_breached"),
    [
        pytest.param("2026-03-02T11:59:59.999999", False, id="a moment before"),
        pytest.param("2026-03-02T12:00", True, id="at the very instant"),
    ],
)
def test_an_answer_must_come_before_the_time_is_over(answered, is_breached):
    stopped = clock(2 * HOUR, "2026-03-02T10:00").stop(paris(answered))

    assert stopped.is_breached(paris("2026-04-01T10:00")) is is_breached


def test_it_warns_at_three_quarters_then_tells_the_breach_and_then_nothing():
    running = clock(2 * HOUR, "2026-03-02T10:00")
    assert running.next_mark() == (Mark.WARNED, paris("2026-03-02T11:30"))

    early, nothing = running.tell(paris("2026-03-02T11:29:59"))
    assert (early, nothing) == (running, None)
    warned, mark = running.tell(paris("2026-03-02T11:30"))
    assert mark is Mark.WARNED
    assert warned.next_mark() == (Mark.BREACHED, paris("2026-03-02T12:00"))
    breached, mark = warned.tell(paris("2026-03-02T12:00"))
    assert mark is Mark.BREACHED
    assert breached.tell(paris("2026-03-09T12:00")) == (breached, None)


def test_an_engine_that_was_away_tells_the_breach_alone():
    after, mark = clock(2 * HOUR, "2026-03-02T10:00").tell(paris("2026-03-04T10:00"))

    assert mark is Mark.BREACHED
    assert after.told == (Mark.WARNED, Mark.BREACHED)


def test_one_stopped_in_a_pause_goes_on_as_if_the_pause_had_lasted():
    begun = clock(4 * HOUR, "2026-03-02T09:00").pause(paris("2026-03-02T10:00"))
    again = begun.stop(paris("2026-03-02T11:00")).restart(paris("2026-03-03T09:00"))

    assert again.used(paris("2026-03-03T10:00")) == 2 * HOUR
    assert again.due == paris("2026-03-03T12:00")


def test_a_clock_set_back_does_not_make_it_run_backwards():
    begun = clock(4 * HOUR, "2026-03-02T10:00")
    odd = begun.pause(paris("2026-03-02T09:00")).go_on(paris("2026-03-02T08:00"))

    assert odd.used(paris("2026-03-02T11:00")) == HOUR
    assert begun.stop(paris("2026-03-02T08:00")).stopped_at == paris("2026-03-02T10:00")


QUEUE = Queue(
    "care",
    sla={"first-reply": Sla(HOUR, OFFICE), "fast": Sla(MINUTE), "resolution": Sla(24 * HOUR)},
)


@pytest.mark.parametrize(
    ("queue", "sla", "kinds"),
    [
        pytest.param(
            QUEUE, "first-reply", {"first_response": HOUR, "resolution": 24 * HOUR}, id="both"
        ),
        pytest.param(
            QUEUE, "fast", {"first_response": MINUTE, "resolution": 24 * HOUR}, id="another name"
        ),
        pytest.param(QUEUE, None, {"resolution": 24 * HOUR}, id="no time named"),
        pytest.param(QUEUE, "resolution", {"resolution": 24 * HOUR}, id="the resolution named"),
        pytest.param(QUEUE, "gone", {"resolution": 24 * HOUR}, id="a time the queue lost"),
        pytest.param(Queue("bare"), None, {}, id="a queue without times"),
        pytest.param(None, None, {}, id="a person"),
    ],
)
def test_an_assign_starts_the_time_it_names_and_the_queues_resolution(queue, sla, kinds):
    found = clocks_of(queue, sla, paris("2026-03-02T10:00"))

    assert {one.kind.value: one.within for one in found} == kinds


def test_a_running_clock_keeps_what_was_promised_when_the_policy_is_edited():
    dated = replace(OFFICE, dates=frozenset({paris("2026-03-03T12:00").date()}))
    begun = clock(9 * HOUR, "2026-03-02T10:00", calendar=dated).pause(paris("2026-03-02T11:00"))
    begun, _ = begun.go_on(paris("2026-03-02T11:30")).tell(paris("2026-03-30T10:00"))

    assert read_clock(write_clock(begun)) == begun
    assert read_clock(write_clock(begun)).due == paris("2026-03-04T11:30")


instants = st.integers(0, 305 * 86_400).map(
    lambda seconds: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
lengths = st.timedeltas(timedelta(0), timedelta(days=9))


@given(instants, st.lists(st.tuples(lengths, lengths), max_size=5), lengths, st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_is_used_and_what_is_paused_is_all_the_working_time(begun, gaps, rest, has_hours):
    calendar = OFFICE if has_hours else None
    running = replace(clock(HOUR, "2026-03-02T10:00", calendar=calendar), started_at=begun)
    at, paused = begun, timedelta()
    for ran, lasted in gaps:
        since, until = at + ran, at + ran + lasted
        running = running.pause(since).go_on(until)
        paused += until - since if calendar is None else calendar.elapsed(since, until)
        at = until
    at += rest

    total = at - begun if calendar is None else calendar.elapsed(begun, at)
    assert running.used(at) + paused == total


@given(
    instants,
    st.lists(st.tuples(lengths, lengths), max_size=4),
    st.timedeltas(MINUTE, timedelta(days=3)),
)
@settings(deadline=None, max_examples=60)
def test_exactly_its_time_is_used_when_it_is_due(begun, gaps, within):
    running = replace(clock(within, "2026-03-02T10:00"), started_at=begun)
    at = begun
    for ran, lasted in gaps:
        running = running.pause(at + ran).go_on(at + ran + lasted)
        at += ran + lasted

    due = running.due
    assert running.used(due) == within
    assert running.used(due - timedelta(microseconds=1)) < within
    assert running.warns_at <= due
