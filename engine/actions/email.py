"""E-mail: to notify a channel of kind ``email``."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

import aiosmtplib

from engine.actions.channel_settings import EmailSettings, named_channel, read_settings
from engine.errors import (
    ActionError,
    PermanentActionError,
    RecoverableActionError,
    UnconfirmedActionError,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import Channel, OutboxItem
    from engine.receiving import Threads

_LONGEST_SUBJECT = 120
_QUIT_SECONDS = 2.0
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,200}>")
# Text in any script, on servers without 8BITMIME too.
_POLICY = SMTP_POLICY.clone(cte_type="7bit")


class EmailReceiver:
    """Writes a mail to every address of the channel an action names.

    A mail server honours no id, so a mail whose answer was lost is never sent again; the
    Message-ID follows from the action's id, by which a person finds it.

    Args:
        channels: As defined now; looked up at every send.
        tls_context: Trust other than the system's, for ``starttls`` and ``tls``.
        timeout: For each step of the conversation.
        local_hostname: How we name ourselves to the server; None for this machine's name.
        threads: Knows what was sent before about the same incident; None for no threads.
    """

    is_record_only = False
    is_idempotent = False
    idempotent_for = None

    def __init__(
        self,
        channels: Mapping[str, Channel],
        *,
        tls_context: ssl.SSLContext | None = None,
        timeout: timedelta = timedelta(seconds=30),
        local_hostname: str | None = None,
        threads: Threads | None = None,
    ) -> None:
        self._channels = channels
        self._tls_context = tls_context
        self._timeout = timeout.total_seconds()
        self._local_hostname = local_hostname
        self._threads = threads

    def account(self, item: OutboxItem) -> str:
        """Return the channel by which pace and failures are counted."""
        return f"channel:{named_channel(item, self._channels).name}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Send the mail; the receipt holds its Message-ID and the addresses refused."""
        settings = read_settings(named_channel(item, self._channels), EmailSettings)
        message = compose(item, settings, now=now)
        await self._thread(item, message)
        client = self._client(settings)
        where = f"{settings.host}:{settings.server_port}"
        try:
            refused = await _open_envelope(client, settings, where)
            answer = await _write(client, message.as_bytes(), where)
            # The mail is accepted: what becomes of the goodbye changes nothing.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=_QUIT_SECONDS)
        finally:
            client.close()
        return {"message_id": str(message["Message-ID"]), "answer": answer, "refused": refused}

    async def _thread(self, item: OutboxItem, message: EmailMessage) -> None:
        """Let a mail follow the first that was sent to the channel about the same incident."""
        if self._threads is None:
            return
        channel = named_channel(item, self._channels).name
        first = await self._threads.first_notice(item.action.id, channel=channel)
        written = "" if first is None else str(first.get("message_id", ""))
        if _MESSAGE_ID.fullmatch(written):
            message["In-Reply-To"] = written
            message["References"] = written

    def _client(self, settings: EmailSettings) -> aiosmtplib.SMTP:
        password = settings.password.get_secret_value() if settings.password else None
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.server_port,
            username=settings.username,
            password=password,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=self._tls_context if settings.tls != "none" else None,
            timeout=self._timeout,
            local_hostname=self._local_hostname,
        )


def compose(item: OutboxItem, settings: EmailSettings, *, now: datetime) -> EmailMessage:
    """Return the mail for an action: plain text, headers that no rendered text can add to."""
    text = _encodable(str(item.action.params.get("text", "")))
    name, sender = parseaddr(settings.sender)
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=name, addr_spec=sender)
    message["To"] = [_address(one) for one in settings.to]
    message["Subject"] = settings.subject or _subject(item, text)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{item.action.id}@{sender.rpartition('@')[2]}>"
    # Asks out-of-office programs not to answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text or "(no text)", charset="utf-8")
    return message


async def _open_envelope(
    client: aiosmtplib.SMTP, settings: EmailSettings, where: str
) -> dict[str, str]:
    """Go up to where the mail itself would be written; return the addresses refused.

    Nothing has taken effect yet, whatever goes wrong here.
    """
    refused: dict[str, aiosmtplib.SMTPResponseException] = {}
    try:
        await client.connect()
        await client.mail(parseaddr(settings.sender)[1])
        for address in (parseaddr(one)[1] for one in settings.to):
            try:
                await client.rcpt(address)
            except aiosmtplib.SMTPRecipientRefused as error:
                refused[address] = error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _before_the_mail(error, where) from error
    if len(refused) == len({parseaddr(one)[1] for one in settings.to}):
        raise _worst_chance(list(refused.values()), where)
    return {address: _answer(error) for address, error in refused.items()}


async def _write(client: aiosmtplib.SMTP, message: bytes, where: str) -> str:
    try:
        response = await client.data(message)
    except aiosmtplib.SMTPResponseException as error:
        if 400 <= error.code < 600:  # noqa: PLR2004 - the two families of refusals
            raise _by_code(error, where) from error
        message_text = f"{where} answered the mail with something unreadable: {_answer(error)}"
        raise UnconfirmedActionError(message_text) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        message_text = f"the connection to {where} was lost while the mail was written: {error}"
        raise UnconfirmedActionError(message_text) from error
    return f"{response.code} {response.message}"[:_LONGEST_SUBJECT]


def _before_the_mail(error: Exception, where: str) -> ActionError:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_code(error, where)
    unreachable = (
        aiosmtplib.SMTPConnectError,
        aiosmtplib.SMTPServerDisconnected,
        aiosmtplib.SMTPTimeoutError,
        OSError,
    )
    if isinstance(error, unreachable):
        return RecoverableActionError(f"{where} cannot be reached: {error}")
    # What is left: the server lacks STARTTLS or every way to log in that we know.
    return PermanentActionError(f"{where} cannot be used as configured: {error}")


def _worst_chance(errors: list[aiosmtplib.SMTPResponseException], where: str) -> ActionError:
    """Return the refusal that still leaves hope, where there is one among all recipients'."""
    return min((_by_code(one, where) for one in errors), key=_is_permanent)


def _is_permanent(error: ActionError) -> bool:
    return isinstance(error, PermanentActionError)


def _by_code(error: aiosmtplib.SMTPResponseException, where: str) -> ActionError:
    said = f"{where} answered {_answer(error)}"
    if 500 <= error.code < 600:  # noqa: PLR2004 - SMTP's permanent refusals
        return PermanentActionError(said)
    return RecoverableActionError(said)


def _answer(error: aiosmtplib.SMTPResponseException) -> str:
    return " ".join(f"{error.code} {error.message}".split())[:200]


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    return Address(display_name=name, addr_spec=spec)


def _subject(item: OutboxItem, text: str) -> str:
    """Return one printable line: a line end in it would begin a header of the author's choice."""
    said = f"[{item.policy}/{item.rule}] {text}"
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[:_LONGEST_SUBJECT]}..."


def _encodable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
