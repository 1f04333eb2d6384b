"""Suspending and resuming publishing: the outcome's record carries the effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import PermanentActionError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import OutboxItem


class PublishingReceiver:
    """Checks what is to be suspended, resumed or put back.

    The store lets it take effect in the transaction that records the action as sent, so neither is
    ever without the other.
    """

    is_record_only = True
    is_idempotent = True
    idempotent_for = None

    def account(self, item: OutboxItem) -> str:
        """Return that nothing leaves the engine."""
        del item
        return "record"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Return what is done, and to which publications.

        Raises:
            PermanentActionError: It is about a brand, and the mention names none.
        """
        del now
        params = item.action.params
        scope = str(params.get("scope", "all"))
        of = {"brand": item.mention.brand, "source": item.mention.source}.get(scope, "")
        if of is None:
            message = f"publishing of a brand cannot be changed: {item.mention.id} names no brand"
            raise PermanentActionError(message)
        receipt = {"do": params.get("do"), "scope": f"{scope}:{of}" if of else scope}
        return {**receipt, "undoes": params["undoes"]} if "undoes" in params else receipt
