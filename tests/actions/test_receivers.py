"""Which receiver takes what, what channels must say, and the receivers that only record."""

from __future__ import annotations

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine.actions.channel_settings import CHANNEL_KINDS, EmailSettings, channel_faults
from engine.actions.channels import build_receivers, resolve_receiver
from engine.actions.http import HttpClient
from engine.actions.log import LogReceiver
from engine.actions.tag import TagReceiver
from engine.errors import PermanentActionError
from engine.ports import Channel
from engine.testing import NOON, planned

MAIL = {"host": "mail.example", "from": "a@acme.example", "to": "care@acme.example"}
APP = {"token": "xoxb-1", "channel_id": "C0123ABCD"}
HOOK = {"url": "https://hooks.example/x", "secret": "whsec_QUJD"}


@pytest.mark.parametrize(
    ("action", "channel", "name"),
    [
        ("tag", None, "tag"),
        ("notify", "log", "log"),
        ("notify", "webhook", "webhook"),
        ("notify", "email", "email"),
        ("notify", "slack", "slack"),
        ("webhook", "webhook", "webhook"),
    ],
)
def test_who_carries_out_what(action, channel, name):
    assert resolve_receiver(action, Channel("c", channel, {}) if channel else None) == name


@pytest.mark.parametrize(
    ("action", "channel", "said"),
    [
        ("reply", None, "no receiver of this version carries out 'reply'"),
        ("notify", "teams", "'notify' cannot go to the channel 'c' of kind 'teams'"),
        ("webhook", "log", "'webhook' cannot go to the channel 'c' of kind 'log'"),
    ],
)
def test_what_nobody_carries_out_is_refused_for_good(action, channel, said):
    with pytest.raises(PermanentActionError, match=said):
        resolve_receiver(action, Channel("c", channel, {}) if channel else None)


async def test_the_registry_sees_channels_as_they_are_now():
    channels = {"team": Channel("team", "log", {})}
    async with HttpClient() as client:
        receivers = build_receivers(channels, client)
        assert receivers.for_item(planned()).is_record_only
        channels["team"] = Channel("team", "email", MAIL)
        mail = receivers.for_item(planned())
        assert (mail.is_record_only, mail.is_idempotent) == (False, False)
        channels["team"] = Channel("team", "webhook", HOOK)
        assert receivers.for_item(planned()).is_idempotent
        assert receivers.for_item(planned("tag", params={"tags": ["a"]})).is_record_only
        del channels["team"]
        with pytest.raises(PermanentActionError, match="'team' is no longer defined"):
            receivers.for_item(planned())
        with pytest.raises(PermanentActionError, match="must name a channel"):
            receivers.for_item(planned(params={}))
        with pytest.raises(PermanentActionError, match="no account answers"):
            receivers.for_item(planned("reply", params={"text": "sorry"}))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("log", {}),
        ("log", {"description": "what the team saw"}),
        ("webhook", HOOK),
        ("slack", {"url": HOOK["url"]}),
        ("slack", APP),
        ("slack", {**APP, "signing_secret": "s", "api_url": "http://127.0.0.1:1/api"}),
        ("email", MAIL),
        ("email", {**MAIL, "port": "2525", "tls": "tls", "username": "u", "password": "p"}),
        ("email", {**MAIL, "tls": "none", "host": "127.0.0.1", "username": "u", "password": "p"}),
    ],
)
def test_channels_that_are_fine(kind, settings):
    assert channel_faults(Channel("c", kind, settings)) == []


@pytest.mark.parametrize(
    ("kind", "settings", "faults"),
    [
        ("teams", {}, ["kind 'teams' is not supported yet"]),
        ("slack", {}, ["give either url (an incoming webhook) or token and channel_id"]),
        ("slack", {"url": HOOK["url"], **APP}, ["give either url"]),
        ("slack", {"token": "xoxb-1"}, ["token and channel_id go together"]),
        ("slack", {"url": HOOK["url"], "channel_id": "C012"}, ["token and channel_id go together"]),
        ("slack", {"url": HOOK["url"], "signing_secret": "s"}, ["signing_secret has no effect"]),
        ("slack", {**APP, "channel_id": "#care"}, ["channel_id: "]),
        ("slack", {"url": "http://h.example/x"}, ["url: must begin with https://"]),
        (
            "slack",
            {**APP, "api_url": "http://h.example/api"},
            ["api_url: must begin with https://"],
        ),
        ("slack", {"url": "hooks.slack.com/x"}, ["url: must be an http:// or https://"]),
        ("log", {"url": "x"}, ["url: "]),
        ("webhook", {}, ["url: Field required", "secret: Field required"]),
        ("webhook", {**HOOK, "url": "file:///etc/passwd"}, ["url: must be an http:// or https://"]),
        ("webhook", {**HOOK, "url": "https://"}, ["url: must be an http:// or https://"]),
        ("webhook", {**HOOK, "url": "https://[broken"}, ["url: must be an http:// or https://"]),
        ("webhook", {**HOOK, "url": "https://h:99999"}, ["url: must be an http:// or https://"]),
        ("webhook", {**HOOK, "secret": ""}, ["secret: must be base64"]),
        ("webhook", {**HOOK, "secret": "whsec_"}, ["secret: must be base64"]),
        ("webhook", {**HOOK, "secret": "é"}, ["secret: must be base64"]),
        ("email", {**MAIL, "to": []}, ["to: "]),
        ("email", {**MAIL, "to": ["a@b.example\r\nBcc: c@d.example"]}, ["to.0: must be an e-mail"]),
        ("email", {**MAIL, "from": "acme"}, ["from: must be an e-mail"]),
        ("email", {**MAIL, "from": "é@acme.example"}, ["from: must be an e-mail"]),
        ("email", {**MAIL, "subject": "a\nBcc: b"}, ["subject: must be one line"]),
        ("email", {**MAIL, "port": 0}, ["port: "]),
        ("email", {**MAIL, "tls": "maybe"}, ["tls: "]),
        ("email", {**MAIL, "username": "u"}, ["username and password go together"]),
        (
            "email",
            {**MAIL, "tls": "none", "username": "u", "password": "p"},
            ["a password needs tls"],
        ),
    ],
)
def test_channels_with_faults(kind, settings, faults):
    found = channel_faults(Channel("c", kind, settings))
    assert [one[: len(wanted)] for one, wanted in zip(found, faults, strict=True)] == faults


@given(
    kind=st.sampled_from(sorted(CHANNEL_KINDS)),
    value=st.text() | st.integers() | st.lists(st.text()),
)
def test_no_settings_make_the_reader_raise_or_show_a_secret(kind, value):
    fields = {"url": value, "secret": value, "host": value, "from": value, "to": value}
    assert isinstance(channel_faults(Channel("c", kind, fields)), list)
    told = " ".join(channel_faults(Channel("c", "webhook", {**HOOK, "secret": "s3cret é"})))
    assert "s3cret" not in told


@pytest.mark.parametrize(("tls", "port"), [("none", 25), ("starttls", 587), ("tls", 465)])
def test_the_usual_port_follows_from_tls(tls, port):
    assert EmailSettings.model_validate({**MAIL, "tls": tls}).server_port == port


async def test_log_keeps_the_text_and_says_it_on_the_process_log():
    with structlog.testing.capture_logs() as lines:
        receipt = await LogReceiver().send(planned(), now=NOON)
    assert receipt == {"channel": "team", "text": "look at this"}
    [line] = lines
    assert (line["event"], line["rule"], line["text"]) == ("notify", "angry", "look at this")


async def test_tag_keeps_the_tags():
    receipt = await TagReceiver().send(planned("tag", params={"tags": ["refund"]}), now=NOON)
    assert receipt == {"mention": "import:1", "tags": ["refund"]}
