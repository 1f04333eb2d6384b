"""Whether a request that says it comes from Slack does: a click on a button, a command.

Source: docs.slack.dev, authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TOLERANCE = timedelta(minutes=5)
_LONGEST_STAMP = 12


def verify(headers: Mapping[str, str], raw_body: bytes, *, secret: str, now: datetime) -> bool:
    """Say whether Slack signed a request, and no more than five minutes ago or ahead.

    Args:
        headers: Looked up in lower case: ``x-slack-signature``, ``x-slack-request-timestamp``.
        raw_body: As it came, before anything is read of it.
        secret: The app's signing secret.
        now: Aware UTC.

    Returns:
        False for anything that is not as Slack writes it, whatever it is; never raises for it.
    """
    stamp = headers.get("x-slack-request-timestamp", "")
    if not secret or not (stamp.isascii() and stamp.isdigit() and len(stamp) < _LONGEST_STAMP):
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return False
    signed = hmac.new(secret.encode(), b"v0:%s:%s" % (stamp.encode(), raw_body), sha256)
    given = headers.get("x-slack-signature", "").encode("utf-8", "replace")
    return hmac.compare_digest(f"v0={signed.hexdigest()}".encode(), given)
