"""Rotas that stand in an iCalendar file: who is on call in which events, repeated ones too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = timedelta(days=1)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
# What the two libraries raise on files that are amiss; they name no common base.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class DutyFile:
    """The events of an iCalendar file, each of which puts somebody on call.

    Who: the names of an event's attendees, else its summary. Events repeat, with exceptions, as
    the file says; cancelled ones do not count.

    Attributes:
        text: The file, as `read_duty_file` found it sound.
        time_zone: Of events that name none, and of those of whole days.
    """

    text: str = field(repr=False)
    time_zone: str = "UTC"

    def on_call(self, at: datetime) -> tuple[str, ...]:
        """Return who is on call at an instant, by name; an event's end is exclusive.

        Args:
            at: Aware UTC; before 1900 and from 2200 on nobody is.
        """
        if not _FIRST <= at < _LAST:
            return ()
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        duties = _duties(self.text, self.time_zone, midnight)
        found = {name for start, end, names in duties if start <= at < end for name in names}
        return tuple(sorted(found))


def read_duty_file(text: str, time_zone: str) -> tuple[DutyFile | None, str]:
    """Return the rota of an iCalendar file, or None and what is wrong with it, for a person."""
    try:
        calendar = _parsed(text)
        for event in calendar.walk("VEVENT"):
            fault = _fault(event)
            if fault:
                return None, fault
        _check_series(calendar)
    except _FAULTS as error:
        return None, f"it is no sound iCalendar file: {_first_line(error)}"
    return DutyFile(text, time_zone), ""


def _fault(event: Any) -> str:
    """Return what is wrong with an event taken alone; empty where nothing is."""
    called = f"event '{str(event.get('SUMMARY', ''))[:60]}'"
    for name, reason in event.errors:
        return f"{called}: {name or 'a line'}: {reason}"
    if "DTSTART" not in event:
        return f"{called} has no DTSTART"
    return "" if _names(event) else f"{called} names nobody: give it a summary or attendees"


def _check_series(calendar: Any) -> None:
    """Raise what the events' repetitions raise when they are worked out."""
    from recurring_ical_events import of  # noqa: PLC0415 - slow, and few rotas stand in files

    of(calendar).between(_FIRST.replace(year=2026), _DAY)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


@lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    from icalendar import Calendar  # noqa: PLC0415 - slow, and few rotas stand in files

    calendar = Calendar.from_ical(text)
    if calendar.name != "VCALENDAR":
        message = f"it holds {calendar.name or 'something else'} in place of a VCALENDAR"
        raise ValueError(message)
    return calendar


@lru_cache(maxsize=512)
def _duties(
    text: str, time_zone: str, midnight: datetime
) -> tuple[tuple[datetime, datetime, tuple[str, ...]], ...]:
    """Return the events that touch a day of UTC: beginning, end, names."""
    from recurring_ical_events import of  # noqa: PLC0415 - as above

    query = of(_parsed(text), skip_bad_series=True)
    # The library holds times without a zone against the query's own, so it is asked for more.
    found = query.between(midnight - _DAY, midnight + 2 * _DAY)
    return tuple(_spans(found, ZoneInfo(time_zone)))


def _spans(
    events: list[Any], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
    for event in events:
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield _instant(event.start, zone), _instant(event.end, zone), _names(event)


def _instant(value: Any, zone: ZoneInfo) -> datetime:
    """Return a time of the file as aware UTC: a day begins, and a bare time stands, in the zone."""
    whole = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (whole if whole.tzinfo is not None else whole.replace(tzinfo=zone)).astimezone(UTC)


def _names(event: Any) -> tuple[str, ...]:
    attendees = event.get("ATTENDEE", [])
    found = [
        str(one.params.get("CN") or one).removeprefix("mailto:").removeprefix("MAILTO:").strip()
        for one in (attendees if isinstance(attendees, list) else [attendees])
    ]
    names = [name for name in found if name] or [str(event.get("SUMMARY", "")).strip()]
    return tuple(dict.fromkeys(name for name in names if name))
