"""The other side, listening on loopback for one test."""

from __future__ import annotations

import asyncio

import pytest
from loopback_servers import SECRET, MailBox, WebhookConsumer

from engine.ports import Channel
from engine.testing import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def consumer(clock):
    consumer = WebhookConsumer(clock)
    server = await asyncio.start_server(consumer.serve, "127.0.0.1", 0)
    consumer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=T0PSECRET"
    yield consumer
    server.close()
    await server.wait_closed()


@pytest.fixture
def webhook_channels(consumer):
    return {"team": Channel("team", "webhook", {"url": consumer.url, "secret": SECRET})}


@pytest.fixture
async def mailbox():
    box = MailBox()
    await box.listen()
    yield box
    box.server.close()
    await box.server.wait_closed()


@pytest.fixture(params=["starttls", "tls"])
async def guarded_mailbox(request):
    box = MailBox()
    box.tls = request.param
    await box.listen(tls=box.tls)
    yield box
    box.server.close()
    await box.server.wait_closed()
