"""How fast each account may be used: token buckets that heed what platforms say of their limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.errors import RecoverableActionError
from engine.receiving import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many sends in how long, and so many at once at most.

    Attributes:
        most: At least 1.
        within: More than zero.
    """

    most: int
    within: timedelta

    @property
    def gap(self) -> timedelta:
        """How long one token takes to come back."""
        return self.within / self.most


@dataclass(slots=True)
class _Bucket:
    """Kept as the instant at which it would be full again: a virtual schedule, exact in time."""

    full_at: datetime
    allowance: Allowance | None = None


class Pacer:
    """Counts sends by account; an `engine.receiving.RateBook`.

    In the memory of the process: after a restart every bucket is full, and the platform's own
    answers slow it down again.

    Args:
        rate_of: An account's own limit by its name; None for none that we keep ourselves.
    """

    def __init__(self, rate_of: Callable[[str], Rate | None]) -> None:
        self._rate_of = rate_of
        self._buckets: dict[str, _Bucket] = {}

    def take(self, account: str, *, now: datetime) -> datetime | None:
        """Take a token; None where there was one, else the instant at which to ask again."""
        bucket = self._buckets.setdefault(account, _Bucket(now))
        wait = _told_to_wait(bucket, now)
        if wait is not None:
            return wait
        rate = self._rate_of(account)
        if rate is not None:
            start = max(bucket.full_at, now)
            ripe = start + rate.gap - rate.within
            if ripe > now:
                return ripe
            bucket.full_at = start + rate.gap
        if bucket.allowance is not None:
            left = bucket.allowance.remaining - 1
            bucket.allowance = Allowance(left, bucket.allowance.resets_at)
        return None

    def heard(self, account: str, allowance: Allowance) -> None:
        """Note what a platform says is left to an account."""
        bucket = self._buckets.setdefault(account, _Bucket(_LONG_AGO))
        bucket.allowance = allowance

    def ended(self, account: str, error: Exception | None, *, now: datetime) -> None:
        """Heed a wish to be left alone; see `engine.dispatch.attempt.Watcher`."""
        if isinstance(error, RecoverableActionError) and error.retry_after:
            self.heard(account, Allowance(0, now + error.retry_after))


def _told_to_wait(bucket: _Bucket, now: datetime) -> datetime | None:
    said = bucket.allowance
    if said is None:
        return None
    if said.resets_at <= now:
        bucket.allowance = None
        return None
    return said.resets_at if said.remaining <= 0 else None
