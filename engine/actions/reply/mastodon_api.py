"""What of Mastodon's API we use, as one account asks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.actions.http_answer import json_object
from engine.actions.rate_headers import RateListener
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.reasons import Reason
from engine.units import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.account import Account
    from engine.actions.http import HttpClient
    from engine.actions.http_answer import Answer
    from engine.receiving import RateBook

PAGE = 40
USUAL_LENGTH = 500

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_FOUND = frozenset({404, 410})
_UNKNOWN_TOKEN = 401


class GoneError(PermanentActionError):
    """What was asked for is not there, or is hidden from us."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Who an account is on its server.

    Attributes:
        acct: Its name as this server calls it: ``bob``, or ``bob@elsewhere.example``.
        is_bot: Whether its profile bears the label of automated accounts.
    """

    id: str
    acct: str
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Status:
    """A post, as far as an answer needs to know it.

    Attributes:
        edited_at: When it was last edited, aware UTC; None where it never was.
    """

    id: str
    author: Profile
    in_reply_to: str | None
    visibility: str
    warning: str
    url: str
    edited_at: datetime | None = None


class MastodonApi:
    """Asks one account's server.

    Args:
        book: Is told what the server says of its limit.
    """

    def __init__(
        self, account: Account, client: HttpClient, *, book: RateBook | None = None
    ) -> None:
        self.account = account
        self._client = client
        self._book = book
        self._own_id = account.account_id
        self._longest: int | None = None

    async def me(self, *, now: datetime) -> Profile:
        """Return who the token stands for."""
        found = await self._read("/api/v1/accounts/verify_credentials", now=now)
        profile = read_profile(found)
        if profile is None:
            message = f"{self.account.base_url} does not say who the token stands for"
            raise RecoverableActionError(message)
        return profile

    async def own_id(self, *, now: datetime) -> str:
        """Return the account's id on its server, asked for once where the settings name none."""
        if self._own_id is None:
            self._own_id = (await self.me(now=now)).id
        return self._own_id

    async def longest(self, *, now: datetime) -> int:
        """Return how many characters a status may have on this server, asked for once."""
        if self._longest is None:
            found: Any = await self._read("/api/v2/instance", now=now)
            for name in ("configuration", "statuses", "max_characters"):
                found = found.get(name) if isinstance(found, dict) else None
            self._longest = found if isinstance(found, int) and found > 0 else USUAL_LENGTH
        return self._longest

    async def status(self, named: str, *, now: datetime) -> Status:
        """Return a status.

        Raises:
            GoneError: It was deleted, or is hidden from us.
        """
        found = await self._read(f"/api/v1/statuses/{checked_id(named)}", now=now)
        return self._seen(found)

    async def text(self, named: str, *, now: datetime) -> str:
        """Return the text of a status of ours, as it was written."""
        path = f"/api/v1/statuses/{checked_id(named)}/source"
        return str((await self._read(path, now=now)).get("text", ""))

    async def under(self, named: str, *, now: datetime) -> list[Status]:
        """Return what stands in the thread under a status.

        Raises:
            GoneError: The status was deleted, or is hidden from us.
        """
        path = f"/api/v1/statuses/{checked_id(named)}/context"
        found = (await self._read(path, now=now)).get("descendants")
        return self._all_seen(found)

    async def own_since(self, named: str, *, now: datetime) -> list[Status]:
        """Return our first statuses after a status, a page at most."""
        own = checked_id(await self.own_id(now=now))
        query = {"limit": str(PAGE), "exclude_reblogs": "true", "min_id": checked_id(named)}
        answer = await self._ask("GET", f"/api/v1/accounts/{own}/statuses", now=now, query=query)
        return self._all_seen(answer.json())

    async def post(self, form: Mapping[str, str], *, key: str, now: datetime) -> Status:
        """Post a status under a key that the server honours for an hour.

        Raises:
            GoneError: What it answers was deleted meanwhile.
            UnconfirmedActionError: It may stand there. Repeating it under the same key is safe
                for an hour, which is the caller's to count.
        """
        answer = await self._ask(
            "POST", "/api/v1/statuses", now=now, form=form, headers={"idempotency-key": key}
        )
        status = read_status(json_object(answer, is_repeatable=False))
        if status is None:
            message = f"{answer.where} answered with no status: {answer.shown()}"
            raise UnconfirmedActionError(message)
        return status

    async def delete(self, named: str, *, now: datetime) -> None:
        """Delete a status of ours.

        Raises:
            GoneError: It is not there.
        """
        path = f"/api/v1/statuses/{checked_id(named)}"
        await self._ask("DELETE", path, now=now, is_idempotent=True)

    async def _read(self, path: str, *, now: datetime) -> dict[str, Any]:
        return json_object(await self._ask("GET", path, now=now), is_repeatable=True)

    async def _ask(self, method: str, path: str, *, now: datetime, **parts: Any) -> Answer:
        headers = {"authorization": f"Bearer {self.account.token}", **parts.pop("headers", {})}
        return await self._client.request(
            method,
            f"{self.account.base_url}{path}",
            now=now,
            headers=headers,
            judge=self._judge(now),
            **parts,
        )

    def _judge(self, now: datetime) -> Callable[[Answer], None]:
        name = self.account.name
        listener = RateListener(f"account:{name}", "mastodon", now, self._book)

        def judge(answer: Answer) -> None:
            listener.heard(answer)
            if answer.status in _NOT_FOUND:
                message = f"{answer.where} does not have it: {answer.shown()}"
                raise GoneError(message, reason=Reason.MENTION_GONE)
            if answer.status == _UNKNOWN_TOKEN:
                message = f"the token of the account {name!r} is refused: {answer.shown()}"
                raise PermanentActionError(message)

        return judge

    def _seen(self, found: Any) -> Status:
        status = read_status(found)
        if status is None:
            message = f"{self.account.base_url} answered with no status"
            raise RecoverableActionError(message)
        return status

    def _all_seen(self, found: Any) -> list[Status]:
        if not isinstance(found, list):
            message = f"{self.account.base_url} answered with no list of statuses"
            raise RecoverableActionError(message)
        return [self._seen(one) for one in found]


def read_profile(found: Any) -> Profile | None:
    """Read an account of the API; None where it is none."""
    if not isinstance(found, dict) or not found.get("id") or not found.get("acct"):
        return None
    return Profile(str(found["id"]), str(found["acct"]), found.get("bot") is True)


def read_status(found: Any) -> Status | None:
    """Read a status of the API; None where it is none."""
    if not isinstance(found, dict) or not found.get("id"):
        return None
    author = read_profile(found.get("account"))
    if author is None:
        return None
    answered = found.get("in_reply_to_id")
    return Status(
        id=str(found["id"]),
        author=author,
        in_reply_to=None if answered is None else str(answered),
        visibility=str(found.get("visibility") or ""),
        warning=str(found.get("spoiler_text") or ""),
        url=str(found.get("url") or found.get("uri") or ""),
        edited_at=_instant(found.get("edited_at")),
    )


def _instant(found: Any) -> datetime | None:
    try:
        return parse_instant(found) if isinstance(found, str) else None
    except ValueError:
        return None


def checked_id(named: object) -> str:
    """Return an id that may stand in a path.

    Raises:
        PermanentActionError: It can be no id of this platform.
    """
    if not isinstance(named, str) or not _ID.fullmatch(named):
        message = f"{str(named)[:60]!r} is no id of a Mastodon status"
        raise PermanentActionError(message)
    return named
