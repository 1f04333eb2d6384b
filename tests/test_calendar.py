"""Working hours: exact against a count minute by minute, on nights when clocks change too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import WorkingHours, joined

MINUTE = timedelta(minutes=1)
DAY = 24 * 60
NINE, NOON, SIX = 9 * 60, 12 * 60, 18 * 60
OFFICE = ((NINE, NOON + 30), (NOON + 90, SIX))
ALL_DAY = ((0, DAY),)


def hours(*days, zone="Europe/Paris", **options):
    """Hours by weekday from Monday; days left out have none."""
    return WorkingHours("office", zone, (*days, *[()] * (7 - len(days))), **options)


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


WEEKDAYS = hours(*[OFFICE] * 5)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        pytest.param("2026-03-02T08:59:59", False, id="before the morning"),
        pytest.param("2026-03-02T09:00", True, id="as the morning begins"),
        pytest.param("2026-03-02T12:29:59", True, id="just before the break"),
        pytest.param("2026-03-02T12:30", False, id="as the break begins"),
        pytest.param("2026-03-02T13:30", True, id="after the break"),
        pytest.param("2026-03-02T18:00", False, id="as the evening begins"),
        pytest.param("2026-03-07T10:00", False, id="on a Saturday"),
    ],
)
def test_several_spans_a_day_begin_inclusive_and_end_exclusive(at, is_open):
    assert WEEKDAYS.is_open(paris(at)) is is_open


def test_the_break_does_not_count():
    start, end = paris("2026-03-02T12:00"), paris("2026-03-02T14:00")

    assert WEEKDAYS.elapsed(start, end) == timedelta(hours=1)
    assert WEEKDAYS.after(start, timedelta(minutes=45)) == paris("2026-03-02T13:45")
    assert WEEKDAYS.next_close(start) == paris("2026-03-02T12:30")
    assert WEEKDAYS.next_open(paris("2026-03-02T12:45")) == paris("2026-03-02T13:30")


def test_a_weekend_is_passed_over():
    friday = paris("2026-03-06T17:30")

    assert WEEKDAYS.after(friday, timedelta(hours=1)) == paris("2026-03-09T09:30")
    assert WEEKDAYS.next_close(paris("2026-03-07T10:00")) == paris("2026-03-09T12:30")


def test_a_holiday_is_no_working_day_in_its_country_alone():
    july = datetime(2026, 7, 14, 10, tzinfo=UTC)

    assert WEEKDAYS.is_open(july)
    assert not hours(*[OFFICE] * 5, country="FR").is_open(july)
    assert hours(*[OFFICE] * 5, country="GB").is_open(july)
    assert not hours(*[OFFICE] * 5, dates=frozenset({date(2026, 7, 14)})).is_open(july)
    assert hours(*[OFFICE] * 5, country="FR").next_open(july) == paris("2026-07-15T09:00")


def test_holidays_of_every_year_are_known_and_kept_apart():
    french = hours(*[ALL_DAY] * 7, country="FR")

    assert [
        french.is_open(datetime(year, 4, day, 12, tzinfo=UTC)) for year, day in EASTER_MONDAYS
    ] == [False] * len(EASTER_MONDAYS)
    assert french.is_open(datetime(2026, 4, 21, 12, tzinfo=UTC))


EASTER_MONDAYS = ((2024, 1), (2025, 21), (2026, 6))


def test_a_span_that_ends_at_24_00_goes_on_at_00_00():
    nights = hours(((22 * 60, DAY),), ((0, 6 * 60),))
    monday = paris("2026-03-02T22:00")

    assert nights.is_open(paris("2026-03-02T23:59:59"))
    assert nights.next_close(monday) == paris("2026-03-03T06:00")
    assert nights.elapsed(monday, monday + timedelta(days=1)) == timedelta(hours=8)
    assert nights.after(monday, timedelta(hours=8)) == paris("2026-03-03T06:00")


@pytest.mark.parametrize(
    ("night", "length"),
    [
        pytest.param("2026-03-29", 7, id="a night that skips an hour"),
        pytest.param("2026-10-25", 9, id="a night that repeats an hour"),
        pytest.param("2026-06-14", 8, id="a night like others"),
    ],
)
def test_a_daylight_saving_night_lasts_as_long_as_it_does(night, length):
    eight = hours(*[((0, 8 * 60),)] * 7)
    midnight = paris(f"{night}T00:00")

    assert eight.elapsed(midnight, midnight + timedelta(hours=12)) == timedelta(hours=length)
    assert eight.next_close(midnight) == midnight + timedelta(hours=length)
    assert eight.after(midnight, timedelta(hours=length)) == midnight + timedelta(hours=length)


def test_an_hour_that_the_clocks_skip_lasts_no_time():
    skipped = hours(*[((2 * 60, 3 * 60),)] * 7)
    sunday = paris("2026-03-29T00:00")

    assert skipped.elapsed(sunday, sunday + timedelta(days=1)) == timedelta()
    assert skipped.next_open(sunday) == paris("2026-03-30T02:00")


def test_an_hour_that_the_clocks_repeat_is_open_twice():
    repeated = hours(*[((2 * 60 + 15, 2 * 60 + 45),)] * 7)
    sunday = paris("2026-10-25T00:00")

    assert repeated.elapsed(sunday, sunday + timedelta(days=1)) == timedelta(hours=1)
    first = repeated.next_open(sunday)
    assert first == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert repeated.next_open(first + timedelta(minutes=30)) == first + timedelta(hours=1)


def test_what_is_always_open_never_closes_and_what_never_is_never_opens():
    always, never = hours(*[ALL_DAY] * 7), hours()
    at = paris("2026-03-02T12:00")

    assert (always.next_open(at), always.next_close(at)) == (at, None)
    assert (never.next_open(at), never.next_close(at)) == (None, None)
    assert never.after(at, MINUTE) is None
    assert never.after(at, timedelta()) == at
    assert never.elapsed(at, at + timedelta(days=400)) == timedelta()


def test_time_that_runs_backwards_holds_nothing():
    at = paris("2026-03-02T10:00")

    assert WEEKDAYS.elapsed(at, at - timedelta(hours=1)) == timedelta()


def test_spans_that_touch_are_one():
    assert joined([(600, 700), (60, 120), (120, 180), (650, 660)]) == ((60, 180), (600, 700))


WEEKS = {
    "Europe/Paris": (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)),
}
spans = st.lists(
    st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).filter(lambda one: one[0] < one[1]),
    max_size=3,
).map(joined)


def counted(open_hours, start, minutes):
    """Whether each minute of real time counts, by the wall clock alone."""
    zone = ZoneInfo(open_hours.time_zone)
    found = []
    for at in range(minutes):
        local = (start + at * MINUTE).astimezone(zone)
        minute = local.hour * 60 + local.minute
        found.append(any(a <= minute < b for a, b in open_hours.hours[local.weekday()]))
    return found


@pytest.mark.parametrize("zone", WEEKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_agrees_with_a_count_minute_by_minute_while_clocks_change(zone, data):
    week = data.draw(st.tuples(*[spans] * 7))
    start = data.draw(st.sampled_from(WEEKS[zone])) + MINUTE * data.draw(st.integers(0, 2 * DAY))
    length = data.draw(st.integers(0, 2 * DAY))
    open_hours = WorkingHours("c", zone, week)

    minutes = counted(open_hours, start, length)
    worked = MINUTE * sum(minutes)

    assert open_hours.elapsed(start, start + length * MINUTE) == worked
    if any(minutes):
        first = minutes.index(True)
        assert open_hours.next_open(start) == start + first * MINUTE
        last = length - minutes[::-1].index(True)
        assert open_hours.after(start, worked) == start + last * MINUTE
        if False in minutes[first:]:
            closing = minutes.index(False, first)
            assert open_hours.next_close(start) == start + closing * MINUTE
