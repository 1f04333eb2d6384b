"""Slack's Web API as one channel asks it, and what its answers mean: errors hide in a 200."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from engine.actions.http_answer import json_object
from engine.actions.rate_headers import RateListener
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from engine.actions.channel_settings import SlackSettings
    from engine.actions.http import HttpClient
    from engine.receiving import RateBook

_PAGE = "200"
_MOST_PAGES = 20
_JSON = "application/json; charset=utf-8"

# Source: docs.slack.dev, reference/methods/chat.postMessage, "Errors".
_LATER = frozenset(
    {"ratelimited", "rate_limited", "request_timeout", "service_unavailable", "team_added_to_org"}
)
# "It's possible some aspect of the operation succeeded before the error was raised."
_IN_DOUBT = frozenset({"fatal_error", "internal_error"})


class TooManyPagesError(PermanentActionError):
    """More was written since than is read back."""


class SlackApi:
    """Asks as the app that one channel's token stands for.

    Args:
        account: By whose name its limit is told: ``channel:NAME``.
        book: Is told what Slack says of its limit.
    """

    def __init__(
        self,
        settings: SlackSettings,
        client: HttpClient,
        *,
        account: str,
        book: RateBook | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._account = account
        self._book = book

    async def write(
        self, method: str, body: Mapping[str, Any], *, is_idempotent: bool, now: datetime
    ) -> dict[str, Any]:
        """Call a method that changes something.

        Raises:
            UnconfirmedActionError: It may have taken effect, and is not to be repeated.
        """
        answer = await self._client.request(
            "POST",
            self._address(method),
            content=orjson.dumps(body),
            headers=self._headers() | {"content-type": _JSON},
            is_idempotent=is_idempotent,
            judge=RateListener(self._account, "slack", now, self._book).heard,
            now=now,
        )
        found = json_object(answer, is_repeatable=is_idempotent)
        return _accepted(found, method, is_repeatable=is_idempotent)

    async def messages(
        self, method: str, query: Mapping[str, str], *, now: datetime
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the messages of ``conversations.history`` or ``.replies``, page after page.

        Raises:
            TooManyPagesError: There are more than are worth reading.
        """
        cursor = ""
        for _ in range(_MOST_PAGES):
            asked = {**query, "limit": _PAGE, "include_all_metadata": "true"}
            found = await self._read(
                method, asked | ({"cursor": cursor} if cursor else {}), now=now
            )
            messages = found.get("messages")
            for one in messages if isinstance(messages, list) else []:
                yield one
            more = found.get("response_metadata")
            cursor = str(more.get("next_cursor") or "") if isinstance(more, dict) else ""
            if not cursor:
                return
        message = f"more than {_MOST_PAGES} pages were written to the channel since"
        raise TooManyPagesError(message)

    async def _read(
        self, method: str, query: Mapping[str, str], *, now: datetime
    ) -> dict[str, Any]:
        answer = await self._client.request(
            "GET",
            self._address(method),
            query=query,
            headers=self._headers(),
            judge=RateListener(self._account, "slack", now, self._book).heard,
            now=now,
        )
        return _accepted(json_object(answer, is_repeatable=True), method, is_repeatable=True)

    def _address(self, method: str) -> str:
        return f"{self._settings.api_url.rstrip('/')}/{method}"

    def _headers(self) -> dict[str, str]:
        token = self._settings.token
        return {"authorization": f"Bearer {token.get_secret_value() if token else ''}"}


def _accepted(found: dict[str, Any], method: str, *, is_repeatable: bool) -> dict[str, Any]:
    """Return an answer that says ``ok: true``; raise what another says."""
    if found.get("ok") is True:
        return found
    error = found.get("error")
    said = f"Slack answered {method} with {error!r}"
    if found.get("ok") is not False or not isinstance(error, str):
        said = f"Slack answered {method} with neither ok nor an error"
    elif error in _LATER:
        raise RecoverableActionError(said)
    elif error not in _IN_DOUBT:
        needed = found.get("needed")
        hint = f" (the token lacks the scope {needed})" if isinstance(needed, str) else ""
        said += hint
        raise PermanentActionError(said)
    if is_repeatable:
        raise RecoverableActionError(said)
    raise UnconfirmedActionError(said)
