"""Event time as whole microseconds, for the arithmetic of buckets; exact both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
SECOND = 1_000_000
DAY = 86_400 * SECOND


def micros(at: datetime) -> int:
    """Return an aware instant as microseconds since the epoch."""
    return (at - EPOCH) // _MICROSECOND


def length(of: timedelta) -> int:
    """Return a duration in microseconds."""
    return of // _MICROSECOND


def instant(at: int) -> datetime:
    """Return the aware UTC instant of `micros`; beyond year 1 or 9999 the nearest there is."""
    return EPOCH + timedelta(microseconds=min(max(at, _FIRST), _LAST))
