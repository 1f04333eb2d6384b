"""Lets replies wait while it is night where their author lives."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from engine.dispatch.gates.chain import Held
from engine.dispatch.gates.one_by_one import REPLIES, part
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.dispatch.gates.chain import Passage
    from engine.mention import Mention
    from engine.ports import OutboxItem

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class QuietHoursGate:
    """Lets a reply through by day, in the time zone of the mention's country.

    Args:
        hours: The first local time of the quiet hours and the first after them.
        zone: Where authors live of whom nobody knows, or whose country has several times.
    """

    def __init__(self, hours: tuple[time, time], zone: ZoneInfo) -> None:
        self._start, self._end = hours
        self._zone = zone

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the replies by the time of day where their authors live."""
        return await part(items, REPLIES, lambda item: self._judge(item, now))

    async def _judge(self, item: OutboxItem, now: datetime) -> Held | None:
        zone = zone_of(item.mention, now) or self._zone
        until = quiet_until(now, zone, (self._start, self._end))
        if until is None:
            return None
        local, end = now.astimezone(zone), until.astimezone(zone)
        detail = f"{local:%H:%M} in {zone.key}; it may go at {end:%H:%M}"
        return Held(item, Reason.QUIET_HOURS, detail, until=until)


def quiet_until(now: datetime, zone: ZoneInfo, hours: tuple[time, time]) -> datetime | None:
    """Return the end of the quiet hours that an instant lies in; None where it lies in none.

    Local hours that the clocks skip last no time, those they repeat last twice.

    Args:
        now: Aware UTC.

    Returns:
        Aware UTC; no quiet hours hold at it.
    """
    start, end = hours
    local = now.astimezone(zone)
    is_over_midnight = start > end
    clock = local.time()
    is_quiet = clock >= start or clock < end if is_over_midnight else start <= clock < end
    if not is_quiet:
        return None
    is_evening = is_over_midnight and clock >= start
    day = local.date() + (_DAY if is_evening else timedelta())
    local_end = datetime.combine(day, end)
    until = _instant(local_end, zone)
    # Where the clocks were put back over the end, the hour before it comes a second time.
    return until if until > now else _instant(local_end, zone, fold=1)


def _instant(local: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """Return the instant of a local time; of one that the clocks skip, when they skip it."""
    found = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # The rules before and after the change give two instants, and the change lies between.
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = late.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == after:
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0)


def zone_of(mention: Mention, now: datetime) -> ZoneInfo | None:
    """Return the time zone of a mention's country where all of it has one time now."""
    country = None if mention.place is None else mention.place.country
    names = _zones().get((country or "").strip().upper(), ())
    zones = [ZoneInfo(name) for name in names]
    times = {now.astimezone(zone).utcoffset() for zone in zones}
    return zones[0] if len(times) == 1 else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, list[str]]:
    """Return each country's time zones by its ISO 3166 code, the most populous first."""
    found: dict[str, list[str]] = {}
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            found.setdefault(country, []).append(name)
    return found
