"""Actions whose record is their whole effect: assigned, opened, told by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ports import OutboxItem


class RecordReceiver:
    """Leaves what was wanted in the receipt: the engine itself has done the rest."""

    is_record_only = True
    is_idempotent = True
    idempotent_for = None

    def account(self, item: OutboxItem) -> str:
        """Return that nothing leaves the engine."""
        del item
        return "record"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Return the action's parameters and its mention as the receipt."""
        del now
        return {"mention": item.mention.id, **item.action.params}
