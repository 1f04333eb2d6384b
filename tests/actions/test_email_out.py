"""E-mail against a real server on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_servers import CERTIFICATE

from engine.actions.channel_settings import EmailSettings
from engine.actions.email import EmailReceiver, compose
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.ports import Channel
from engine.testing import NOON, planned


def settings(port=25, **fields):
    given = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "Tocsin <alerts@acme.example>",
        "to": ["care@acme.example"],
    }
    return {**given, **fields}


def receiver(port, *, tls_context=None, **fields):
    channels = {"team": Channel("team", "email", settings(port, **fields))}
    return EmailReceiver(
        channels,
        tls_context=tls_context,
        timeout=timedelta(seconds=5),
        local_hostname="localhost",
    )


def read(content):
    return email.message_from_bytes(content, policy=email.policy.default)


async def test_a_mail_arrives_whole_in_any_script(mailbox):
    text = "Où est mon colis ? 📦\n.\nFrom here on: 配達"
    item = planned(params={"channel": "team", "text": text})
    receipt = await receiver(mailbox.port, to=["care@acme.example", "Zoé <zoe@acme.example>"]).send(
        item, now=NOON
    )
    [(sender, recipients, content)] = mailbox.mails
    mail = read(content)
    assert (sender, recipients) == (
        "alerts@acme.example",
        ["care@acme.example", "zoe@acme.example"],
    )
    assert mail.get_content().replace("\r\n", "\n") == f"{text}\n"
    assert mail["Message-ID"] == f"<{item.action.id}@acme.example>" == receipt["message_id"]
    assert mail["Subject"].startswith("[care/angry] Où est mon colis ? 📦 .")
    assert mail["From"] == "Tocsin <alerts@acme.example>"
    assert mail["To"] == "care@acme.example, Zoé <zoe@acme.example>"
    assert mail["Date"].datetime == NOON
    assert content.isascii()
    assert receipt["refused"] == {}


async def test_the_channels_subject_stands_when_it_is_set(mailbox):
    await receiver(mailbox.port, subject="Réputation: look").send(planned(), now=NOON)
    assert read(mailbox.mails[0][2])["Subject"] == "Réputation: look"


@pytest.mark.parametrize(
    "text",
    [
        "hi\r\nBcc: spy@evil.example",
        "hi\nBcc: spy@evil.example",
        "hi\x85Bcc: x",
        "hi\u2028Bcc: x",
        "\x00\r\n\r\nhi",
        "\ud800",
        "",
    ],
)
async def test_no_text_adds_a_header(mailbox, text):
    await receiver(mailbox.port).send(planned(params={"channel": "team", "text": text}), now=NOON)
    mail = read(mailbox.mails[0][2])
    assert mail["Bcc"] is None
    assert len(mail["Subject"].splitlines()) == 1
    assert mailbox.mails[0][1] == ["care@acme.example"]


@given(st.text())
def test_every_text_makes_a_mail_with_the_same_headers(text):
    mail = compose(
        planned(params={"channel": "team", "text": text}),
        EmailSettings.model_validate(settings()),
        now=NOON,
    )
    found = read(mail.as_bytes())
    assert found.keys() == mail.keys()
    assert set(found.keys()) >= {"From", "To", "Subject", "Date", "Message-ID"}
    assert found.defects == []


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param({"MAIL": ["451 later"]}, RecoverableActionError, id="sender not now"),
        pytest.param({"MAIL": ["550 never"]}, PermanentActionError, id="sender never"),
        pytest.param({"RCPT": ["450 full"]}, RecoverableActionError, id="recipient not now"),
        pytest.param({"RCPT": ["550 who"]}, PermanentActionError, id="recipient never"),
        pytest.param({"DATA": ["452 full"]}, RecoverableActionError, id="mail not now"),
        pytest.param({"DATA": ["554 spam"]}, PermanentActionError, id="mail never"),
    ],
)
async def test_refusals_by_their_code(mailbox, answers, error):
    mailbox.answers = answers
    [[said]] = answers.values()
    with pytest.raises(error, match=f"127.0.0.1:{mailbox.port} answered {said}"):
        await receiver(mailbox.port).send(planned(), now=NOON)
    assert mailbox.mails == []


class Firsts:
    """Threads: what was sent first, whoever asks."""

    def __init__(self, receipt):
        self.receipt = receipt

    async def first_notice(self, action_id, *, channel):
        return self.receipt


@pytest.mark.parametrize(
    ("receipt", "followed"),
    [
        pytest.param({"message_id": "<1@acme.example>"}, "<1@acme.example>", id="the first mail"),
        pytest.param(None, None, id="nothing before"),
        pytest.param({"ts": "1.2"}, None, id="sent when the channel was another kind"),
        pytest.param({"message_id": "<1@a>\r\nBcc: x@y"}, None, id="no Message-ID"),
    ],
)
async def test_a_mail_follows_the_first_about_its_incident(mailbox, receipt, followed):
    channels = {"team": Channel("team", "email", settings(mailbox.port))}
    threaded = EmailReceiver(channels, local_hostname="localhost", threads=Firsts(receipt))
    await threaded.send(planned(), now=NOON)
    mail = read(mailbox.mails[0][2])
    assert (mail["In-Reply-To"], mail["References"]) == (followed, followed)


async def test_one_recipient_refused_is_told_in_the_receipt(mailbox):
    mailbox.answers = {"RCPT": ["550 who"]}
    receipt = await receiver(mailbox.port, to=["gone@acme.example", "care@acme.example"]).send(
        planned(), now=NOON
    )
    assert receipt["refused"] == {"gone@acme.example": "550 who"}
    assert mailbox.mails[0][1] == ["care@acme.example"]


async def test_all_refused_but_one_for_now_is_tried_again(mailbox):
    mailbox.answers = {"RCPT": ["550 who", "450 full"]}
    with pytest.raises(RecoverableActionError, match="450 full"):
        await receiver(mailbox.port, to=["gone@acme.example", "care@acme.example"]).send(
            planned(), now=NOON
        )


async def test_a_connection_lost_after_the_mail_is_unconfirmed(mailbox):
    mailbox.cut_after_data = True
    with pytest.raises(UnconfirmedActionError, match="was lost while the mail was written"):
        await receiver(mailbox.port).send(planned(), now=NOON)
    assert len(mailbox.mails) == 1, "it did arrive"


async def test_a_refused_connection_is_tried_again():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = taken.getsockname()[1]
        with pytest.raises(RecoverableActionError, match=f"127.0.0.1:{port} cannot be reached"):
            await receiver(port).send(planned(), now=NOON)


async def test_starttls_never_falls_back_to_plain_text(mailbox):
    with pytest.raises(PermanentActionError, match=r"cannot be used as configured.*STARTTLS"):
        await receiver(mailbox.port, tls="starttls").send(planned(), now=NOON)
    assert mailbox.mails == []


async def test_a_server_that_knows_no_login_is_refused_for_good(mailbox):
    with pytest.raises(PermanentActionError, match="cannot be used as configured") as caught:
        await receiver(mailbox.port, username="u", password="s3cret").send(planned(), now=NOON)
    assert "s3cret" not in str(caught.value)
    assert mailbox.mails == []


async def test_mail_goes_over_tls_with_a_login(guarded_mailbox):
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    fields = {"tls": guarded_mailbox.tls, "username": "tocsin", "password": "s3cret"}
    await receiver(guarded_mailbox.port, tls_context=trusting, **fields).send(planned(), now=NOON)
    assert len(guarded_mailbox.mails) == 1


async def test_a_wrong_password_is_refused_for_good(guarded_mailbox):
    trusting = ssl.create_default_context(cafile=CERTIFICATE)
    fields = {"tls": guarded_mailbox.tls, "username": "tocsin", "password": "guessed"}
    with pytest.raises(PermanentActionError, match="answered 535") as caught:
        await receiver(guarded_mailbox.port, tls_context=trusting, **fields).send(
            planned(), now=NOON
        )
    assert "guessed" not in str(caught.value)
    assert guarded_mailbox.mails == []


async def test_a_certificate_nobody_vouches_for_gets_no_mail(guarded_mailbox):
    fields = {"tls": guarded_mailbox.tls, "username": "tocsin", "password": "s3cret"}
    with pytest.raises(RecoverableActionError, match="cannot be reached"):
        await receiver(guarded_mailbox.port, **fields).send(planned(), now=NOON)
    assert guarded_mailbox.mails == []
