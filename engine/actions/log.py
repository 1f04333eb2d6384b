"""The log channel: the outcome's record is the notification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import OutboxItem

_log = structlog.get_logger(__name__)


class LogReceiver:
    """Leaves the text in the receipt, which the outcome log keeps.

    A line on the process's own log goes with it, best effort: after a crash it may be missing or
    stand there twice, which the outcome cannot.
    """

    is_record_only = True
    is_idempotent = True
    idempotent_for = None

    def account(self, item: OutboxItem) -> str:
        """Return that nothing leaves the engine."""
        del item
        return "record"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Return the channel and the text as the receipt."""
        del now
        receipt = {
            "channel": str(item.action.params.get("channel", "")),
            "text": str(item.action.params.get("text", "")),
        }
        _log.info("notify", policy=item.policy, rule=item.rule, mention=item.mention.id, **receipt)
        return receipt
