"""Chains that reach nobody when they begin at some hour of the week."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.policy.report import Report
    from engine.policy.shape import Part
    from engine.policy.shared_documents import Chain

_SLOT = timedelta(minutes=15)
_SLOTS_OF_DAY = 96
_SLOTS = 7 * _SLOTS_OF_DAY
_MOST_SHOWN = 3
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_reach(
    chains: Mapping[str, Chain], parts: Mapping[str, Part], report: Report, *, now: datetime
) -> None:
    """Warn of each chain that tells nobody, not even later, if it begins at some hour.

    Looked at every quarter of an hour of the seven days that begin with ``now``'s. A
    chain that cannot tell anybody at all was reported while it was read.

    Args:
        now: Aware UTC.
    """
    for name, chain in chains.items():
        part = parts[name]
        if not any(step.kind == "notify" for step in chain.steps) or _is_at_fault(chain):
            continue
        zone = _zone(chain)
        closed = _gaps(chain, zone, now)
        if closed:
            message = f"chain '{name}' reaches nobody when it begins {_told(closed)} ({zone.key})"
            help_text = "add a step that tells a channel, or people on call at those hours"
            inner = report.within("chain", name, part.at("chain"))
            inner.warning("R352", part.key("steps"), message, help_text=help_text)


def _is_at_fault(chain: Chain) -> bool:
    """Say whether a step names what could not be read: that is reported, and says enough."""
    return any(
        step.kind == "notify" and step.channel is None and step.rota is None for step in chain.steps
    )


def _zone(chain: Chain) -> ZoneInfo:
    """Return the time zone in which hours are told: of the first rota or calendar."""
    for step in chain.steps:
        place = step.rota or step.calendar
        if place is not None:
            return ZoneInfo(place.time_zone)
    return ZoneInfo("UTC")


def _gaps(chain: Chain, zone: ZoneInfo, now: datetime) -> list[tuple[int, int]]:
    """Return the runs of slots of the local week in which the chain reaches nobody."""
    if any(step.channel is not None and step.calendar is None for step in chain.steps):
        return []
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    reached = [
        chain.reaches_anybody((midnight + at * _SLOT).replace(tzinfo=zone).astimezone(UTC))
        for at in range(_SLOTS)
    ]
    turn = _SLOTS - midnight.weekday() * _SLOTS_OF_DAY  # Monday first, whatever day it is
    reached = [*reached[turn:], *reached[:turn]]
    return _closed_runs(reached)


def _closed_runs(is_open: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the closed runs of a cycle: the first slot, and the one after the last.

    Where a run goes on over the cycle's end, the second lies past it.
    """
    size = len(is_open)
    if not any(is_open):
        return [(0, size)]
    starts = [at for at in range(size) if not is_open[at] and is_open[at - 1]]
    ends = [next(at for at in range(one, 2 * size) if is_open[at % size]) for one in starts]
    return list(zip(starts, ends, strict=True))


def _told(runs: Sequence[tuple[int, int]]) -> str:
    if runs == [(0, _SLOTS)]:
        return "at any hour of the week"
    shown = ", ".join(_run(start, end) for start, end in runs[:_MOST_SHOWN])
    more = f" and at {len(runs) - _MOST_SHOWN} more times" if len(runs) > _MOST_SHOWN else ""
    return f"{shown}{more}"


def _run(start: int, end: int) -> str:
    """Return a run as people say it: ``Sunday 00:00 to 06:00``, ``Friday 18:00 to 24:00``."""
    day, until = start // _SLOTS_OF_DAY, end // _SLOTS_OF_DAY % len(_DAYS)
    ends_that_day = end % _SLOTS_OF_DAY == 0 and end - start <= _SLOTS_OF_DAY
    if ends_that_day and (end - 1) // _SLOTS_OF_DAY == day:
        return f"{_DAYS[day]} {_clock(start)} to 24:00"
    where = "" if end // _SLOTS_OF_DAY == day else f"{_DAYS[until]} "
    return f"{_DAYS[day]} {_clock(start)} to {where}{_clock(end)}"


def _clock(slot: int) -> str:
    minutes = slot % _SLOTS_OF_DAY * 15
    return f"{minutes // 60:02}:{minutes % 60:02}"
