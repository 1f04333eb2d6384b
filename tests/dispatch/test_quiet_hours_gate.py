"""Quiet hours: night where the author lives, also in the nights in which the clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dispatch.gates.quiet_hours import QuietHoursGate, quiet_until, zone_of
from engine.mention import Place
from engine.reasons import Reason
from tests.dispatch.answers import answer, gates, verdict
from tests.dispatch.ledger import MemoryLedger

NIGHT = (time(22), time(8))
PARIS = ZoneInfo("Europe/Paris")


def at(text, zone="UTC", fold=0):
    """An instant by its local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param("2026-03-02T21:59:59", None, id="the last second of the evening"),
        pytest.param("2026-03-02T22:00:00", "2026-03-03T08:00", id="the first of the night"),
        pytest.param("2026-03-03T00:00:00", "2026-03-03T08:00", id="midnight"),
        pytest.param("2026-03-03T07:59:59", "2026-03-03T08:00", id="the last of the night"),
        pytest.param("2026-03-03T08:00:00", None, id="the first of the morning"),
        pytest.param("2026-03-28T23:00:00", "2026-03-29T08:00", id="a night that is an hour short"),
        pytest.param("2026-10-24T23:00:00", "2026-10-25T08:00", id="a night that is an hour long"),
    ],
)
def test_a_night_over_midnight(now, until):
    found = quiet_until(at(now, "Europe/Paris"), PARIS, NIGHT)
    assert found == (until and at(until, "Europe/Paris"))


@pytest.mark.parametrize(
    ("now", "until"),
    [("11:59", None), ("12:00", "14:00"), ("13:59", "14:00"), ("14:00", None), ("23:00", None)],
)
def test_hours_within_a_day(now, until):
    found = quiet_until(at(f"2026-03-02T{now}"), ZoneInfo("UTC"), (time(12), time(14)))
    assert found == (until and at(f"2026-03-02T{until}"))


def test_an_end_that_the_clocks_skip_is_when_they_skip_it():
    """Paris goes from 02:00 to 03:00 on 29 March 2026, so 02:30 is never seen."""
    found = quiet_until(at("2026-03-29T01:00", "Europe/Paris"), PARIS, (time(22), time(2, 30)))
    assert found == at("2026-03-29T03:00", "Europe/Paris")


def test_an_end_that_comes_twice_is_kept_twice():
    """Paris goes from 03:00 back to 02:00 on 25 October 2026."""
    hours = (time(22), time(2, 30))
    first = quiet_until(at("2026-10-25T02:10", "Europe/Paris"), PARIS, hours)
    assert first == at("2026-10-25T02:30", "Europe/Paris")
    assert quiet_until(first, PARIS, hours) is None
    again = quiet_until(at("2026-10-25T02:10", "Europe/Paris", fold=1), PARIS, hours)
    assert again == at("2026-10-25T02:30", "Europe/Paris", fold=1)


@given(
    now=st.integers(0, 10 * 366 * 86400).map(
        lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    zone=st.sampled_from(
        ["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
    ),
    start=st.times().map(lambda found: found.replace(second=0, microsecond=0)),
    length=st.integers(1, 1439),
)
def test_what_waits_goes_at_the_end_and_no_sooner(now, zone, start, length):
    end = (datetime.combine(now.date(), start) + timedelta(minutes=length)).time()
    hours, where = (start, end), ZoneInfo(zone)
    until = quiet_until(now, where, hours)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    assert quiet_until(until, where, hours) is None
    waits = int((until - now).total_seconds()) // 60
    for minute in range(0, waits, 7):
        assert quiet_until(now + timedelta(minutes=minute), where, hours) is not None


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("FR", "Europe/Paris"),
        ("fr", "Europe/Paris"),
        ("JP", "Asia/Tokyo"),
        ("DE", "Europe/Berlin"),
        pytest.param("US", None, id="a country of several times"),
        pytest.param("ES", None, id="a country with islands an hour behind"),
        pytest.param("France", None, id="no code"),
        pytest.param(None, None, id="no country"),
    ],
)
def test_the_time_zone_of_a_country(country, zone):
    found = zone_of(answer(1, place=Place(country=country)).mention, at("2026-03-02T12:00"))
    assert (found and found.key) == zone


async def test_a_reply_waits_for_the_authors_morning():
    gate = QuietHoursGate(NIGHT, PARIS)
    held = await verdict(
        gate, answer(1, place=Place(country="JP")), now=at("2026-03-02T20:00", "Europe/Paris")
    )
    assert held.by is Reason.QUIET_HOURS
    assert held.until == at("2026-03-03T08:00", "Asia/Tokyo")
    assert held.detail == "04:00 in Asia/Tokyo; it may go at 08:00"


async def test_where_nobody_knows_the_setting_says_where_authors_live():
    gate = QuietHoursGate(NIGHT, PARIS)
    assert await verdict(gate, answer(1), now=at("2026-03-02T21:30")) is not None
    assert await verdict(gate, answer(1), now=at("2026-03-02T20:30")) is None


@pytest.mark.parametrize("kind", ["hide", "notify", "ads"])
async def test_only_replies_wake_people(kind):
    gate = QuietHoursGate(NIGHT, PARIS)
    assert await verdict(gate, answer(1, kind=kind), now=at("2026-03-02T23:30")) is None


async def test_the_settings_name_the_hours_and_there_are_none_by_default():
    assert gates(MemoryLedger()).quiet_hours is None
    quiet = {"from": "22:00", "until": "08:00", "time_zone": "Asia/Tokyo"}
    gate = gates(MemoryLedger(), quiet_hours=quiet).quiet_hours
    assert await verdict(gate, answer(1), now=at("2026-03-02T13:00")) is not None
    assert await verdict(gate, answer(1), now=at("2026-03-02T12:59")) is None
