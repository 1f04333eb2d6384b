"""Signed outgoing webhooks, and the dispatcher sending them through faults."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from loopback_servers import Fault

from engine.actions.channels import build_receivers
from engine.actions.http import HttpClient, HttpLimits
from engine.actions.webhook import WebhookReceiver, webhook_body
from engine.decision import ActionState
from engine.dispatch.dispatcher import Dispatcher
from engine.errors import PermanentActionError
from engine.mention_json import write_mention
from engine.ports import Backoff, Channel
from engine.reasons import Reason
from engine.testing import NOON, MemoryOutbox, mention, planned


@pytest.fixture
async def receiver(webhook_channels):
    async with HttpClient() as client:
        yield WebhookReceiver(webhook_channels, client)


async def test_what_is_posted_is_signed_and_says_what_was_decided(consumer, receiver):
    item = planned(mention=mention("Où est mon colis ? 📦"))
    assert await receiver.send(item, now=NOON) == {"status": 200}
    assert consumer.complaints == []
    assert consumer.effects[item.action.id] == {
        "type": "tocsin.notify",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": {
            "action": item.action.id,
            "policy": "care",
            "rule": "angry",
            "mode": "enforce",
            "channel": "team",
            "text": "look at this",
            "mention": write_mention(item.mention),
        },
    }


async def test_another_secret_is_refused_there(consumer, receiver, webhook_channels):
    settings = {"url": consumer.url, "secret": "whsec_" + "QUJD" * 8}
    webhook_channels["team"] = Channel("team", "webhook", settings)
    with pytest.raises(PermanentActionError, match="401"):
        await receiver.send(planned(), now=NOON)
    assert consumer.complaints == ["signature"]


async def test_the_same_action_later_has_the_same_id_and_body(consumer, receiver, clock):
    item = planned()
    await receiver.send(item, now=clock.now())
    clock.advance(timedelta(hours=5))
    await receiver.send(item, now=clock.now())
    first, second = consumer.requests
    assert first[2] == second[2]
    assert first[1]["webhook-id"] == second[1]["webhook-id"] == item.action.id
    assert first[1]["webhook-timestamp"] != second[1]["webhook-timestamp"]
    assert len(consumer.effects) == 1


def test_a_webhook_actions_body_is_unfolded_and_replaces_nothing_of_ours():
    item = planned("webhook", params={"channel": "team", "body": {"title": "Angry", "action": "x"}})
    data = json.loads(webhook_body(item))["data"]
    assert (data["title"], data["action"]) == ("Angry", item.action.id)
    assert "body" not in data


def test_the_body_is_canonical():
    one = planned("webhook", params={"channel": "team", "b": 1, "a": 2})
    other = planned("webhook", params={"a": 2, "b": 1, "channel": "team"})
    assert webhook_body(one) == webhook_body(other)
    assert json.loads(webhook_body(one))["type"] == "tocsin.webhook"
    assert b": " not in webhook_body(one)


@pytest.mark.parametrize(
    "bad", [2**70, "\ud800"], ids=["a number without an end", "half a character"]
)
def test_what_json_cannot_say_is_refused_for_good(bad):
    with pytest.raises(PermanentActionError, match="as JSON"):
        webhook_body(planned(params={"channel": "team", "text": bad}))


async def test_a_channel_that_is_gone_or_broken_is_refused_for_good(receiver, webhook_channels):
    webhook_channels["team"] = Channel("team", "webhook", {"url": "http://h/", "secret": ""})
    with pytest.raises(PermanentActionError, match="secret: must be base64"):
        await receiver.send(planned(), now=NOON)
    del webhook_channels["team"]
    with pytest.raises(PermanentActionError, match="'team' is no longer defined"):
        await receiver.send(planned(), now=NOON)


async def deliver(channels, clock, *, count=1, attempts=6):
    """Dispatch actions until nothing waits; return the outbox and the items."""
    outbox = MemoryOutbox()
    items = [planned(number=number) for number in range(1, count + 1)]
    outbox.add(*items)
    stop = asyncio.Event()

    async def sleep(seconds):
        clock.advance(timedelta(seconds=seconds))
        if await outbox.next_due() is None:
            stop.set()

    backoff = Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1), attempts=attempts)
    limits = HttpLimits(answer=timedelta(milliseconds=200), body=timedelta(milliseconds=50))
    async with HttpClient(limits) as client:
        dispatcher = Dispatcher(
            outbox, build_receivers(channels, client), clock, backoff=backoff, sleep=sleep
        )
        await dispatcher.recover()
        await asyncio.wait_for(dispatcher.run(stop, asyncio.Event()), timeout=20)
    return outbox, items


async def test_every_fault_on_the_way_ends_in_one_effect(consumer, webhook_channels, clock):
    consumer.faults = [
        Fault(status=429, headers={"retry-after": "60"}),
        Fault(status=500),
        Fault(cut="before"),
        Fault(cut="after"),
        Fault(body=b"ok", stall="body"),
    ]
    outbox, [item] = await deliver(webhook_channels, clock)
    assert outbox.state(item) is ActionState.SENT
    assert outbox.settled[0].not_before == NOON + timedelta(seconds=60)
    assert list(consumer.effects) == [item.action.id]
    assert consumer.complaints == []
    assert len(consumer.requests) == 4, "the one cut before was never read"


async def test_a_consumer_that_is_gone_is_not_asked_again(consumer, webhook_channels, clock):
    consumer.faults = [Fault(status=410, body=b"bye")]
    outbox, [item] = await deliver(webhook_channels, clock)
    assert outbox.state(item) is ActionState.FAILED
    assert outbox.settled[-1].reason is Reason.RECEIVER_REFUSED
    assert outbox.settled[-1].detail.endswith("answered 410: bye")
    assert len(consumer.requests) == 1


async def test_many_at_once_each_take_effect_once(consumer, webhook_channels, clock):
    consumer.faults = [Fault(status=500), Fault(cut="after"), Fault(cut="before")] * 4
    outbox, items = await deliver(webhook_channels, clock, count=40)
    assert {outbox.state(item) for item in items} == {ActionState.SENT}
    assert sorted(consumer.effects) == [item.action.id for item in items]
