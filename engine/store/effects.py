"""What sent actions change inside the engine, written in the transaction that settles them.

An action whose whole effect is a row of ours cannot be sent twice or half: its outcome and its
effect are stored together or not at all. Each recorder picks the kinds it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.store.halts import record_halts
from engine.store.sends import answered
from engine.store.suspensions import record_publishing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Effect:
    """One action that has just been sent.

    Attributes:
        row: Of ``actions``, with ``policy``, ``rule``, ``severity``, ``mention_id`` and the
            mention's ``body``.
        receipt: What the receiver answered.
    """

    row: Row[Any]
    receipt: Mapping[str, Any]


class Recorder(Protocol):
    """Writes what some kinds of sent actions change."""

    async def __call__(
        self, connection: AsyncConnection, sent: Sequence[Effect], *, at: datetime
    ) -> None:
        """Write it; the same action recorded twice changes nothing more."""
        ...


async def note_remote_ids(
    connection: AsyncConnection, sent: Sequence[Effect], *, at: datetime
) -> None:
    """Keep what platforms call what was sent: answers to it are known by that."""
    del at
    for one in sent:
        if one.receipt.get("remote_id"):
            await answered(connection, one.row.id, str(one.receipt["remote_id"]))


EFFECTS: tuple[Recorder, ...] = (note_remote_ids, record_halts, record_publishing)
