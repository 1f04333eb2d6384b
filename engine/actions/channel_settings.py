"""What each kind of channel needs to be told, declared once.

`CHANNEL_KINDS` is the whole list: a kind that does not stand in it cannot be notified.
"""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from engine.errors import PermanentActionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ports import Channel, OutboxItem

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _http_url(text: str) -> str:
    message = "must be an http:// or https:// address"
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(message) from error
    if not is_whole or _CONTROL.search(text):
        raise ValueError(message)
    return text


def _private_url(text: str | None) -> str | None:
    """Refuse an address on which what is secret about it could be read on its way."""
    if text is None:
        return None
    parts = urlsplit(_http_url(text))
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        message = "must begin with https://: what is sent there is secret"
        raise ValueError(message)
    return text


def _webhook_secret(secret: SecretStr) -> SecretStr:
    try:
        Webhook(secret.get_secret_value())
    except (ValueError, EmptyWebhookSecretError) as error:
        message = "must be base64, with or without 'whsec_' before it, and not empty"
        raise ValueError(message) from error
    return secret


def _mail_address(text: str) -> str:
    _, spec = parseaddr(text)
    try:
        address = Address(addr_spec=spec)
        is_whole = bool(address.username and address.domain) and spec.isascii()
    except (ValueError, IndexError, MessageError) as error:
        message = "must be an e-mail address such as care@acme.example"
        raise ValueError(message) from error
    if not is_whole or _CONTROL.search(text):
        message = "must be an e-mail address such as care@acme.example, in ASCII"
        raise ValueError(message)
    return text


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        message = "must be one line without control characters"
        raise ValueError(message)
    return text


MailAddress = Annotated[str, AfterValidator(_mail_address)]
OneLine = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]


class ChannelSettings(BaseModel):
    """What every kind shares: nothing unknown is let pass, no value is shown in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    description: str = ""


class LogSettings(ChannelSettings):
    """The outcome log is the channel: nothing to tell."""


class WebhookSettings(ChannelSettings):
    """A signed outgoing Standard Webhook.

    Attributes:
        url: Where to post; may itself hold a token, so it is never shown whole.
        secret: Base64, with or without ``whsec_``.
    """

    url: Annotated[str, AfterValidator(_http_url)]
    secret: Annotated[SecretStr, AfterValidator(_webhook_secret)]


class EmailSettings(ChannelSettings):
    """A mail server and who is written to.

    Attributes:
        port: Left out: 25, 587 or 465, by `tls`.
        tls: ``starttls`` and ``tls`` never fall back to plain text.
        sender: The document's ``from``; its domain stands in every Message-ID.
        subject: Of every mail; left out: policy, rule and the first words of the text.
    """

    host: OneLine
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    tls: Literal["none", "starttls", "tls"] = "starttls"
    username: OneLine | None = None
    password: SecretStr | None = None
    sender: Annotated[MailAddress, Field(alias="from")]
    to: Annotated[
        list[MailAddress],
        Field(min_length=1),
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    ]
    subject: OneLine | None = None

    @model_validator(mode="after")
    def _keep_password_private(self) -> EmailSettings:
        if (self.username is None) != (self.password is None):
            message = "username and password go together"
            raise ValueError(message)
        if self.username and self.tls == "none" and self.host not in _LOOPBACK:
            message = "a password needs tls: starttls or tls"
            raise ValueError(message)
        return self

    @property
    def server_port(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.tls]


class SlackSettings(ChannelSettings):
    """A channel of Slack, written to by its incoming webhook or as an app.

    Attributes:
        url: Of the incoming webhook: text alone, into the one channel it was made for.
        token: Of the app's bot (``xoxb-…``); needs the scopes ``chat:write`` and, to read back,
            ``channels:history`` (``groups:history`` for a private channel).
        channel_id: Which channel the app writes to: ``C0123ABCD``.
        signing_secret: Of the app: proves that a click on a button comes from Slack.
        api_url: Where the Web API is.
    """

    url: Annotated[str | None, AfterValidator(_private_url)] = None
    token: SecretStr | None = None
    channel_id: Annotated[str | None, Field(pattern=r"^[CGD][A-Z0-9]{2,20}$")] = None
    signing_secret: SecretStr | None = None
    api_url: Annotated[str, AfterValidator(_private_url)] = "https://slack.com/api"

    @model_validator(mode="after")
    def _writes_one_way(self) -> SlackSettings:
        if (self.url is None) == (self.token is None):
            message = "give either url (an incoming webhook) or token and channel_id (an app)"
            raise ValueError(message)
        if (self.token is None) != (self.channel_id is None):
            message = "token and channel_id go together"
            raise ValueError(message)
        if self.signing_secret is not None and self.token is None:
            message = "signing_secret has no effect on an incoming webhook: it has no buttons"
            raise ValueError(message)
        return self


CHANNEL_KINDS: Mapping[str, type[ChannelSettings]] = {
    "log": LogSettings,
    "webhook": WebhookSettings,
    "email": EmailSettings,
    "slack": SlackSettings,
}

S = TypeVar("S", bound=ChannelSettings)


def channel_faults(channel: Channel) -> list[str]:
    """Return what is wrong with a channel, one sentence a fault; empty when it can be notified."""
    kind = CHANNEL_KINDS.get(channel.kind)
    if kind is None:
        return [f"kind {channel.kind!r} is not supported yet; kinds: {', '.join(CHANNEL_KINDS)}"]
    try:
        kind.model_validate(dict(channel.settings))
    except ValidationError as error:
        return [_sentence(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]
    return []


def named_channel(item: OutboxItem, channels: Mapping[str, Channel]) -> Channel:
    """Return the channel an action names, as it is defined now.

    Raises:
        PermanentActionError: It names none, or one that is no longer defined.
    """
    name = item.action.params.get("channel")
    if not isinstance(name, str) or not name:
        message = f"a {item.action.kind} action must name a channel"
        raise PermanentActionError(message)
    if name not in channels:
        message = f"the channel {name!r} is no longer defined"
        raise PermanentActionError(message)
    return channels[name]


def read_settings(channel: Channel, kind: type[S]) -> S:
    """Return a channel's settings, checked.

    Raises:
        PermanentActionError: They are not what the kind needs; all faults in one message.
    """
    try:
        return kind.model_validate(dict(channel.settings))
    except ValidationError as error:
        message = (
            f"the channel {channel.name!r} cannot be used: {'; '.join(channel_faults(channel))}"
        )
        raise PermanentActionError(message) from error


def _sentence(place: str, message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
