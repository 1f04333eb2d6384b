"""Checking that a request was signed as Standard Webhooks says.

Our own few lines instead of the `standardwebhooks` package's `verify`, which reads the clock
itself, knows one secret at a time and raises plain ValueErrors at malformed headers; the tests
check them against its `sign`.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from engine.errors import ConfigError, TocsinError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLERANCE = timedelta(minutes=5)
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_MOST_SIGNATURES = 20
_SHORTEST_SECRET = 16


class SignatureError(TocsinError):
    """A request was not signed with a secret of ours, or not lately: answer 401."""


def verify_standard_webhook(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> str:
    """Return the `webhook-id` of a request that one of the secrets signed.

    The id is the same over all tries to deliver one message.

    Args:
        secrets: ``whsec_…`` or plain base64; several while a secret is being replaced.
        headers: Names in any case.
        body: As received, byte by byte.
        now: Aware; the signed time may be `TOLERANCE` before or after it.

    Raises:
        SignatureError: A header is missing or malformed, the time is off, or no signature fits.
        ConfigError: There is no secret, or one is not base64 of at least 16 bytes.
    """
    keys = [webhook_key(secret) for secret in secrets]
    if not keys:
        message = "signed intake has no secret; make one and give it to both sides"
        raise ConfigError(message)
    given = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (
        given.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature")
    )
    if not (message_id and stamp and signatures):
        message = "webhook-id, webhook-timestamp and webhook-signature are all needed"
        raise SignatureError(message)
    _check_time(stamp, now)
    signed = b".".join((message_id.encode(errors="replace"), stamp.encode(), body))
    wanted = [base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    if not _fits(signatures, wanted):
        message = "no v1 signature in webhook-signature fits the body and a secret of ours"
        raise SignatureError(message)
    return message_id


def _fits(signatures: str, wanted: Sequence[bytes]) -> bool:
    is_fit = False
    for one in signatures.split(" ")[:_MOST_SIGNATURES]:
        version, _, signature = one.partition(",")
        for right in wanted:
            # Compared to the end each time: how long it takes says nothing about a secret.
            same = hmac.compare_digest(signature.encode(errors="replace"), right)
            is_fit = is_fit or (version == "v1" and same)
    return is_fit


def _check_time(stamp: str, now: datetime) -> None:
    if not _TIMESTAMP.fullmatch(stamp):
        message = f"webhook-timestamp is whole seconds since 1970, saw {stamp[:40]!r}"
        raise SignatureError(message)
    away = datetime.fromtimestamp(int(stamp), tz=UTC) - now
    if abs(away) > TOLERANCE:
        side = "after" if away > timedelta(0) else "before"
        seconds = int(abs(away).total_seconds())
        message = f"webhook-timestamp is {seconds} s {side} our clock; at most 300 s are taken"
        raise SignatureError(message)


def webhook_key(secret: str) -> bytes:
    """Return the key a secret stands for.

    Raises:
        ConfigError: It is not ``whsec_`` and base64, or base64 alone, of at least 16 bytes.
    """
    # Secrets are often copied without their padding; more of it than needed does no harm.
    digits = secret.removeprefix("whsec_").rstrip("=")
    try:
        # Strictly: a pass phrase with its spaces and signs left out would be a weaker key than
        # it looks, and another one than the sender's library makes of it.
        key = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_SECRET:
        message = "a webhook secret is whsec_ and the base64 of at least 16 random bytes"
        raise ConfigError(message)
    return key
