"""Slack: to notify a channel of kind ``slack``, by its incoming webhook or as an app.

Slack honours no id of ours. As an app every message carries its action's id among its metadata, by
which a message is found again whose answer was lost; an incoming webhook can only be written to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from engine.actions.channel_settings import SlackSettings, named_channel, read_settings
from engine.actions.rate_headers import RateListener
from engine.actions.slack_api import SlackApi, TooManyPagesError
from engine.actions.slack_blocks import draft_card, fallback, notice, settled_card
from engine.errors import PermanentActionError, UnconfirmedActionError
from engine.receiving import Allowance, LookedUp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.actions.http import HttpClient
    from engine.ports import Channel, OutboxItem
    from engine.receiving import RateBook, Threads

# Source: docs.slack.dev, apis/web-api/rate-limits: one message a second and channel.
_PAUSE = timedelta(seconds=1)
# A request that timed out may still be on its way, and clocks differ.
_SETTLES_IN = timedelta(minutes=1)


class SlackWebhookReceiver:
    """Posts a notice to a channel's incoming webhook: text alone, and no way to look back.

    Args:
        channels: As defined now; looked up at every send.
        book: Is told how fast Slack may be written to.
    """

    is_record_only = False
    is_idempotent = False
    idempotent_for = None

    def __init__(
        self,
        channels: Mapping[str, Channel],
        client: HttpClient,
        *,
        book: RateBook | None = None,
    ) -> None:
        self._channels = channels
        self._client = client
        self._book = book

    def account(self, item: OutboxItem) -> str:
        """Return the channel by which pace and failures are counted."""
        return f"channel:{named_channel(item, self._channels).name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Post the notice; the receipt holds the status."""
        settings = read_settings(named_channel(item, self._channels), SlackSettings)
        listener = RateListener(self.account(item), "slack", now, self._book)
        answer = await self._client.request(
            "POST",
            settings.url or "",
            content=orjson.dumps({"text": fallback(item)}),
            headers={"content-type": "application/json"},
            judge=listener.heard,
            now=now,
        )
        if answer.body.strip() != b"ok":
            message = f"{answer.where} answered 200 with {answer.shown()!r} in place of 'ok'"
            raise UnconfirmedActionError(message)
        _pace(self._book, self.account(item), now)
        return {"status": answer.status}


class SlackReceiver:
    """Posts notices as an app, an incident's later ones into the thread of its first.

    Args:
        channels: As defined now; looked up at every send.
        threads: Knows what was sent before about the same incident; None for no threads.
        book: Is told how fast Slack may be written to.
    """

    is_record_only = False
    is_idempotent = False
    idempotent_for = None

    def __init__(
        self,
        channels: Mapping[str, Channel],
        client: HttpClient,
        *,
        threads: Threads | None = None,
        book: RateBook | None = None,
    ) -> None:
        self._channels = channels
        self._client = client
        self._threads = threads
        self._book = book

    def account(self, item: OutboxItem) -> str:
        """Return the channel by which pace and failures are counted."""
        return f"channel:{named_channel(item, self._channels).name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Post the notice.

        Returns:
            ``channel`` and ``ts`` as Slack calls the message (``remote_id`` is the latter too),
            and ``thread_ts`` where it went into a thread.
        """
        channel = named_channel(item, self._channels)
        thread = await self._thread(item)
        content = {"text": fallback(item), "blocks": notice(item)}
        return await self._post(channel, item, content, thread=thread, now=now)

    async def announce(
        self, channel: Channel, item: OutboxItem, *, risk: float | None, now: datetime
    ) -> Mapping[str, Any]:
        """Post a draft that waits for a person, with buttons; the receipt is as of `send`.

        Args:
            channel: Of kind ``slack``, with a token: an action in waiting names none.
        """
        text = f"A {item.action.kind} of {item.policy}/{item.rule} waits for a person"
        content = {"text": text, "blocks": draft_card(item, risk)}
        return await self._post(channel, item, content, thread=None, now=now)

    async def settle(  # noqa: PLR0913 - what the card was made of
        self,
        channel: Channel,
        item: OutboxItem,
        receipt: Mapping[str, Any],
        *,
        said: str,
        risk: float | None = None,
        now: datetime,
    ) -> None:
        """Take the buttons off a draft's card, and say on it how it ended.

        Args:
            receipt: As `announce` returned it.
            said: Such as ``Approved by mara``.
        """
        is_draft = item.action.kind != "notify"
        blocks = draft_card(item, risk) if is_draft else notice(item)
        body = {
            "channel": receipt["channel"],
            "ts": receipt["ts"],
            "text": said,
            "blocks": settled_card(blocks, said),
        }
        await self._api(channel).write("chat.update", body, is_idempotent=True, now=now)

    async def look_up(self, item: OutboxItem, *, now: datetime) -> LookedUp:
        """Look for the message that carries the action's id, in the channel and in its thread."""
        channel = named_channel(item, self._channels)
        settings, api = read_settings(channel, SlackSettings), self._api(channel)
        began = item.first_attempt_at or now
        where = {"channel": settings.channel_id or ""}
        asked = [("conversations.history", where | {"oldest": f"{_before(began):.6f}"})]
        thread = await self._thread(item)
        if thread is not None:
            asked.append(("conversations.replies", where | {"ts": thread}))
        try:
            for method, query in asked:
                async for message in api.messages(method, query, now=now):
                    if _action_of(message) == item.action.id:
                        found = where | {"ts": message.get("ts")}
                        return LookedUp(is_there=True, receipt=_receipt(found, thread=thread))
        except TooManyPagesError as error:
            return LookedUp(None, detail=str(error))
        is_sure = now - began >= _SETTLES_IN
        return LookedUp(False if is_sure else None, detail="no message carries the action's id")

    async def _post(
        self,
        channel: Channel,
        item: OutboxItem,
        content: Mapping[str, Any],
        *,
        thread: str | None,
        now: datetime,
    ) -> Mapping[str, Any]:
        settings = read_settings(channel, SlackSettings)
        body = {
            **content,
            "channel": settings.channel_id,
            "metadata": {
                "event_type": "tocsin_action",
                "event_payload": {"action": item.action.id},
            },
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread is not None:
            body["thread_ts"] = thread
        api = self._api(channel)
        found = await api.write("chat.postMessage", body, is_idempotent=False, now=now)
        _pace(self._book, f"channel:{channel.name}", now)
        return _receipt(found, thread=thread)

    async def _thread(self, item: OutboxItem) -> str | None:
        if self._threads is None:
            return None
        channel = named_channel(item, self._channels).name
        first = await self._threads.first_notice(item.action.id, channel=channel)
        return None if first is None else first.get("ts")

    def _api(self, channel: Channel) -> SlackApi:
        settings = read_settings(channel, SlackSettings)
        if settings.token is None:
            message = f"the channel {channel.name!r} is an incoming webhook, which has no cards"
            raise PermanentActionError(message)
        return SlackApi(settings, self._client, account=f"channel:{channel.name}", book=self._book)


def _before(began: datetime) -> float:
    return (began - _SETTLES_IN).timestamp()


def _action_of(message: Any) -> str | None:
    """Return the action that a message is of, as its metadata say; None for anybody else's."""
    for name in ("metadata", "event_payload"):
        message = message.get(name) if isinstance(message, dict) else None
    return message.get("action") if isinstance(message, dict) else None


def _receipt(found: Mapping[str, Any], *, thread: str | None) -> dict[str, Any]:
    channel, ts = found.get("channel"), found.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str):
        message = "Slack answered ok and did not say which message it is"
        raise UnconfirmedActionError(message)
    receipt = {"channel": channel, "ts": ts, "remote_id": ts}
    return receipt if thread is None else receipt | {"thread_ts": thread}


def _pace(book: RateBook | None, account: str, now: datetime) -> None:
    if book is not None:
        book.heard(account, Allowance(0, now + _PAUSE))
