"""Tags: the outcome's record is the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import OutboxItem


class TagReceiver:
    """Leaves the tags in the receipt, from which queries read them."""

    is_record_only = True
    is_idempotent = True
    idempotent_for = None

    def account(self, item: OutboxItem) -> str:
        """Return that nothing leaves the engine."""
        del item
        return "record"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Return the tags and the mention they stand on as the receipt."""
        del now
        return {"mention": item.mention.id, "tags": list(item.action.params.get("tags", ()))}
