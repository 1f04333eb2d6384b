"""Which receiver carries out which action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actions.channel_settings import named_channel
from engine.actions.email import EmailReceiver
from engine.actions.log import LogReceiver
from engine.actions.publishing import PublishingReceiver
from engine.actions.record import RecordReceiver
from engine.actions.reply import REPLY_KINDS, ReplyReceivers, text_of
from engine.actions.slack import SlackReceiver, SlackWebhookReceiver
from engine.actions.tag import TagReceiver
from engine.actions.webhook import WebhookReceiver
from engine.errors import PermanentActionError
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.account import Account
    from engine.actions.http import HttpClient
    from engine.actions.reply import Prepare
    from engine.ports import Channel, OutboxItem, Receiver
    from engine.receiving import RateBook, Threads

# Actions that need no channel, and those that go where their channel's kind says.
_BY_ACTION: Mapping[str, str] = {
    "tag": "tag",
    "assign": "record",
    "escalate": "record",
    "incident": "record",
    "ads": "ads",
    "publishing": "publishing",
    # Of playbooks: what people do, and what is not carried out by this version.
    "note": "record",
    "rules": "record",
    "halt": "record",
}
_BY_CHANNEL: Mapping[tuple[str, str], str] = {
    ("notify", "log"): "log",
    ("notify", "webhook"): "webhook",
    ("notify", "email"): "email",
    ("notify", "slack"): "slack",
    ("webhook", "webhook"): "webhook",
}


def resolve_receiver(
    action_kind: str, channel: Channel | None, *, is_for_people: bool = False
) -> str:
    """Return the name of the receiver for a kind of action and the channel it names, if any.

    Args:
        is_for_people: Whether it names people on call, and no channel: that is recorded.

    Raises:
        PermanentActionError: No receiver of this version carries that out.
    """
    if action_kind in _BY_ACTION:
        return _BY_ACTION[action_kind]
    if is_for_people:
        return "record"
    if channel is None:
        message = f"no receiver of this version carries out {action_kind!r}"
        raise PermanentActionError(message)
    if (action_kind, channel.kind) not in _BY_CHANNEL:
        message = (
            f"{action_kind!r} cannot go to the channel {channel.name!r} of kind {channel.kind!r}"
        )
        raise PermanentActionError(message)
    name = _BY_CHANNEL[action_kind, channel.kind]
    return "slack-webhook" if name == "slack" and "url" in channel.settings else name


class Receivers:
    """Finds the receiver of an action as things are defined now.

    Args:
        channels: Looked up at every call, so a mapping that the owner changes is seen at once.
        receivers: By the names `resolve_receiver` returns.
        replies: Who answers mentions in public.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        receivers: Mapping[str, Receiver],
        replies: ReplyReceivers,
    ) -> None:
        self._channels = channels
        self._receivers = receivers
        self._replies = replies

    def for_item(self, item: OutboxItem) -> Receiver:
        """Return the receiver that carries an action out.

        Raises:
            PermanentActionError: The channel is gone, or nothing carries out such an action.
        """
        kind, params = item.action.kind, item.action.params
        if kind in REPLY_KINDS:
            return self._replies.for_item(item)
        is_for_people = "people" in params and "channel" not in params
        needs_channel = not is_for_people and any(kind == one for one, _ in _BY_CHANNEL)
        channel = named_channel(item, self._channels) if needs_channel else None
        name = resolve_receiver(kind, channel, is_for_people=is_for_people)
        if name not in self._receivers:
            message = f"no account is set up that could carry out {kind!r}"
            raise PermanentActionError(message, reason=Reason.NO_ACCOUNT)
        return self._receivers[name]

    def account_of(self, item: OutboxItem) -> str:
        """Return through what an action goes, by which pace and failures are counted.

        Raises:
            PermanentActionError: Nothing carries it out.
        """
        return self.for_item(item).account(item)


def build_receivers(  # noqa: PLR0913 - what it joins
    channels: Mapping[str, Channel],
    client: HttpClient,
    *,
    accounts: Sequence[Account] = (),
    prepare: Prepare = text_of,
    book: RateBook | None = None,
    threads: Threads | None = None,
    ads: Receiver | None = None,
) -> Receivers:
    """Return the registry with every receiver of this version.

    Args:
        accounts: Ours, from the settings.
        prepare: Makes the whole text of a reply, as `ReplyReceivers` wants it.
        book: Is told what platforms say of their limits.
        threads: Knows which notices are about one incident; None lets each stand alone.
        ads: Carries `ads` actions out; None where no account is set up for it.
    """
    receivers: dict[str, Receiver] = {
        "record": RecordReceiver(),
        "tag": TagReceiver(),
        "log": LogReceiver(),
        "webhook": WebhookReceiver(channels, client),
        "email": EmailReceiver(channels, threads=threads),
        "slack": SlackReceiver(channels, client, threads=threads, book=book),
        "slack-webhook": SlackWebhookReceiver(channels, client, book=book),
        "publishing": PublishingReceiver(),
        **({} if ads is None else {"ads": ads}),
    }
    replies = ReplyReceivers(accounts, client, prepare=prepare, book=book)
    return Receivers(channels, receivers, replies)
