"""Who may push mentions, and how fast."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from engine.console.answers import RefusedError
from engine.console.auth import carries_token
from engine.errors import ConfigError
from streams.sources.signature import SignatureError, verify_standard_webhook

if TYPE_CHECKING:
    from fastapi import Request

    from engine.console.parts import ConsoleParts, Intake
    from streams.sources.rate_limit import RateLimiter

_TOKEN = "http.api_token (TOCSIN_HTTP_API_TOKEN)"  # noqa: S105 - a setting's name
_SECRETS = "http.webhook_secrets (TOCSIN_HTTP_WEBHOOK_SECRETS)"
RATE_EXCEEDED = "rate_exceeded"
QUEUE_FULL = "queue_full"


def find_intake(parts: ConsoleParts, name: str) -> Intake:
    """Return a configured intake source.

    Raises:
        RefusedError: 503 while stopping, 404 where none has the name.
    """
    if parts.stopping.is_set():
        raise stopping()
    intake = parts.intakes.get(name)
    if intake is None:
        known = ", ".join(sorted(parts.intakes)) or "none; add a source of kind `intake`"
        message = f"no intake source is called {name[:80]!r}; configured: {known}"
        raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_source", message)
    return intake


def check_rate(request: Request, parts: ConsoleParts, limiter: RateLimiter) -> None:
    """Take one request of the caller's share.

    Raises:
        RefusedError: 429, saying when to come back.
    """
    caller = request.client.host if request.client else ""
    wait = limiter.take(caller, 1, parts.clock.now())
    if wait <= 0:
        return
    rate, burst = parts.settings.rate, parts.settings.burst
    message = (
        f"more than {rate:g} requests a second (and {burst} at once) from one caller; "
        "send several mentions a request, or raise http.rate and http.burst"
    )
    raise too_many(RATE_EXCEEDED, message, wait, limit={"per_second": rate, "burst": burst})


def too_many(
    code: str, message: str, wait: float, *, limit: dict[str, float] | None = None
) -> RefusedError:
    """Return a 429 that says when to come back: whole seconds, at least one."""
    seconds = max(1, math.ceil(wait))
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS,
        code,
        message,
        headers={"Retry-After": str(seconds)},
        details={"retry_after": seconds, **({"limit": limit} if limit else {})},
    )


def stopping() -> RefusedError:
    """Return the answer while the engine stops."""
    message = "the engine is stopping; send it again later, nothing is stored twice"
    return RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE, "stopping", message, headers={"Retry-After": "10"}
    )


def check_token(request: Request, parts: ConsoleParts) -> None:
    """Let through who carries the API token.

    Raises:
        RefusedError: 403 where no token is set, 401 where another or none is sent.
    """
    token = parts.settings.api_token
    if token is None:
        message = f"plain intake needs a token: set {_TOKEN}"
        raise _disabled(message)
    if not carries_token(request, token):
        message = "send the setting http.api_token as `Authorization: Bearer TOKEN`"
        raise _unauthorized(message)


def check_signature(request: Request, parts: ConsoleParts, body: bytes) -> str:
    """Return the webhook-id of a request that one of the webhook secrets signed.

    Raises:
        RefusedError: 403 where there is no usable secret, 401 where none fits.
    """
    secrets = parts.settings.webhook_secrets
    if not secrets:
        message = f"signed intake needs a secret: set {_SECRETS}"
        raise _disabled(message)
    try:
        return verify_standard_webhook(secrets, request.headers, body, now=parts.clock.now())
    except SignatureError as error:
        raise _unauthorized(str(error)) from error
    except ConfigError as error:
        message = f"{error}: mend {_SECRETS}"
        raise _disabled(message) from error


def check_signature_possible(parts: ConsoleParts) -> None:
    """Refuse before the body is read what no secret could have signed.

    Raises:
        RefusedError: 403.
    """
    if not parts.settings.webhook_secrets:
        message = f"signed intake needs a secret: set {_SECRETS}"
        raise _disabled(message)


def check_either_possible(parts: ConsoleParts) -> None:
    """Refuse events where neither a token nor a secret is set.

    Raises:
        RefusedError: 403.
    """
    if parts.settings.api_token is None and not parts.settings.webhook_secrets:
        message = f"intake of events needs a secret: set {_SECRETS} or {_TOKEN}"
        raise _disabled(message)


def is_signed(request: Request) -> bool:
    """Return whether a request claims a Standard Webhooks signature."""
    return "webhook-signature" in request.headers


def _disabled(message: str) -> RefusedError:
    return RefusedError(HTTPStatus.FORBIDDEN, "intake_disabled", message)


def _unauthorized(message: str) -> RefusedError:
    return RefusedError(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        message,
        headers={"WWW-Authenticate": 'Bearer realm="tocsin"'},
    )
