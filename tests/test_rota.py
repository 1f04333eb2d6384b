"""Who is on call: shifts in the rota's own hours, and calendar files as people export them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.duty_file import read_duty_file
from engine.policy import load_text
from engine.testing import NOON

SHIFTS = """rota: r
time_zone: America/New_York
shifts:
  - {who: zoe, hours: {mon-fri: "09:00-17:00"}}
  - {who: [tom, zoe], hours: {fri: ["16:00-18:00"], sun: "22:00-06:00"}}
"""


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def rota():
    made, _ = load_text(SHIFTS, now=NOON)
    return made.rotas["r"]


@pytest.mark.parametrize(
    ("moment", "people"),
    [
        pytest.param("2026-03-02T13:59", (), id="before nine in New York"),
        pytest.param("2026-03-02T14:00", ("zoe",), id="at nine"),
        pytest.param("2026-03-06T21:30", ("zoe", "tom"), id="two shifts, each person once"),
        pytest.param("2026-03-06T22:30", ("tom", "zoe"), id="the second shift alone"),
        pytest.param("2026-03-09T03:00", ("tom", "zoe"), id="before midnight of Sunday"),
        pytest.param("2026-03-09T09:30", ("tom", "zoe"), id="after midnight, on Monday"),
        pytest.param("2026-03-09T10:00", (), id="as the night ends"),
        pytest.param("2026-03-09T13:00", ("zoe",), id="at nine of summer time"),
    ],
)
def test_shifts_stand_in_the_time_of_their_rota(rota, moment, people):
    assert rota.on_call(at(moment)) == people


def event(*lines):
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def duties(*events, zone="Europe/Paris"):
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""])
    made, fault = read_duty_file(text, zone)
    assert made is not None, fault
    return made


WEEKLY = event(
    "UID:1",
    "SUMMARY:lea",
    "DTSTART;TZID=Europe/Paris:20260302T090000",
    "DTEND;TZID=Europe/Paris:20260302T180000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TU",
    "EXDATE;TZID=Europe/Paris:20260309T090000",
)
MOVED = event(
    "UID:1",
    "SUMMARY:tom",
    "RECURRENCE-ID;TZID=Europe/Paris:20260310T090000",
    "DTSTART;TZID=Europe/Paris:20260310T120000",
    "DTEND;TZID=Europe/Paris:20260310T180000",
)


@pytest.mark.parametrize(
    ("moment", "people"),
    [
        pytest.param("2026-03-02T08:00", ("lea",), id="as the first begins"),
        pytest.param("2026-03-02T17:00", (), id="as it ends"),
        pytest.param("2026-03-03T12:00", ("lea",), id="a repetition"),
        pytest.param("2026-03-09T12:00", (), id="an exception"),
        pytest.param("2026-03-10T08:30", (), id="before a repetition that was moved"),
        pytest.param("2026-03-10T12:00", ("tom",), id="the moved one, and by another"),
        pytest.param("2026-03-30T07:30", ("lea",), id="at half past nine of summer time"),
    ],
)
def test_events_repeat_with_their_exceptions_in_their_time_zone(moment, people):
    assert duties(WEEKLY, MOVED).on_call(at(moment)) == people


@pytest.mark.parametrize(
    ("lines", "moment", "people"),
    [
        pytest.param(
            ["SUMMARY:ida", "DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260306"],
            "2026-03-05T22:59",
            ("ida",),
            id="days last to the midnight of the rota",
        ),
        pytest.param(
            ["SUMMARY:ida", "DTSTART;VALUE=DATE:20260304"], "2026-03-03T23:00", ("ida",), id="a day"
        ),
        pytest.param(
            ["SUMMARY:ida", "DTSTART;VALUE=DATE:20260304"], "2026-03-04T23:00", (), id="and its end"
        ),
        pytest.param(
            ["SUMMARY:ida", "DTSTART:20260304T090000", "DTEND:20260304T100000"],
            "2026-03-04T08:30",
            ("ida",),
            id="a bare time stands in the zone of the rota",
        ),
        pytest.param(
            ["SUMMARY:ida", "DTSTART:20260304T090000Z", "DURATION:PT1H"],
            "2026-03-04T09:59",
            ("ida",),
            id="a duration",
        ),
        pytest.param(
            [
                "SUMMARY:On call",
                "ATTENDEE;CN=Zoe Roy:mailto:zoe@acme.example",
                "ATTENDEE:mailto:tom@acme.example",
                "DTSTART:20260304T090000Z",
                "DTEND:20260304T100000Z",
            ],
            "2026-03-04T09:00",
            ("Zoe Roy", "tom@acme.example"),
            id="attendees, by name or by address",
        ),
        pytest.param(
            [
                "SUMMARY:ida",
                "STATUS:CANCELLED",
                "DTSTART:20260304T090000Z",
                "DTEND:20260304T100000Z",
            ],
            "2026-03-04T09:00",
            (),
            id="a cancelled event",
        ),
    ],
)
def test_an_event_puts_somebody_on_call(lines, moment, people):
    assert duties(event("UID:1", *lines)).on_call(at(moment)) == people


def test_people_of_several_events_come_by_name():
    both = [
        event(f"UID:{who}", f"SUMMARY:{who}", "DTSTART:20260304T090000Z", "DTEND:20260304T100000Z")
        for who in ("zoe", "ida")
    ]

    assert duties(*both).on_call(at("2026-03-04T09:00")) == ("ida", "zoe")


def test_far_off_nobody_is_on_call():
    assert duties(WEEKLY).on_call(datetime(9999, 12, 31, tzinfo=UTC)) == ()


def test_a_zone_that_the_file_describes_itself_is_kept():
    offset = "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530"
    standard = f"BEGIN:STANDARD\r\n{offset}\r\nEND:STANDARD"
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Desk\r\n{standard}\r\nEND:VTIMEZONE"
    one = event(
        "UID:1",
        "SUMMARY:ida",
        "DTSTART;TZID=Desk:20260304T090000",
        "DTEND;TZID=Desk:20260304T100000",
    )

    found = duties(zone, one)

    assert found.on_call(at("2026-03-04T03:30")) == ("ida",)
    assert found.on_call(at("2026-03-04T04:30")) == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "no sound", id="an empty file"),
        pytest.param("hello", "hello", id="prose"),
        pytest.param("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "no sound", id="a file cut short"),
        pytest.param("BEGIN:VTODO\nEND:VTODO", "VTODO", id="something else"),
        pytest.param(
            f"BEGIN:VCALENDAR\n{event('SUMMARY:x', 'DTSTART:soon')}\nEND:VCALENDAR",
            "DTSTART",
            id="a time that is none",
        ),
        pytest.param(
            f"BEGIN:VCALENDAR\n{event('SUMMARY:x')}\nEND:VCALENDAR", "DTSTART", id="no time at all"
        ),
        pytest.param(
            f"BEGIN:VCALENDAR\n{event('UID:1', 'DTSTART:20260101T100000Z')}\nEND:VCALENDAR",
            "nobody",
            id="nobody",
        ),
        pytest.param(
            f"BEGIN:VCALENDAR\n{event('SUMMARY:x', 'DTSTART:20260101T100000Z', 'RRULE:FREQ=NOW')}\nEND:VCALENDAR",
            "RRULE",
            id="a rule that is none",
        ),
    ],
)
def test_a_file_at_fault_is_refused_with_what_is_wrong(text, fault):
    made, said = read_duty_file(text, "UTC")

    assert made is None
    assert fault in said
