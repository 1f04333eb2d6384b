"""Working hours: which instants count, and how much of a stretch of time does.

Everything is exact in the calendar's own time zone: a local hour that the clocks skip lasts no
time, one that they repeat lasts twice. Instants go in and come out as aware UTC.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

# By weekday from Monday: spans of local time, each its first minute and the first one after it.
WeekHours = tuple[tuple[tuple[int, int], ...], ...]
_FARTHEST = timedelta(days=3653)
_FIRST_YEAR = 2
_LAST_YEAR = 9998
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MINUTES_OF_HOUR = 60


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Spans of local time by weekday, without the days off.

    Attributes:
        id: The calendar's.
        time_zone: Its name in the IANA database.
        hours: By weekday from Monday: spans in minutes of the day in [0, 1440], the second
            exclusive.
        country: Whose public holidays are days off: two capital letters; None for no country's.
        dates: Further days off.
    """

    id: str
    time_zone: str
    hours: WeekHours
    country: str | None = None
    dates: frozenset[date] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.time_zone)

    def is_open(self, at: datetime) -> bool:
        """Say whether an instant counts."""
        local = at.astimezone(self.zone)
        minute = local.hour * _MINUTES_OF_HOUR + local.minute
        return any(start <= minute < end for start, end in self.spans(local.date()))

    def spans(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the spans of a local day, in minutes; none on a day off."""
        is_off = day in self.dates or (
            self.country is not None and day in public_holidays(self.country, day.year)
        )
        return () if is_off else self.hours[day.weekday()]

    def next_open(self, at: datetime) -> datetime | None:
        """Return the first instant from ``at`` on that counts; None for none in ten years."""
        return next((start for start, _ in self._stretches(at, _far(at))), None)

    def next_close(self, at: datetime) -> datetime | None:
        """Return where the open stretch ends that holds ``at`` or is the next to come.

        Returns:
            The first instant after it that does not count; None for none in ten years.
        """
        last = _far(at)
        end: datetime | None = None
        for start, until in self._stretches(at, last):
            if end is not None and start > end:
                return end
            end = until
        return None if end == last else end

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time from ``start`` to ``end`` counts; none where it is over."""
        return sum(
            (until - since for since, until in self._stretches(start, end)), start=timedelta()
        )

    def after(self, start: datetime, worked: timedelta) -> datetime | None:
        """Return the first instant by which so much time has counted since ``start``.

        Returns:
            ``start`` itself for no time; None where ten years hold too little of it.
        """
        if worked <= timedelta():
            return start
        for since, until in self._stretches(start, _far(start)):
            if worked <= until - since:
                return since + worked
            worked -= until - since
        return None

    def _stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield what counts between two instants, in order; stretches may touch."""
        zone, at = self.zone, start.astimezone(UTC)
        if at.year < _FIRST_YEAR or end.year > _LAST_YEAR:
            return  # a local day may begin before year 1 or end after year 9999
        while at < end:
            local = at.astimezone(zone)
            offset = local.utcoffset() or timedelta()
            midnight = datetime.combine(local.date(), time(), UTC) - offset
            until = _steady_until(zone, at, min(end, midnight + _DAY))
            for first, last in self.spans(local.date()):
                since = max(at, midnight + timedelta(minutes=first))
                before = min(until, midnight + timedelta(minutes=last))
                if since < before:
                    yield since, before
            at = until


def _far(at: datetime) -> datetime:
    """Return the instant beyond which nothing is looked for."""
    return at + _FARTHEST if at.year < _LAST_YEAR - 10 else at


def _steady_until(zone: ZoneInfo, since: datetime, until: datetime) -> datetime:
    """Return the first change of the zone's offset between two instants, else the second.

    Args:
        until: At most a day later: clocks are never changed twice within one.
    """
    offset = since.astimezone(zone).utcoffset()
    if (until - timedelta.resolution).astimezone(zone).utcoffset() == offset:
        return until
    before, after = since, until
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Return a country's public holidays of a year; empty where none are known.

    Source: the library ``holidays``.
    """
    from holidays import country_holidays  # noqa: PLC0415 - slow, and few calendars have a country

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # years for which a country's law is not known
        try:
            return frozenset(country_holidays(country, years=year))
        except (NotImplementedError, OverflowError, ValueError):
            return frozenset()


def joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return spans of a day in order, those that touch or overlap made one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
