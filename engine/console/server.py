"""The console's server, inside the engine's own event loop."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import uvicorn

from engine.console.application import create_app
from engine.console.guards import allowed_hosts
from engine.console.parts import parts_of_engine
from engine.errors import ConfigError
from streams.sources.signature import webhook_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from engine.app import Engine
    from engine.console.parts import ConsoleParts

_BACKLOG = 128
# Long enough for a page or a stored batch, short enough that Ctrl-C feels prompt.
_FINISH_SECONDS = 5
_SAMPLE_SECONDS = 5
_NEW_SECRET = 'echo "whsec_$(openssl rand -base64 32)"'  # noqa: S105 - a command


class _Server(uvicorn.Server):
    """uvicorn that leaves the process's signals to the engine, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.listens.set()

    async def run_on(self, listener: socket.socket) -> None:
        """Serve until told to exit."""
        await self._serve([listener])


class ConsoleServer:
    """Serves the console of one engine.

    Args:
        engine: What is shown; or its parts, where a test has no whole engine.
    """

    def __init__(self, engine: Engine | ConsoleParts) -> None:
        self._parts = parts_of_engine(engine)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._sampling: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen and return the address people open.

        Raises:
            ConfigError: The address cannot be listened on, or a webhook secret is none; names the
                setting to change.
        """
        settings = self._parts.settings
        _check_secrets(settings.webhook_secrets)
        listener = _bind(settings.host, settings.port)
        self._parts.hosts = allowed_hosts(settings.host)
        app = create_app(self._parts)
        config = uvicorn.Config(
            app,
            access_log=False,
            # Our own logging is configured already; uvicorn only speaks of failures.
            log_config=None,
            log_level="warning",
            lifespan="off",
            ws="none",
            http="h11",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_FINISH_SECONDS,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.run_on(listener), name="console")
        await self._server.listens.wait()
        self._sampling = asyncio.create_task(_sample(app), name="console rates")
        return _address(settings.host, listener.getsockname()[1])

    async def stop(self) -> None:
        """Refuse new intake, let answers in hand finish, then close; harmless when not started."""
        self._parts.stopping.set()
        for intake in self._parts.intakes.values():
            intake.source.close()
        if self._server is None or self._serving is None or self._sampling is None:
            return
        self._sampling.cancel()
        await asyncio.gather(self._sampling, return_exceptions=True)
        self._server.should_exit = True
        await self._serving
        self._server = self._serving = self._sampling = None


async def _sample(app: FastAPI) -> None:
    """Keep the page's rates going while nobody looks."""
    while True:
        app.state.viewer.sample()
        await asyncio.sleep(_SAMPLE_SECONDS)


def _check_secrets(secrets: Sequence[str]) -> None:
    """Find a secret that can sign nothing before its first sender does; never shows it."""
    for number, secret in enumerate(secrets, 1):
        try:
            webhook_key(secret)
        except ConfigError as error:
            message = (
                f"http.webhook_secrets (TOCSIN_HTTP_WEBHOOK_SECRETS), number {number} of "
                f"{len(secrets)}: {error}; make one with: {_NEW_SECRET}"
            )
            # Not chained: what the decoder saw must not reach a log.
            raise ConfigError(message) from None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A restart must not wait for the closed connections of the run before it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        message = (
            f"the console cannot listen on {host} port {port}: {error}; choose another with the "
            "setting http.port (TOCSIN_HTTP_PORT; 0 takes a free one) or http.host"
        )
        raise ConfigError(message) from error
    listener.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return listener


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
