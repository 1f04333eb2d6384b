"""What a gate is, and how several stand one behind the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.ports import OutboxItem
    from engine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Held:
    """An action a gate did not let through.

    Attributes:
        detail: What exactly stood in the way, for a person.
        until: Aware UTC: it may pass then, so it waits; None where it is held for good.
        for_person: It would pass with a person's approval, so it is to wait for one.
    """

    item: OutboxItem
    by: Reason
    detail: str = ""
    until: datetime | None = None
    for_person: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """What a gate, or a chain of them, made of some actions.

    Attributes:
        kept: May be sent, in the order they came.
    """

    kept: tuple[OutboxItem, ...]
    held: tuple[Held, ...] = ()


class Gate(Protocol):
    """Judges actions that are about to be sent, by facts read now."""

    async def __call__(self, items: Sequence[OutboxItem], *, now: datetime) -> Passage:
        """Part the actions into those that may go and those held back; none is lost."""
        ...


async def pass_gates(
    gates: Sequence[Gate], items: Sequence[OutboxItem], *, now: datetime
) -> Passage:
    """Lead actions through the gates in order; each is held by the first gate that minds it."""
    kept = tuple(items)
    held: list[Held] = []
    for gate in gates:
        if not kept:
            break
        passage = await gate(kept, now=now)
        kept = passage.kept
        held += passage.held
    return Passage(kept, tuple(held))
