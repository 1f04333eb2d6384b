"""Durations, shares, speeds and instants, as people write them."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.units import (
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
    parse_share,
    parse_signed_share,
    parse_speed,
)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("6m30s", timedelta(minutes=6, seconds=30)),
        (" 24h ", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("3650d", timedelta(days=3650)),
    ],
)
def test_a_duration_is_read(text, span):
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write it like"),
        ("15", "write it like"),
        ("-5m", "write it like"),
        ("1.5h", "write it like"),
        ("30s6m", "write it like"),
        ("15 m", "write it like"),
        ("15M", "write it like"),
        ("3651d", "longer than ten years"),
        ("9" * 5000 + "d", "longer than ten years"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_form_it_should_have(text, why):
    with pytest.raises(ValueError, match=why):
        parse_duration(text)


@given(st.timedeltas(timedelta(0), timedelta(days=3650)))
def test_a_written_duration_reads_as_its_whole_seconds(span):
    assert parse_duration(format_duration(span)) == timedelta(seconds=int(span.total_seconds()))


@pytest.mark.parametrize(
    ("text", "share"), [("40%", 0.4), ("0%", 0.0), (" 99.5% ", 0.995), ("100%", 1)]
)
def test_a_share_is_read(text, share):
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    ("text", "why"), [("40", "write it like 40%"), ("-1%", "write it"), ("101%", "above 100%")]
)
def test_what_is_no_share_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "speed"), [("60x", 60), ("60", 60), ("0.5x", 0.5), ("max", math.inf)]
)
def test_a_speed_is_read(text, speed):
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["", "fast", "0x", "-3", "nan", "nanx", "60xx"])
def test_what_is_no_speed_is_refused(text):
    with pytest.raises(ValueError, match="write 60x for a minute a second, or max"):
        parse_speed(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T10:00:00+01:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (" 2026-03-02 09:00:00.25+00:00 ", datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_as_utc(text, instant):
    assert parse_instant(text) == instant
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "write it like 2026-03-02T09:00:00Z"),
        ("2026-02-30T09:00:00Z", "not a date and time"),
        ("2026-03-02T09:00:00", "names no time zone"),
        ("2026-03-02", "names no time zone"),
        ("0001-01-01T00:00:00+14:00", "outside the years"),
    ],
)
def test_what_is_no_instant_is_refused_with_what_is_missing(text, why):
    with pytest.raises(ValueError, match=why):
        parse_instant(text)


ZONES = st.sampled_from([UTC, timezone(timedelta(hours=9))])


@given(st.datetimes(timezones=ZONES).filter(lambda one: one.year > 1))
def test_a_written_instant_reads_as_itself(instant):
    assert parse_instant(format_instant(instant)) == instant


@given(st.text())
def test_no_text_makes_a_reader_raise_anything_but_a_value_error(text):
    for read in (parse_duration, parse_share, parse_speed, parse_instant):
        try:
            read(text)
        except ValueError as error:
            assert type(error) is ValueError  # noqa: PT017 - the claim is about its type


@pytest.mark.parametrize(("text", "change"), [("-30%", -0.3), ("+10%", 0.1), ("5%", 0.05), ("-100%", -1.0)])  # fmt: skip
def test_a_change_in_percent_is_a_fraction(text, change):
    assert parse_signed_share(text) == pytest.approx(change)


@pytest.mark.parametrize("text", ["-30", "-101%", "half", "", "1e3%"])
def test_what_is_no_change_in_percent_is_refused(text):
    with pytest.raises(ValueError, match=r"percent|least"):
        parse_signed_share(text)
