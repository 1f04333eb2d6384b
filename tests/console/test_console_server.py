"""The console over a real socket, and its start and stop."""

import asyncio
import base64
import signal
import socket

import httpx
import pytest

from engine.console.parts import ConsoleParts, Intake
from engine.console.server import ConsoleServer
from engine.errors import ConfigError
from engine.settings import HttpSettings
from engine.testing import ManualClock
from streams.runner_parts import RunnerStats

TOKEN = "a-long-token-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def unread(open_console):
    """A console whose intake nobody reads."""
    async with open_console(is_read=False) as found:
        yield found


@pytest.fixture
def parts(unread):
    return ConsoleParts(
        settings=HttpSettings(port=0, api_token=TOKEN),
        clock=ManualClock(),
        reads=unread.reads,
        stats=RunnerStats(),
        intakes={"push": Intake(unread.intake)},
    )


async def test_it_answers_at_the_address_it_prints_until_stopped(parts):
    server = ConsoleServer(parts)
    address = await server.start()
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        assert "server" not in (await client.get("/healthz")).headers
        assert (await client.get("/healthz", headers={"Host": "evil.example"})).status_code == 421
        assert (await client.get("/", auth=("zoe", TOKEN))).status_code == 200
    await server.stop()

    assert address.startswith("http://127.0.0.1:")
    with pytest.raises(httpx.ConnectError):
        await httpx.AsyncClient().get(address)


async def test_a_busy_port_names_the_setting(parts):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        parts.settings = HttpSettings(port=port)

        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1 port {port}.*http\.port"):
            await ConsoleServer(parts).start()


async def test_a_host_that_is_not_here_names_the_setting(parts):
    parts.settings = HttpSettings(host="203.0.113.7", port=0)

    with pytest.raises(ConfigError, match=r"203\.0\.113\.7.*http\.host"):
        await ConsoleServer(parts).start()


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("whsec_hunter2 pass phrase of some length", id="a pass phrase"),
        pytest.param("whsec_" + base64.b64encode(b"too short").decode(), id="too few bytes"),
        pytest.param("whsec_", id="nothing after the prefix"),
    ],
)
async def test_a_secret_that_can_sign_nothing_stops_the_start_and_is_not_shown(parts, secret):
    good = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
    parts.settings = HttpSettings(port=0, webhook_secrets=(good, secret))

    said = r"http\.webhook_secrets .*number 2 of 2: .*whsec_ and the base64 of at least 16"
    with pytest.raises(ConfigError, match=said) as raised:
        await ConsoleServer(parts).start()

    assert secret not in str(raised.value).replace("whsec_ and", "").replace('"whsec_$', "")
    assert good not in str(raised.value)


async def test_the_signals_of_the_process_stay_the_engines(parts):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    server = ConsoleServer(parts)
    await server.start()
    during = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    await server.stop()

    assert during == before


async def test_stopping_answers_a_request_that_waits_for_the_store(unread, parts):
    server = ConsoleServer(parts)
    address = await server.start()
    body = '{"text": "hello", "published_at": "2026-03-02T09:00:00Z"}'
    async with httpx.AsyncClient(base_url=address) as client:
        asking = asyncio.create_task(
            client.post("/intake/push/mentions", content=body, headers=BEARER)
        )
        await unread.intake.offered.wait()
        await server.stop()
        answer = await asking

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "stopping")


async def test_stopping_twice_or_before_starting_does_no_harm(parts):
    server = ConsoleServer(parts)
    await server.stop()
    await server.start()
    await server.stop()
    await server.stop()
