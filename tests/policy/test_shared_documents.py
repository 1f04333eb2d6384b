"""Calendars, rotas, chains and queues as policies hold them once they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from loading import NOW

from engine.policy import load_paths, load_text, load_texts
from engine.policy.over_time import Mute

DESK = """calendar: office
time_zone: Europe/Paris
hours: {mon-fri: ["09:00-12:30", "13:30-18:00"], sat: "09:00-12:00"}
holidays: {country: FR, dates: [2026-12-26]}
---
queue: care
members: [zoe, tom]
notify: room
sla: {first-reply: {within: 1h, calendar: office}, resolution: {within: 24h}}
---
channel: room
kind: log
---
rota: nights
time_zone: Europe/Paris
shifts: [{who: lea, hours: {mon-sun: "22:00-06:00"}}]
channel: room
---
chain: c
steps:
  - {notify: {channel: room}}
  - {wait: 10m, calendar: office}
  - {notify: {rota: nights}, only_if: {more_than: 3, in: 5m}}
  - {repeat: 2}
---
policy: p
rules: [{id: a, when: {source: x}}]
mute: [{outside: office, target: {severity: minor, rule: a}}, {during: office, target: {rule: [a]}}]
"""
DUTY = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
SUMMARY:lea
DTSTART:20260302T080000Z
DTEND:20260302T200000Z
END:VEVENT
END:VCALENDAR
"""


def loaded(text):
    made, problems = load_text(text, now=NOW)
    assert made is not None, [one.as_text() for one in problems]
    return made


def test_a_calendar_is_what_was_written():
    office = loaded(DESK).calendars["office"]

    assert office.hours[0] == ((540, 750), (810, 1080))
    assert office.hours[5:] == (((540, 720),), ())
    assert (office.time_zone, office.country) == ("Europe/Paris", "FR")
    assert office.dates == {date(2026, 12, 26)}


def test_a_queue_says_by_when():
    care = loaded(DESK).queues["care"]
    noon = datetime(2026, 3, 2, 11, tzinfo=UTC)

    assert (care.members, care.notify) == (("zoe", "tom"), "room")
    assert care.sla["first-reply"].due(noon) == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert care.sla["resolution"].due(noon) == noon + timedelta(days=1)


def test_a_chain_holds_the_rotas_and_calendars_it_names():
    made = loaded(DESK)
    room, wait, nights, repeat = made.chains["c"].steps

    assert (room.kind, room.channel) == ("notify", "room")
    assert (wait.wait, wait.calendar) == (timedelta(minutes=10), made.calendars["office"])
    assert nights.rota is made.rotas["nights"]
    assert (nights.only_if.more_than, nights.only_if.within) == (3, timedelta(minutes=5))
    assert repeat.times == 2
    assert made.rotas["nights"].channel == "room"


def test_mutes_are_what_was_written():
    severities = frozenset({"minor"})

    assert loaded(DESK).policies[0].mutes == (
        Mute("office", is_during=False, severities=severities, rules=frozenset({"a"})),
        Mute("office", is_during=True, rules=frozenset({"a"})),
    )


def test_a_mute_counts_in_the_policys_revision_and_is_brought_by_a_base():
    more = "---\npolicy: child\nextends: p\nmute: [{during: office, target: {severity: info}}]\n"
    without = DESK[: DESK.index("mute:")]

    assert len(loaded(DESK + more).policies[1].mutes) == 3
    assert loaded(without).policies[0].revision != loaded(DESK).policies[0].revision


def test_a_rotas_file_lies_beside_it_and_counts_in_the_revision(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "duty.ics").write_bytes(DUTY.replace("\n", "\r\n").encode())
    (tmp_path / "inner" / "a.yaml").write_text("rota: r\nical: duty.ics\n", "utf-8")

    made, problems = load_paths([tmp_path], now=NOW)

    assert problems == []
    assert made.rotas["r"].on_call(NOW) == ("lea",)
    again, _ = load_texts(made.sources, now=NOW)
    assert again.rotas["r"].on_call(NOW) == ("lea",)
    assert again.revision == made.revision
    (tmp_path / "inner" / "duty.ics").write_text(DUTY.replace("lea", "tom"), "utf-8")
    assert load_paths([tmp_path], now=NOW)[0].revision != made.revision


def test_a_rotas_file_that_was_not_kept_is_a_problem():
    made, (problem,) = load_texts({"a.yaml": "rota: r\nical: duty.ics\n"}, now=NOW)

    assert made is None
    assert (problem.code, problem.span.line, problem.span.column) == ("R100", 2, 7)


def test_a_rotas_file_at_fault_is_told_where_it_is_named(tmp_path):
    (tmp_path / "duty.ics").write_text(DUTY.replace("DTSTART:2026", "DTSTART:"), "utf-8")
    (tmp_path / "a.yaml").write_text("rota: r\ntime_zone: UTC\nical: duty.ics\n", "utf-8")

    made, (problem,) = load_paths([tmp_path], now=NOW)

    assert made is None
    assert (problem.code, problem.span.line, problem.span.column) == ("R351", 3, 7)
    assert "DTSTART" in problem.message
