"""Makes the documents that policies share into frozen objects; duty files are read on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.calendar import WorkingHours
from engine.duty_file import read_duty_file
from engine.located_yaml import decode
from engine.policy.hours import read_hours
from engine.policy.list_files import refusal
from engine.policy.read_platforms import compile_platforms
from engine.policy.report import Report
from engine.policy.shared_documents import Chain, OnlyIf, Queue, SharedDocuments, Sla, Step
from engine.rota import Rota, Shift

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.duty_file import DutyFile
    from engine.policy.collect import Collected
    from engine.policy.shape import Part
    from engine.policy.sources import Sources


def compile_shared(found: Collected, report: Report, *, sources: Sources) -> SharedDocuments:
    """Return the sound calendars, rotas, chains, queues and platforms, naming the others' objects.

    What is wrong in their own words was reported by `check_shared`; only platforms, and duty files,
    which are read here, are reported here. Their texts are added to what the revision is made of.

    Args:
        sources: What duty files are read through.
    """
    calendars = dict(_calendars(found))
    rotas = dict(_rotas(found, report, sources))
    return SharedDocuments(
        calendars=calendars,
        rotas=rotas,
        chains={
            name: Chain(name, tuple(_steps(part, calendars, rotas)))
            for name, part in found.named("chain").items()
        },
        queues={
            name: Queue(
                name,
                tuple(part.get("members", ())),
                dict(_slas(part, calendars)),
                part.get("notify"),
            )
            for name, part in found.named("queue").items()
        },
        platforms=compile_platforms(found.named("platform"), found.shipped, report),
    )


def _zone(part: Part) -> str | None:
    """Return the name of a part's time zone, UTC where it says none; None where it is none."""
    name: str = part.get("time_zone") or "UTC"
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None
    return name


def _hours(name: str, zone: str, part: Part, *, may_pass_midnight: bool = False) -> WorkingHours:
    read = read_hours(
        part.get("hours"), Report(), span=part.span, may_pass_midnight=may_pass_midnight
    )
    days_off: Part | None = part.get("holidays")
    country = days_off.get("country") if days_off is not None else None
    dates = frozenset(days_off.get("dates", ()) if days_off is not None else ())
    return WorkingHours(name, zone, read, country, dates)


def _calendars(found: Collected) -> Iterator[tuple[str, WorkingHours]]:
    for name, part in found.named("calendar").items():
        zone = _zone(part)
        if zone is not None and part.get("hours") is not None:
            yield name, _hours(name, zone, part)


def _rotas(found: Collected, report: Report, sources: Sources) -> Iterator[tuple[str, Rota]]:
    for name, part in found.named("rota").items():
        zone, channel = _zone(part), part.get("channel")
        if zone is None:
            continue
        if part.get("ical") is None or part.says("shifts"):
            shifts = tuple(_shifts(part, zone))
            yield name, Rota(name, zone, shifts, channel=channel)
            continue
        inner = report.within("rota", name, part.at("rota"))
        text = _duty_text(part, inner, sources)
        duties = None if text is None else _duties(text, zone, part, inner)
        if duties is not None:
            found.contents.append([name, duties.text])
            yield name, Rota(name, zone, file=duties, channel=channel)


def _shifts(part: Part, zone: str) -> Iterator[Shift]:
    for one in part.get("shifts") or ():
        if one.get("who") and one.get("hours") is not None:
            yield Shift(tuple(one.get("who")), _hours("", zone, one, may_pass_midnight=True))


def _duty_text(part: Part, report: Report, sources: Sources) -> str | None:
    """Return the text of a rota's file, looked for beside the rota's own; None, reported."""
    written, where = part.get("ical"), part.at("ical")
    path = Path(where.file).parent / written
    try:
        fault = refusal(path) if sources.kept is None else ""
        data = b"" if fault else sources.read(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        fault = f"the rota's file '{written[:60]}' cannot be read: {reason}"
    if fault:
        report.error("R100", where, fault, help_text=f"looked for at {path}")
        return None
    text, problems = decode(data, str(path))
    report.problems.extend(problems)
    return None if problems else text


def _duties(text: str, zone: str, part: Part, report: Report) -> DutyFile | None:
    made, fault = read_duty_file(text, zone)
    if made is None:
        message = f"the rota's file '{part.get('ical')[:60]}': {fault}"
        help_text = "export the calendar again, or write 'shifts' in its place"
        report.error("R351", part.at("ical"), message, help_text=help_text)
    return made


def _steps(
    part: Part, calendars: Mapping[str, WorkingHours], rotas: Mapping[str, Rota]
) -> Iterator[Step]:
    for one in part.get("steps") or ():
        only_if, calendar = _only_if(one), calendars.get(one.get("calendar") or "")
        told: Part | None = one.get("notify")
        if told is not None:
            rota = rotas.get(told.get("rota") or "")
            channel = told.get("channel")
            yield Step("notify", channel, rota, only_if=only_if, calendar=calendar)
        elif one.get("wait") is not None:
            yield Step("wait", wait=one.get("wait"), only_if=only_if, calendar=calendar)
        elif one.get("repeat") is not None:
            yield Step("repeat", times=one.get("repeat"), only_if=only_if, calendar=calendar)


def _only_if(part: Part) -> OnlyIf | None:
    read: Part | None = part.get("only_if")
    if read is None or read.get("more_than") is None or read.get("in") is None:
        return None
    return OnlyIf(read.get("more_than"), read.get("in"))


def _slas(part: Part, calendars: Mapping[str, WorkingHours]) -> Iterator[tuple[str, Sla]]:
    for name, one in part.get("sla", {}).items():
        if one.get("within") is not None:
            yield name, Sla(one.get("within"), calendars.get(one.get("calendar") or ""))
