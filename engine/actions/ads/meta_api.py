"""The Marketing API of Meta, as much of it as pausing, resuming and budgets need.

Source: developers.facebook.com, docs/marketing-api (campaigns, ad sets), docs/graph-api/guides/
error-handling and docs/graph-api/overview/rate-limiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.actions.http_answer import json_object
from engine.actions.rate_headers import RateListener, allowance
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.account import Account
    from engine.actions.http import HttpClient
    from engine.actions.http_answer import Answer
    from engine.receiving import RateBook

STATUS = "status"
BUDGET = "daily_budget"
_FIELDS = f"id,name,{STATUS},effective_status,{BUDGET}"
_PAGE = 100
# More pages than any account has campaigns for: a cursor that never ends is a fault of theirs.
_MOST_PAGES = 200
_SHOWN = 200

_DEAD_TOKEN = frozenset({102, 190})
_FORBIDDEN = frozenset({10, *range(200, 300)})
_THROTTLED = frozenset({4, 17, 32, 613, *range(80000, 80015)})
_TRANSIENT = frozenset({1, 2})
_MISSING = (100, 33)


class DeadTokenError(PermanentActionError):
    """The account's token is refused: nothing more can be done with it."""


class ThrottledError(RecoverableActionError):
    """The account has asked too much: nothing more can be done for now."""


class MissingObjectError(PermanentActionError):
    """The object is not there, or not ours to see."""


@dataclass(frozen=True, slots=True)
class AdObject:
    """A campaign or an ad set.

    Attributes:
        status: As it was set: ``ACTIVE``, ``PAUSED``, ``ARCHIVED``, ``DELETED``.
        effective_status: What comes of it; lags behind, so nothing is judged by it.
        daily_budget: In the currency's smallest unit; empty where the object has none of its own.
    """

    id: str
    name: str
    status: str
    effective_status: str = ""
    daily_budget: str = ""

    def value(self, field: str) -> str:
        """Return what a field of the ledger has."""
        return self.status if field == STATUS else self.daily_budget


class MetaApi:
    """Speaks for one account; every answer's usage headers go to the book of rates.

    Every method raises `DeadTokenError`, `ThrottledError`, or what `HttpClient.request` raises.
    """

    def __init__(
        self, account: Account, client: HttpClient, *, now: datetime, book: RateBook | None = None
    ) -> None:
        self.account = account
        self._client = client
        self._now = now
        self._book = book

    async def campaigns(self) -> list[AdObject]:
        """Return all campaigns of the ad account that are neither archived nor deleted."""
        return await self._listed(f"{self.account.settings['ad_account']}/campaigns")

    async def ad_sets(self, campaign: str) -> list[AdObject]:
        """Return the ad sets of a campaign that are neither archived nor deleted."""
        return await self._listed(f"{campaign}/adsets")

    async def read(self, name: str) -> AdObject | None:
        """Return an object as it is now; None where it is gone."""
        try:
            return _ad_object(await self._get(name, {"fields": _FIELDS}))
        except MissingObjectError:
            return None

    async def write(self, name: str, field: str, value: str, *, only_try: bool = False) -> None:
        """Set one field of an object.

        Args:
            only_try: Have the platform check it and change nothing.

        Raises:
            MissingObjectError: The object is gone.
            PermanentActionError: The platform will not have it.
            UnconfirmedActionError: It may have been set.
        """
        form = {field: value}
        if only_try:
            form["execution_options"] = '["validate_only"]'
        answer = await self._client.request(
            "POST",
            f"{self.account.base_url}/{name}",
            form=form,
            headers=self._headers(),
            is_idempotent=True,
            now=self._now,
            judge=self._judge,
        )
        found = json_object(answer, is_repeatable=only_try)
        if found.get("success") is not True:
            message = f"{answer.where} does not say that it set {field}: {answer.shown()}"
            raise UnconfirmedActionError(message)

    async def _listed(self, path: str) -> list[AdObject]:
        query = {"fields": _FIELDS, "limit": str(_PAGE)}
        found: dict[str, AdObject] = {}
        for _ in range(_MOST_PAGES):
            page = await self._get(path, query)
            if not isinstance(page.get("data"), list):
                message = f"{path} of account {self.account.name!r} was answered without a list"
                raise RecoverableActionError(message)
            found |= {item.id: item for item in map(_ad_object, page["data"])}
            paging = page.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            # The cursor alone, on an address of ours: `next` holds the token and any host it likes.
            if not paging.get("next") or not after:
                return [one for one in found.values() if one.status in ("ACTIVE", "PAUSED")]
            query = {**query, "after": str(after)}
        message = f"{path} of account {self.account.name!r} has no end after {_MOST_PAGES} pages"
        raise RecoverableActionError(message)

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        answer = await self._client.request(
            "GET",
            f"{self.account.base_url}/{path}",
            query=query,
            headers=self._headers(),
            now=self._now,
            judge=self._judge,
        )
        return json_object(answer, is_repeatable=True)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.account.token}"}

    def _judge(self, answer: Answer) -> None:
        """Raise what the platform means by an error, with whatever status and even within a 200."""
        listener = RateListener(
            f"account:{self.account.name}", self.account.platform, self._now, self._book
        )
        error = _error(answer)
        if error is None:
            listener.heard(answer)
            return
        code, said = _number(error.get("code")), self._said(answer, error)
        if code in _THROTTLED:
            raise ThrottledError(said, retry_after=self._wait(answer))
        listener.heard(answer)
        if code in _DEAD_TOKEN:
            message = f"the token of account {self.account.name!r} is refused, renew it: {said}"
            raise DeadTokenError(message)
        if (code, _number(error.get("error_subcode"))) == _MISSING:
            raise MissingObjectError(said)
        is_refusal = code in _FORBIDDEN or not (error.get("is_transient") or code in _TRANSIENT)
        raise (PermanentActionError if is_refusal else RecoverableActionError)(said)

    def _wait(self, answer: Answer) -> timedelta | None:
        left = allowance(self.account.platform, answer.headers, now=self._now)
        if left is None:
            return None
        if self._book is not None:
            self._book.heard(f"account:{self.account.name}", left)
        return max(left.resets_at - self._now, timedelta())

    def _said(self, answer: Answer, error: Mapping[str, Any]) -> str:
        text = " ".join(str(error.get("message", "")).split())[:_SHOWN]
        return f"{answer.where} answered {answer.status}, error {error.get('code')}: {text}"


def _error(answer: Answer) -> Mapping[str, Any] | None:
    found = answer.json()
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else None


def _ad_object(found: Any) -> AdObject:
    is_whole = isinstance(found, dict) and all(
        found.get(name) and isinstance(found[name], str) for name in ("id", STATUS)
    )
    if not is_whole:
        message = "the platform showed something without an id or a status"
        raise RecoverableActionError(message)
    budget = str(found.get(BUDGET) or "")
    return AdObject(
        id=found["id"],
        name=str(found.get("name", "")),
        status=found[STATUS],
        effective_status=str(found.get("effective_status", "")),
        # "0" stands beside a lifetime budget.
        daily_budget=budget if budget.isascii() and budget.isdigit() and int(budget) else "",
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
