"""What stands before every path: the name we are called by, and the headers of every answer."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from engine.console.answers import RefusedError, error_answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_POLICY = "Content-Security-Policy"
# The pages that hold forms of ours.
_FORMS = "/queue"
_HEADERS = {
    _POLICY: (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def allowed_hosts(bound: str) -> frozenset[str]:
    """Return the names a server bound to an address answers to; empty for any.

    Only a loopback server is sure of its names, and only there does the check matter most: a page
    elsewhere whose name is made to point at 127.0.0.1 (DNS rebinding) must not read from it.
    """
    is_loopback = bound == "localhost"
    with suppress(ValueError):
        is_loopback = is_loopback or ip_address(bound).is_loopback
    return _LOOPBACK_NAMES | {bound.lower()} if is_loopback else frozenset()


class HostGuard:
    """Refuses a request that calls the server by a name that is not its own."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421 or hand on."""
        if scope["type"] != "http" or not self._hosts or _name(scope) in self._hosts:
            await self._app(scope, receive, send)
            return
        message = (
            f"this server answers to {', '.join(sorted(self._hosts))}; "
            "a proxy before it must set the Host header to one of these"
        )
        refused = RefusedError(HTTPStatus.MISDIRECTED_REQUEST, "unknown_host", message)
        await error_answer(refused)(scope, receive, send)


class SafeHeaders:
    """Adds the headers that keep a browser from doing more with an answer than show it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, adding headers to the answer's start; what was shown is kept by no cache."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if scope["path"].startswith(_FORMS):
                    policy = _HEADERS[_POLICY].replace("form-action 'none'", "form-action 'self'")
                    headers[_POLICY] = policy
                is_static = scope["path"].startswith("/static/")
                headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
            await send(message)

        await self._app(scope, receive, send_safely)


def _name(scope: Scope) -> str:
    """Return the host a request names, without its port; empty where it makes no sense."""
    try:
        return urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or ""
    except ValueError:
        return ""
