"""Platforms on loopback, each for one test, which ends by finding that nothing surprised them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.account import Account
from engine.actions.http import HttpClient, HttpLimits
from engine.testing import ManualClock
from tests.platforms.mastodon_server import TOKEN, Mastodon

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
