"""Drafts shown on Slack as they come to wait, their buttons taken off once they are judged."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from engine.actions.slack import SlackReceiver
from engine.dispatch.card_keeper import CardKeeper
from tests.approval.people import approve, drafted, reject, reply
from tests.store.samples import states


@pytest.fixture
def keep(store, slack_channels, client, clock):
    """Builds what shows drafts, and tends to them at the clock's instant when called."""

    @asynccontextmanager
    async def herald():
        yield SlackReceiver(slack_channels, client)

    def build(announce="team", channels=slack_channels):
        keeper = CardKeeper(store.cards, herald, channel=channels.get, announce=announce)
        return lambda: keeper.tend(clock.now())

    return build


def cards(slack):
    """Each card: the draft it is of, and how it ended."""
    return [
        (
            one["metadata"]["event_payload"]["action"],
            None
            if any(block["type"] == "actions" for block in one["blocks"])
            else one["blocks"][-1]["elements"][0]["text"],
        )
        for one in slack.messages
    ]


async def test_a_draft_is_shown_once(store, slack, keep):
    await drafted(store, reply(1), reply(2))
    tend = keep()
    await tend()
    await tend()
    assert cards(slack) == [("action-1", None), ("action-2", None)]
    await keep()()
    assert len(slack.messages) == 2


async def test_a_card_says_how_its_draft_ended(store, slack, keep):
    await drafted(store, reply(1), reply(2))
    await drafted(store, reply(3), rule="b")
    await drafted(store, reply(4, approval="four_eyes"), rule="c")
    tend = keep()
    await tend()
    await approve(store, "zoe", 1)
    await reject(store, "tom", 3)
    await approve(store, "zoe", 4)

    await tend()
    assert dict(cards(slack)) == {
        "action-1": "Approved by zoe",
        "action-2": "Not sent: another draft for the same mention was approved",
        "action-3": "Rejected by tom",
        "action-4": None,
    }
    await approve(store, "tom", 4)
    await tend()
    assert dict(cards(slack))["action-4"] == "Approved by zoe, tom"
    before = len(slack.requests)
    await tend()
    assert len(slack.requests) == before


async def test_what_waited_too_long_is_given_up_and_says_so(store, slack, keep, clock):
    await drafted(store)
    tend = keep()
    await tend()
    clock.advance(timedelta(days=7))
    await store.verdicts.expire(clock.now())
    await tend()
    assert await states(store) == {"action-1": "cancelled"}
    assert cards(slack) == [("action-1", "Not sent: it was not sent before it lost its meaning")]


async def test_without_a_channel_nothing_is_shown(store, slack, keep):
    await drafted(store)
    await keep(announce=None)()
    assert slack.requests == []


async def test_a_channel_that_is_not_defined_yet_is_looked_for_again(
    store, slack, slack_channels, *, keep, clock
):
    await drafted(store)
    channels = {}
    tend = keep(channels=channels)
    await tend()
    channels |= slack_channels
    await tend()
    assert slack.messages == []
    clock.advance(timedelta(seconds=31))
    await tend()
    assert cards(slack) == [("action-1", None)]


async def test_slack_is_left_alone_for_as_long_as_it_asks(store, slack, keep, clock):
    await drafted(store)
    tend = keep()
    slack.fault("throttled", at="POST /api/chat.postMessage")
    await tend()
    asked = len(slack.requests)
    await tend()
    assert (len(slack.requests), slack.messages) == (asked, [])
    clock.advance(timedelta(seconds=31))
    await tend()
    assert cards(slack) == [("action-1", None)]


async def test_a_card_that_slack_refuses_does_not_crowd_out_the_others(store, slack, keep):
    await drafted(store, reply(1), reply(2))
    tend = keep()
    slack.fault("error_in_200", at="POST /api/chat.postMessage")
    await tend()
    await tend()
    assert cards(slack) == [("action-2", None)]
    await approve(store, "zoe", 1)
    await tend()
    assert dict(cards(slack))["action-2"].startswith("Not sent")
