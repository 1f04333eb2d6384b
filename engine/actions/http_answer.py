"""What the other side answered, and what an answer other than 2xx means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import orjson

from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_RETRY_AFTER = timedelta(days=1)

_THROTTLED = frozenset({425, 429})
_UNAVAILABLE = 503
_AMBIGUOUS = frozenset({408})
_NOT_IMPLEMENTED = frozenset({501, 505})
_SHOWN_BODY = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said.

    Attributes:
        headers: Looked up without regard to case.
        body: As sent, cut at the limit; may be short where the connection was lost in it.
        is_whole: Whether the body is all that was sent.
        where: The scheme and host that answered; paths and queries may hold tokens.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True
    where: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx; what the body says is another matter."""
        return httpx.codes.is_success(self.status)

    def shown(self) -> str:
        """Return the beginning of the body as one printable line, for a person."""
        text = self.body[: 4 * _SHOWN_BODY].decode("utf-8", "replace")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= _SHOWN_BODY else f"{line[:_SHOWN_BODY]}..."

    def json(self) -> Any:
        """Return the body, read as JSON; None where it is cut short or is no JSON."""
        if not self.is_whole:
            return None
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


def json_object(answer: Answer, *, is_repeatable: bool) -> dict[str, Any]:
    """Return the JSON object that a 2xx answer holds.

    Args:
        is_repeatable: Whether asking again has no second effect: always of a GET.

    Raises:
        RecoverableActionError: It holds none, and may be asked for again.
        UnconfirmedActionError: It holds none, and the request may have taken effect.
    """
    found = answer.json()
    if isinstance(found, dict):
        return found
    fault = "cut short" if not answer.is_whole else f"no JSON object: {answer.shown()}"
    message = f"the answer of {answer.where} is {fault}"
    if is_repeatable:
        raise RecoverableActionError(message)
    raise UnconfirmedActionError(message)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long the other side asked to be left alone; None when it did not say.

    Both forms of ``Retry-After`` are read, seconds and an HTTP date; anything else counts as not
    said. Never negative, never more than a day: a longer wish is not ours to keep.
    """
    wish = headers.get("retry-after", "").strip()
    if not wish:
        return None
    if wish.isascii() and wish.isdigit():
        seconds = int(wish) if len(wish) < 10 else LONGEST_RETRY_AFTER.total_seconds()  # noqa: PLR2004 - more digits than any wait kept
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(wish)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_RETRY_AFTER)


def refuse(answer: Answer, *, is_idempotent: bool, now: datetime) -> NoReturn:
    """Raise what a status other than 2xx means.

    Source: Standard Webhooks, "Deliverability and reliability"; RFC 9110 section 15.
    """
    wait = retry_after(answer.headers, now=now)
    said = f"{answer.where} answered {answer.status}"
    if answer.body:
        said = f"{said}: {answer.shown()}"
    status = answer.status
    # A 503 that names a time is the server's own refusal; without one it may come from something
    # between that gave up on a request already under way.
    if status in _THROTTLED or (status == _UNAVAILABLE and wait is not None):
        raise RecoverableActionError(said, retry_after=wait)
    if status in _AMBIGUOUS or (
        httpx.codes.is_server_error(status) and status not in _NOT_IMPLEMENTED
    ):
        if is_idempotent:
            raise RecoverableActionError(said, retry_after=wait)
        raise UnconfirmedActionError(said)
    if httpx.codes.is_redirect(status):
        said = (
            f"{answer.where} answered {status}; redirects are not followed, name the final address"
        )
    raise PermanentActionError(said)
