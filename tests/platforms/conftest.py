"""Platforms on loopback, each for one test, which ends by finding that nothing surprised them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.account import Account
from engine.actions.http import HttpClient, HttpLimits
from engine.ports import Channel
from engine.testing import ManualClock
from tests.platforms.mastodon_server import TOKEN, Mastodon
from tests.platforms.slack_server import CHANNEL, SIGNING_SECRET, Slack
from tests.platforms.slack_server import TOKEN as SLACK_TOKEN

# As long as a fault keeps a test waiting, and long enough for a slow machine's usual answer.
SHORT = timedelta(milliseconds=400)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def client():
    async with HttpClient(HttpLimits(connect=SHORT, answer=SHORT, body=SHORT)) as client:
        yield client


@pytest.fixture
async def mastodon(clock):
    async with Mastodon(clock).listening() as server:
        yield server
        assert server.complaints == []


@pytest.fixture
def care(mastodon):
    return Account(
        "care", "mastodon", "mastodon", mastodon.url, handle="@acme", account_id="1", token=TOKEN
    )


class Book:
    """Keeps what platforms say of their limits."""

    def __init__(self):
        self.said = {}

    def heard(self, account, allowance):
        self.said[account] = allowance


@pytest.fixture
def book():
    return Book()


@pytest.fixture
async def slack(clock):
    async with Slack(clock).listening() as server:
        yield server
        assert server.complaints == []


@pytest.fixture
def slack_channels(slack):
    app = {"token": SLACK_TOKEN, "channel_id": CHANNEL, "api_url": slack.api_url}
    return {
        "team": Channel("team", "slack", app | {"signing_secret": SIGNING_SECRET}),
        "hook": Channel("hook", "slack", {"url": slack.hook_url}),
    }
