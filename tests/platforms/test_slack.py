"""Notices to Slack against an imitation of it, and clicks that say they come from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.actions.channels import build_receivers
from engine.actions.slack import SlackReceiver, SlackWebhookReceiver
from engine.actions.slack_blocks import APPROVE, REJECT, draft_card, escaped, notice
from engine.actions.slack_signature import verify
from engine.decision import Severity
from engine.errors import PermanentActionError, RecoverableActionError, UnconfirmedActionError
from engine.receiving import Allowance, ReadsBack
from engine.testing import NOON, mention, planned
from tests.platforms.imitation import Imitation, RefusedError, Response
from tests.platforms.slack_server import (
    CHANNEL,
    SIGNING_SECRET,
    _require_block,
)

POST = "POST /api/chat.postMessage"
MINUTE = timedelta(minutes=1)
PING = "<!channel> & <@U1> <https://evil.example|click> *free*"


class Firsts:
    """Threads: what was sent first, by channel."""

    def __init__(self):
        self.receipts = {}

    async def first_notice(self, action_id, *, channel):
        return self.receipts.get(channel)


@pytest.fixture
def firsts():
    return Firsts()


@pytest.fixture
def receiver(slack_channels, client, book, firsts):
    return SlackReceiver(slack_channels, client, threads=firsts, book=book)


@pytest.fixture
def hook(slack_channels, client, book):
    return SlackWebhookReceiver(slack_channels, client, book=book)


def to_hook(text="look at this"):
    return planned(params={"channel": "hook", "text": text})


def draft(text="We are sorry."):
    written = mention(PING, url="https://m.example/@bob/1")
    return planned("reply", mention=written, params={"text": text}, number=7)


async def test_a_notice_carries_its_action_and_calls_nobody(slack, receiver):
    item = planned(
        mention=mention(url="https://m.example/1"),
        params={"channel": "team", "text": PING, "title": "Angry"},
        severity=Severity.CRITICAL,
    )
    receipt = await receiver.send(item, now=NOON)
    [message] = slack.messages
    assert receipt == {"channel": CHANNEL, "ts": message["ts"], "remote_id": message["ts"]}
    assert message["metadata"]["event_payload"] == {"action": item.action.id}
    assert (
        message["text"]
        == "&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://evil.example|click&gt; *free*"
    )
    header, section, context = message["blocks"]
    assert header["text"]["text"] == "🔴 Angry"
    assert section["text"]["text"] == message["text"]
    assert "<https://m.example/1|the mention>" in context["elements"][0]["text"]


async def test_slack_is_written_to_once_a_second(slack, receiver, hook, book):
    await receiver.send(planned(), now=NOON)
    await hook.send(to_hook(), now=NOON)
    pause = Allowance(0, NOON + timedelta(seconds=1))
    assert book.said == {"channel:team": pause, "channel:hook": pause}


async def test_what_follows_goes_into_the_thread_of_the_first(slack, receiver, firsts):
    firsts.receipts["team"] = await receiver.send(planned(), now=NOON)
    later = await receiver.send(planned(number=2), now=NOON)
    first, second = slack.messages
    assert second["thread_ts"] == later["thread_ts"] == first["ts"]


@pytest.mark.parametrize("is_threaded", [False, True])
@pytest.mark.parametrize(
    ("is_sent", "minutes", "found"),
    [
        pytest.param(True, 0, True, id="there at once"),
        pytest.param(False, 0, None, id="not there, and too early to tell"),
        pytest.param(False, 1, False, id="not there after a minute"),
    ],
)
async def test_reading_back(slack, receiver, firsts, is_threaded, is_sent, minutes, found):  # noqa: PLR0917 - one row of the table
    assert isinstance(receiver, ReadsBack)
    if is_threaded:
        firsts.receipts["team"] = {"ts": slack.do_post_by_hand(text="first")}
    item = planned(first_attempt_at=NOON, number=3)
    for number in range(250):
        slack.do_post_by_hand(text=f"chatter {number}")
    if is_sent:
        slack.fault("cut_after", at=POST)
        with pytest.raises(UnconfirmedActionError):
            await receiver.send(item, now=NOON)
    looked = await receiver.look_up(item, now=NOON + minutes * MINUTE)
    assert looked.is_there is found
    if is_sent:
        [effect] = slack.seen("message")
        assert looked.receipt["remote_id"] == effect["ts"]


async def test_a_channel_too_busy_to_read_back_leaves_it_to_a_person(slack, receiver):
    for number in range(4001):
        slack.do_post_by_hand(text=f"chatter {number}")
    looked = await receiver.look_up(planned(first_attempt_at=NOON), now=NOON + MINUTE)
    assert looked.is_there is None
    assert "20 pages" in looked.detail


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ("error_in_200", PermanentActionError, "msg_too_long"),
        ("doubt_in_200", UnconfirmedActionError, "fatal_error"),
        ("later_in_200", RecoverableActionError, "service_unavailable"),
        ("neither_in_200", UnconfirmedActionError, "neither ok nor an error"),
        ("expired_token", PermanentActionError, "token_expired"),
        ("missing_scope", PermanentActionError, "lacks the scope chat:write"),
        ("cut_body", UnconfirmedActionError, "cut short"),
        ("slow_body", UnconfirmedActionError, "cut short"),
    ],
)
async def test_a_200_is_read_strictly(slack, receiver, fault, error, said):  # noqa: PLR0917 - one row of the table
    slack.fault(fault)
    with pytest.raises(error, match=said):
        await receiver.send(planned(), now=NOON)


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ("hook_gone", PermanentActionError, "404: no_service"),
        ("hook_invalid", PermanentActionError, "400: invalid_payload"),
        ("hook_odd", UnconfirmedActionError, "in place of 'ok'"),
    ],
)
async def test_a_webhooks_answer_is_read_strictly(slack, hook, fault, error, said):  # noqa: PLR0917 - one row of the table
    slack.fault(fault)
    with pytest.raises(error, match=said):
        await hook.send(to_hook(), now=NOON)


async def test_a_webhook_is_sent_text_alone_and_hides_its_address(slack, hook):
    assert await hook.send(to_hook(PING), now=NOON) == {"status": 200}
    slack.do_archive()
    with pytest.raises(PermanentActionError, match="channel_is_archived") as caught:
        await hook.send(to_hook(), now=NOON)
    assert "B0000" not in str(caught.value)


async def test_a_throttled_notice_waits_as_long_as_slack_asks(slack, receiver, book):
    slack.fault("throttled")
    with pytest.raises(RecoverableActionError) as caught:
        await receiver.send(planned(), now=NOON)
    assert caught.value.retry_after == timedelta(seconds=30)
    assert book.said == {"channel:team": Allowance(0, NOON + timedelta(seconds=30))}


async def test_a_draft_is_announced_with_buttons_and_settled(slack, receiver, slack_channels):
    team, item = slack_channels["team"], draft()
    receipt = await receiver.announce(team, item, risk=0.42, now=NOON)
    [card] = slack.messages
    assert [one["value"] for one in card["blocks"][-1]["elements"]] == [item.action.id] * 2
    assert [one["action_id"] for one in card["blocks"][-1]["elements"]] == [APPROVE, REJECT]
    assert "risk 42%" in json.dumps(card)
    for _ in range(2):
        await receiver.settle(team, item, receipt, said="Approved by mara", risk=0.42, now=NOON)
    assert card["text"] == "Approved by mara"
    assert [one["type"] for one in card["blocks"]] == [
        "header",
        "section",
        "section",
        "context",
        "context",
    ]


async def test_an_incoming_webhook_has_no_cards(slack, receiver, slack_channels):
    with pytest.raises(PermanentActionError, match="'hook' is an incoming webhook"):
        await receiver.announce(slack_channels["hook"], draft(), risk=None, now=NOON)
    assert slack.requests == []


async def test_a_notice_is_settled_too(slack, receiver, slack_channels):
    receipt = await receiver.send(planned(), now=NOON)
    await receiver.settle(slack_channels["team"], planned(), receipt, said="Resolved", now=NOON)
    assert slack.messages[0]["text"] == "Resolved"


async def test_a_card_that_is_gone_is_refused_for_good(slack, receiver, slack_channels):
    gone = {"channel": CHANNEL, "ts": "1.2"}
    with pytest.raises(PermanentActionError, match="message_not_found"):
        await receiver.settle(slack_channels["team"], draft(), gone, said="x", now=NOON)


async def test_the_registry_takes_the_way_that_the_channel_names(slack_channels, client):
    receivers = build_receivers(slack_channels, client)
    assert isinstance(receivers.for_item(planned()), SlackReceiver)
    assert isinstance(receivers.for_item(to_hook()), SlackWebhookReceiver)


@given(
    text=st.text(max_size=5000),
    title=st.text(max_size=300),
    url=st.none() | st.text(max_size=50) | st.just("https://e.example/|<!here>"),
    risk=st.none() | st.floats(0, 1),
)
def test_no_words_break_a_card_or_call_anybody(text, title, url, risk):
    written = mention(text, url=url)
    params = {"channel": "team", "text": text, "title": title}
    for blocks in (
        notice(planned(mention=written, params=params)),
        draft_card(planned("reply", mention=written, params=params), risk),
    ):
        for block in blocks:
            _require_block(block)


@given(st.text())
def test_what_is_escaped_holds_no_markup_of_its_own(text):
    assert not set(escaped(text)) & set("<>")


class Clicks(Imitation):
    """Who is clicked: takes what Slack signed, and tells the clicks apart by their instant."""

    def answer(self, request):
        if not verify(request.headers, request.body, secret=SIGNING_SECRET, now=self.now()):
            raise RefusedError(Response(401))
        [action] = json.loads(request.form()["payload"])["actions"]
        self.effect(action["action_id"], action["value"])
        return Response(200)

    def greets(self, request):
        return request.headers["user-agent"].startswith("Slackbot 1.0")


async def test_the_imitation_clicks_as_slack_does(slack, clock):
    async with Clicks(clock).listening() as clicked:
        asked = {"url": clicked.url, "action_id": APPROVE, "value": "7"}
        assert await slack.do_click(**asked, times=2) == [200, 200]
        assert await slack.do_click(**asked, secret="guessed") == [401]
        assert await slack.do_click(**asked, skew=-301) == [401]
        [seen] = clicked.seen(APPROVE)
        assert (seen["key"], seen["count"]) == ("7", 2)
        assert clicked.complaints == []


def test_a_click_is_slacks(slack):
    headers, body = slack.click(APPROVE, "7")
    assert verify(headers, body, secret=SIGNING_SECRET, now=NOON)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"x-slack-request-timestamp": "soon"}, id="a time that is no number"),
        pytest.param({"x-slack-request-timestamp": "9" * 400}, id="a time without end"),
        pytest.param({"x-slack-request-timestamp": "١٢٣"}, id="a number in another script"),
        pytest.param({"x-slack-request-timestamp": "-1"}, id="a time before all"),
        pytest.param({"x-slack-request-timestamp": ""}, id="no time"),
        pytest.param({"x-slack-signature": ""}, id="no signature"),
        pytest.param({"x-slack-signature": "v0=é"}, id="a signature that is no ASCII"),
        pytest.param({"x-slack-signature": "v0=" + "0" * 64}, id="another signature"),
    ],
)
def test_what_is_not_as_slack_writes_it_is_refused(slack, change):
    headers, body = slack.click(APPROVE, "7")
    assert not verify(headers | change, body, secret=SIGNING_SECRET, now=NOON)


def test_a_click_with_headers_missing_another_secret_or_another_body_is_refused(slack):
    headers, body = slack.click(APPROVE, "7")
    assert not verify({}, body, secret=SIGNING_SECRET, now=NOON)
    assert not verify(headers, body, secret="", now=NOON)
    assert not verify(headers, body, secret="other", now=NOON)
    assert not verify(headers, body + b" ", secret=SIGNING_SECRET, now=NOON)


@pytest.mark.parametrize(("seconds", "is_accepted"), [(300, True), (301, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_click_is_good_for_five_minutes(slack, seconds, is_accepted, sign):
    headers, body = slack.click(REJECT, "7")
    at = NOON + timedelta(seconds=sign * seconds)
    assert verify(headers, body, secret=SIGNING_SECRET, now=at) is is_accepted


@given(stamp=st.text(max_size=20), signature=st.text(max_size=80), body=st.binary(max_size=50))
def test_no_request_breaks_the_check(stamp, signature, body):
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": signature}
    assert not verify(headers, body, secret=SIGNING_SECRET, now=NOON)


async def test_a_look_back_at_a_first_attempt_ignores_what_others_wrote(slack, receiver):
    item = planned(number=5)
    slack.do_post_by_hand(text=item.action.id)
    looked = await receiver.look_up(replace(item, first_attempt_at=NOON), now=NOON + MINUTE)
    assert looked.is_there is False
