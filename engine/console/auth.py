"""Who may read: a bearer token for programs, HTTP Basic with the same token for people."""

# No postponed annotations: FastAPI reads them when the routes are made.

import base64
import binascii
import hashlib
import hmac
from http import HTTPStatus

from fastapi import Request
from fastapi.security import HTTPBearer

from engine.console.answers import RefusedError
from engine.settings import HttpSettings

# Only describes the scheme in the OpenAPI document; the check is `require_token`.
BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="api_token",
    description="The setting `http.api_token`, needed where it is set.",
)


def is_secret(given: str, wanted: str) -> bool:
    """Compare in a time that depends on neither text."""
    digests = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (given, wanted)]
    return hmac.compare_digest(*digests)


def carries_token(request: Request, token: str) -> bool:
    """Return whether a request carries the token as ``Authorization: Bearer``."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_secret(given.strip(), token)


async def require_token(request: Request) -> None:
    """Let a program through where no token is set, or it carries the token.

    Raises:
        RefusedError: 401.
    """
    token = _settings(request).api_token
    if token is not None and not carries_token(request, token):
        message = "send the setting http.api_token as `Authorization: Bearer TOKEN`"
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            message,
            headers={"WWW-Authenticate": 'Bearer realm="tocsin"'},
        )


async def require_set_token(request: Request) -> None:
    """Let nobody act where no token is set: whoever reaches the port could speak for the brand.

    Raises:
        RefusedError: 403.
    """
    if _settings(request).api_token is None:
        message = (
            "set http.api_token (TOCSIN_HTTP_API_TOKEN) to judge drafts here; without it, use "
            "`tocsin queue approve` on the engine's machine"
        )
        raise RefusedError(HTTPStatus.FORBIDDEN, "no_token_set", message)


async def require_password(request: Request) -> None:
    """Let a browser through where no token is set, or its password is the token; any user name.

    Raises:
        RefusedError: 401, which makes a browser ask.
    """
    token = _settings(request).api_token
    if token is None or carries_token(request, token) or is_secret(_password(request), token):
        return
    message = "sign in with any user name; the password is the setting http.api_token"
    raise RefusedError(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        message,
        headers={"WWW-Authenticate": 'Basic realm="tocsin", charset="UTF-8"'},
    )


def user_name(request: Request) -> str:
    """Return the name a browser signed in with; empty where it gave none. Nothing proves it."""
    return _basic(request)[0]


def _password(request: Request) -> str:
    return _basic(request)[1]


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    name, _, password = decoded.partition(":")
    return name, password


def _settings(request: Request) -> HttpSettings:
    settings: HttpSettings = request.app.state.parts.settings
    return settings
