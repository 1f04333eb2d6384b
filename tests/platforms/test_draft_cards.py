"""Drafts shown on Slack as they come to wait, their buttons taken off once they are judged."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from engine.actions.slack import SlackReceiver
from engine.dispatch.keeper import DraftKeeper
from engine.errors import StoreUnavailableError
from tests.approval.people import approve, drafted, reject, reply
from tests.store.samples import states


@pytest.fixture
def keep(store, slack_channels, client, clock):
    """Builds what looks after drafts."""

    def build(announce="team", channels=slack_channels, drafts=store.verdicts):
        herald = SlackReceiver(slack_channels, client)
        return DraftKeeper(
            drafts, store.cards, herald, clock, channel=channels.get, announce=announce
        )

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
    keeper = keep()
    await keeper.run_once()
    await keeper.run_once()
    assert cards(slack) == [("action-1", None), ("action-2", None)]
    await keep().run_once()
    assert len(slack.messages) == 2


async def test_a_card_says_how_its_draft_ended(store, slack, keep):
    await drafted(store, reply(1), reply(2))
    await drafted(store, reply(3), rule="b")
    await drafted(store, reply(4, approval="four_eyes"), rule="c")
    keeper = keep()
    await keeper.run_once()
    await approve(store, "zoe", 1)
    await reject(store, "tom", 3)
    await approve(store, "zoe", 4)

    await keeper.run_once()
    assert dict(cards(slack)) == {
        "action-1": "Approved by zoe",
        "action-2": "Not sent: another draft for the same mention was approved",
        "action-3": "Rejected by tom",
        "action-4": None,
    }
    await approve(store, "tom", 4)
    await keeper.run_once()
    assert dict(cards(slack))["action-4"] == "Approved by zoe, tom"
    before = len(slack.requests)
    await keeper.run_once()
    assert len(slack.requests) == before


async def test_what_waited_too_long_is_given_up_and_says_so(store, slack, keep, clock):
    await drafted(store)
    keeper = keep()
    await keeper.run_once()
    clock.advance(timedelta(days=7))
    await keeper.run_once()
    assert await states(store) == {"action-1": "cancelled"}
    assert cards(slack) == [("action-1", "Not sent: it was not sent before it lost its meaning")]


async def test_without_a_channel_drafts_are_given_up_all_the_same(store, slack, keep, clock):
    await drafted(store)
    clock.advance(timedelta(days=7))
    await keep(announce=None).run_once()
    assert await states(store) == {"action-1": "cancelled"}
    assert slack.requests == []


async def test_a_channel_that_is_not_defined_yet_is_looked_for_again(
    store, slack, slack_channels, *, keep, clock
):
    await drafted(store)
    channels = {}
    keeper = keep(channels=channels)
    await keeper.run_once()
    channels |= slack_channels
    await keeper.run_once()
    assert slack.messages == []
    clock.advance(timedelta(seconds=31))
    await keeper.run_once()
    assert cards(slack) == [("action-1", None)]


async def test_slack_is_left_alone_for_as_long_as_it_asks(store, slack, keep, clock):
    await drafted(store)
    keeper = keep()
    slack.fault("throttled", at="POST /api/chat.postMessage")
    await keeper.run_once()
    asked = len(slack.requests)
    await keeper.run_once()
    assert (len(slack.requests), slack.messages) == (asked, [])
    clock.advance(timedelta(seconds=31))
    await keeper.run_once()
    assert cards(slack) == [("action-1", None)]


async def test_a_card_that_slack_refuses_does_not_crowd_out_the_others(store, slack, keep):
    await drafted(store, reply(1), reply(2))
    keeper = keep()
    slack.fault("error_in_200", at="POST /api/chat.postMessage")
    await keeper.run_once()
    await keeper.run_once()
    assert cards(slack) == [("action-2", None)]
    await approve(store, "zoe", 1)
    await keeper.run_once()
    assert dict(cards(slack))["action-2"].startswith("Not sent")


async def test_it_looks_until_it_is_told_to_stop(store, slack, keep):
    await drafted(store)
    stop = asyncio.Event()

    class Away:
        """A database that is away at first."""

        times = 0

        async def expire(self, now):
            self.times += 1
            stop.set()
            message = f"locked at {now}"
            raise StoreUnavailableError(message)

    away = Away()
    await asyncio.wait_for(keep(drafts=away).run(stop), 5)
    assert (away.times, slack.messages) == (1, [])
