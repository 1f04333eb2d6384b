"""What people write in files and options: durations ``6m30s``, shares ``40%``, speeds ``60x``."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_CHANGE = re.compile(r"([+-]?\d{1,6}(?:\.\d+)?)%")
_LONGEST = timedelta(days=3650)


def parse_duration(text: str) -> timedelta:
    """Read a duration such as ``90s``, ``15m``, ``24h``, ``7d`` or ``6m30s``.

    Raises:
        ValueError: The text is not a duration, is out of order, or is longer than ten years.
    """
    found = _DURATION.fullmatch(text.strip()) if text.strip() else None
    if found is None:
        message = f"{text!r} is not a duration; write it like 90s, 15m, 24h, 7d or 6m30s"
        raise ValueError(message)
    try:
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (OverflowError, ValueError):
        span = _LONGEST + timedelta(days=1)
    if span > _LONGEST:
        message = f"{text[:40]!r} is longer than ten years"
        raise ValueError(message)
    return span


def format_duration(span: timedelta) -> str:
    """Write a duration as `parse_duration` reads it; whole seconds."""
    left = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_share(text: str) -> float:
    """Read a percentage such as ``40%`` as a share in [0, 1].

    Raises:
        ValueError: The text is not a percentage, or is above 100%.
    """
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        message = f"{text!r} is not a percentage; write it like 40%"
        raise ValueError(message)
    share = float(found.group(1)) / 100
    if share > 1:
        message = f"{text!r} is above 100%"
        raise ValueError(message)
    return share


def parse_signed_share(text: str) -> float:
    """Read a change such as ``-30%`` or ``+10%`` as a fraction; -100% is the least.

    Raises:
        ValueError: The text is no percentage, or takes away more than there is.
    """
    found = _CHANGE.fullmatch(text.strip())
    if found is None:
        message = f"{text[:40]!r} is not a change in percent; write it like -30% or +10%"
        raise ValueError(message)
    change = float(found.group(1)) / 100
    if change < -1:
        message = f"{text!r} takes away more than there is; -100% is the least"
        raise ValueError(message)
    return change


def parse_speed(text: str) -> float:
    """Read a replay's speed such as ``60x`` (a minute a second) or ``max``, which is infinite.

    Raises:
        ValueError: The text is no number above 0.
    """
    if text == "max":
        return math.inf
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not speed > 0:
        message = f"{text[:40]!r} is no speed; write 60x for a minute a second, or max"
        raise ValueError(message)
    return speed


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date and time with a zone, as aware UTC.

    Raises:
        ValueError: The text is no date and time, or names no zone.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text[:60]!r} is not a date and time; write it like 2026-03-02T09:00:00Z"
        raise ValueError(message) from None
    if instant.tzinfo is None:
        message = f"{text[:60]!r} names no time zone; add Z or an offset such as +01:00"
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = f"{text[:60]!r} is outside the years 1 to 9999"
        raise ValueError(message) from None


def later(at: datetime, by: timedelta) -> datetime:
    """Return the instant a duration later; beyond year 9999 the last that there is.

    Args:
        at: Aware UTC.
        by: Not negative.
    """
    last = datetime.max.replace(tzinfo=UTC)
    return last if by > last - at else at + by


def format_instant(instant: datetime) -> str:
    """Write an aware instant as ISO 8601 in UTC with ``Z``; microseconds only where needed."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
