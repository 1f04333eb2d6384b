"""One clock of a case: how much of the time promised has been used, pauses left out.

A clock carries the working hours it was started with, so that a policy edited later does not change
what was promised before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.calendar import WorkingHours
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    Span = tuple[datetime, datetime | None]

_WARNS_AT = 3, 4
_MICROSECOND = timedelta(microseconds=1)


class ClockKind(StrEnum):
    """What stops a clock: the first answer, or that the case is resolved."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


class Mark(StrEnum):
    """What people are told of a clock: that three quarters of its time are used, or all of it."""

    WARNED = "warned"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time within which something has to be done, and how it ran so far.

    Attributes:
        name: As the queue calls it: ``first-reply``.
        within: How much time may be used.
        calendar: Only time inside it is used; None for all time.
        started_at: Aware UTC.
        pauses: Those that ended, in order; none begins before the one before it ended.
        paused_at: Since when it is paused; None while it is not.
        stopped_at: When it was stopped; None while it may go on.
        told: The marks that people were told of.
    """

    kind: ClockKind
    name: str
    within: timedelta
    calendar: WorkingHours | None
    started_at: datetime
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    told: tuple[Mark, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether time is being used, as far as its calendar is open."""
        return self.stopped_at is None and self.paused_at is None

    @property
    def due(self) -> datetime | None:
        """The first instant that is too late.

        Returns:
            None where that is not settled: it is paused or was stopped before, or its calendar
            holds too little time in ten years.
        """
        return self._reaches(self.within)

    @property
    def warns_at(self) -> datetime | None:
        """When three quarters of its time are used, rounded up to a microsecond; None as `due`."""
        share, whole = _WARNS_AT
        return self._reaches(-(-self.within // _MICROSECOND * share // whole) * _MICROSECOND)

    def used(self, at: datetime) -> timedelta:
        """Return how much of its time was used until an instant."""
        found = timedelta()
        for since, until in self._spans():
            end = at if until is None else min(until, at)
            if since < end:
                found += self._elapsed(since, end)
        return found

    def is_breached(self, at: datetime) -> bool:
        """Say whether all of its time was used by an instant; at the very instant it was."""
        due = self.due
        return due is not None and due <= at

    def pause(self, at: datetime) -> Clock:
        """Return it paused from an instant on; as it is where it does not run."""
        return replace(self, paused_at=self._not_before(at)) if self.is_running else self

    def go_on(self, at: datetime) -> Clock:
        """Return it running again from an instant on; as it is where it is not paused."""
        if self.paused_at is None or self.stopped_at is not None:
            return self
        pauses = (*self.pauses, (self.paused_at, self._not_before(at)))
        return replace(self, pauses=pauses, paused_at=None)

    def stop(self, at: datetime) -> Clock:
        """Return it stopped at an instant; as it is where it was stopped before."""
        return self if self.stopped_at is not None else replace(self, stopped_at=self._end(at))

    def restart(self, at: datetime) -> Clock:
        """Return it going on from an instant, the time since it was stopped being a pause."""
        if self.stopped_at is None:
            return self
        since = self.paused_at or self.stopped_at
        pauses = (*self.pauses, (since, max(at, self.stopped_at)))
        return replace(self, pauses=pauses, paused_at=None, stopped_at=None)

    def next_mark(self) -> tuple[Mark, datetime] | None:
        """Return what people are to be told of next, and when; None for nothing as it stands."""
        if Mark.BREACHED in self.told:
            return None
        due, warns_at = self.due, self.warns_at
        if Mark.WARNED not in self.told and warns_at is not None:
            return Mark.WARNED, warns_at
        return None if due is None else (Mark.BREACHED, due)

    def tell(self, until: datetime) -> tuple[Clock, Mark | None]:
        """Return it as told until an instant, inclusive, and the gravest mark it had to tell of.

        A warning that nobody could be told in time is not told beside the breach.
        """
        clock, found = self, None
        while (mark := clock.next_mark()) is not None and mark[1] <= until:
            found = mark[0]
            clock = replace(clock, told=(*clock.told, found))
        return clock, found

    def _reaches(self, span: timedelta) -> datetime | None:
        left = span
        for since, until in self._spans():
            if until is None:
                return self._after(since, left)
            passed = self._elapsed(since, until)
            if left <= passed:
                return self._after(since, left)
            left -= passed
        return None

    def _spans(self) -> Iterator[Span]:
        """Yield the stretches in which it ran, the last one without an end while it still does."""
        since = self.started_at
        for begun, ended in self.pauses:
            yield since, begun
            since = ended
        ends = [one for one in (self.paused_at, self.stopped_at) if one is not None]
        yield since, min(ends, default=None)

    def _elapsed(self, since: datetime, until: datetime) -> timedelta:
        return until - since if self.calendar is None else self.calendar.elapsed(since, until)

    def _after(self, since: datetime, span: timedelta) -> datetime | None:
        return since + span if self.calendar is None else self.calendar.after(since, span)

    def _end(self, at: datetime) -> datetime:
        return self._not_before(at) if self.paused_at is None else max(at, self.paused_at)

    def _not_before(self, at: datetime) -> datetime:
        """Return an instant, or the last one known: a clock set back must not run backwards."""
        last = self.pauses[-1][1] if self.pauses else self.started_at
        return max(at, last, self.paused_at or last)


def write_clock(one: Clock) -> dict[str, Any]:
    """Return a clock as JSON; lengths are whole microseconds, hours are spans of minutes."""
    calendar = one.calendar
    return {
        "kind": one.kind.value,
        "name": one.name,
        "within": one.within // _MICROSECOND,
        "calendar": None if calendar is None else _write_hours(calendar),
        "started_at": format_instant(one.started_at),
        "pauses": [[format_instant(since), format_instant(until)] for since, until in one.pauses],
        "paused_at": None if one.paused_at is None else format_instant(one.paused_at),
        "stopped_at": None if one.stopped_at is None else format_instant(one.stopped_at),
        "told": [mark.value for mark in one.told],
    }


def read_clock(found: Mapping[str, Any]) -> Clock:
    """Return the clock that `write_clock` wrote.

    Raises:
        KeyError, ValueError: It is none.
    """
    calendar = found["calendar"]
    return Clock(
        kind=ClockKind(found["kind"]),
        name=found["name"],
        within=found["within"] * _MICROSECOND,
        calendar=None if calendar is None else _read_hours(calendar),
        started_at=parse_instant(found["started_at"]),
        pauses=tuple((parse_instant(since), parse_instant(end)) for since, end in found["pauses"]),
        paused_at=None if found["paused_at"] is None else parse_instant(found["paused_at"]),
        stopped_at=None if found["stopped_at"] is None else parse_instant(found["stopped_at"]),
        told=tuple(Mark(one) for one in found["told"]),
    )


def _write_hours(one: WorkingHours) -> dict[str, Any]:
    return {
        "id": one.id,
        "time_zone": one.time_zone,
        "hours": [[list(span) for span in spans] for spans in one.hours],
        "country": one.country,
        "dates": sorted(day.isoformat() for day in one.dates),
    }


def _read_hours(found: Mapping[str, Any]) -> WorkingHours:
    return WorkingHours(
        id=found["id"],
        time_zone=found["time_zone"],
        hours=tuple(tuple((first, last) for first, last in spans) for spans in found["hours"]),
        country=found["country"],
        dates=frozenset(date.fromisoformat(day) for day in found["dates"]),
    )
