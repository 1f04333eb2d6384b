"""What platforms say in their headers of how much may still be asked, and how to wait for more.

Each platform has its own words; all of them come to an `Allowance`. A header that is not as its
platform writes it counts as not said: pacing then goes by the settings alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from engine.actions.http_answer import LONGEST_RETRY_AFTER, retry_after
from engine.errors import RecoverableActionError
from engine.receiving import Allowance
from engine.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from engine.actions.http_answer import Answer
    from engine.receiving import RateBook

    Reader = Callable[[Mapping[str, str], datetime], Allowance | None]

_THROTTLED = 429
_WHOLE = 100
_META_WINDOW = timedelta(hours=1)
_META_SHARES = ("call_count", "total_time", "total_cputime", "acc_id_util_pct")


def allowance(platform: str, headers: Mapping[str, str], *, now: datetime) -> Allowance | None:
    """Return what a platform's headers leave to us; None where they say nothing of it.

    Args:
        platform: As in `READERS`; an unknown one says nothing.
        headers: Looked up without regard to case.
        now: Aware UTC; what spans are counted from.
    """
    reader = READERS.get(platform)
    return None if reader is None else reader(headers, now)


def mastodon(headers: Mapping[str, str], now: datetime) -> Allowance | None:
    """Read ``X-RateLimit-Remaining`` and ``-Reset``, an instant in ISO 8601 (or epoch seconds).

    Source: docs.joinmastodon.org, api/rate-limits.
    """
    return _counted(headers, now, "x-ratelimit-remaining", "x-ratelimit-reset")


def epoch(headers: Mapping[str, str], now: datetime) -> Allowance | None:
    """Read the pair that GitHub and X write: calls left, and the reset in seconds since 1970."""
    return _counted(headers, now, "x-ratelimit-remaining", "x-ratelimit-reset") or _counted(
        headers, now, "x-rate-limit-remaining", "x-rate-limit-reset"
    )


def slack(headers: Mapping[str, str], now: datetime) -> Allowance | None:
    """Read ``Retry-After``: Slack says nothing until it refuses.

    Source: docs.slack.dev, apis/web-api/rate-limits.
    """
    wait = retry_after(headers, now=now)
    return None if wait is None else Allowance(0, now + wait)


def meta(headers: Mapping[str, str], now: datetime) -> Allowance | None:
    """Read the three usage headers, JSON each, and return the scarcest of what they leave.

    They count in percent, over the past hour, of a limit they do not name. What is left of 100
    stands for calls here: each of Meta's limits allows more than one call a percent, so that many
    can always be made.

    Source: developers.facebook.com, docs/graph-api/overview/rate-limiting.
    """
    found = [_meta_allowance(use, now) for use in _meta_uses(headers)]
    left = [one for one in found if one is not None]
    return min(left, key=lambda one: (one.remaining, -one.resets_at.timestamp()), default=None)


READERS: Mapping[str, Reader] = {
    "mastodon": mastodon,
    "slack": slack,
    "meta_ads": meta,
    "github": epoch,
    "x": epoch,
}


@dataclass(frozen=True, slots=True)
class RateListener:
    """Tells a book what each answer's headers leave; give `heard` to `HttpClient.request`.

    Attributes:
        account: Whose limit it is: ``account:NAME`` or ``channel:NAME``.
        platform: As in `READERS`.
        now: Aware UTC: when it was asked.
        book: None where nobody keeps one.
    """

    account: str
    platform: str
    now: datetime
    book: RateBook | None = None

    def heard(self, answer: Answer) -> None:
        """Note what an answer leaves to the account.

        Raises:
            RecoverableActionError: It is a 429, with the wait that the platform's own headers
                give where there is no ``Retry-After``.
        """
        left = allowance(self.platform, answer.headers, now=self.now)
        if left is not None and self.book is not None:
            self.book.heard(self.account, left)
        if answer.status != _THROTTLED:
            return
        wait = retry_after(answer.headers, now=self.now)
        if wait is None and left is not None:
            wait = min(max(left.resets_at - self.now, timedelta()), LONGEST_RETRY_AFTER)
        message = f"{answer.where} answered {answer.status}: {answer.shown()}"
        raise RecoverableActionError(message, retry_after=wait)


def _counted(
    headers: Mapping[str, str], now: datetime, remaining: str, reset: str
) -> Allowance | None:
    left, until = _number(headers.get(remaining, "")), _instant(headers.get(reset, ""))
    if left is None or until is None:
        return None
    return Allowance(max(math.floor(left), 0), min(until, now + LONGEST_RETRY_AFTER))


def _meta_uses(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in ("x-app-usage", "x-ad-account-usage"):
        use = _object(headers.get(name, ""))
        if use:
            yield use
    # By business, each with a list of uses by kind.
    for uses in _object(headers.get("x-business-use-case-usage", "")).values():
        if isinstance(uses, list):
            yield from (use for use in uses if isinstance(use, dict))


def _meta_allowance(use: Mapping[str, Any], now: datetime) -> Allowance | None:
    shares = [share for name in _META_SHARES if (share := _number(use.get(name))) is not None]
    if not shares:
        return None
    minutes = _number(use.get("estimated_time_to_regain_access")) or 0.0
    seconds = _number(use.get("reset_time_duration")) or 0.0
    wait = timedelta(minutes=minutes) or timedelta(seconds=seconds) or _META_WINDOW
    is_shut = minutes > 0
    remaining = 0 if is_shut else max(math.floor(_WHOLE - max(shares)), 0)
    return Allowance(remaining, now + min(wait, LONGEST_RETRY_AFTER))


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> float | None:
    """Return a number that can be counted with; days of minutes are more than any wait kept."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e9 else None  # noqa: PLR2004 - no counter of a platform is as large


def _instant(text: str) -> datetime | None:
    seconds = _epoch_seconds(text)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else parse_instant(text)
    except (ValueError, OverflowError, OSError):
        return None


def _epoch_seconds(text: str) -> int | None:
    is_seconds = text.isascii() and text.isdigit() and len(text) < 12  # noqa: PLR2004 - the year 5138
    return int(text) if is_seconds else None
