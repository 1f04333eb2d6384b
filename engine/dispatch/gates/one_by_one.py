"""How a gate parts actions that it judges each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.dispatch.gates.chain import Held, Passage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from engine.ports import OutboxItem

REPLIES = frozenset({"reply"})
ANSWERS = frozenset({"reply", "hide"})


async def part(
    items: Sequence[OutboxItem],
    kinds: Collection[str],
    judge: Callable[[OutboxItem], Awaitable[Held | None]],
) -> Passage:
    """Part actions by what a judge says of each; those of other kinds go through unasked."""
    kept, held = [], []
    for item in items:
        found = await judge(item) if item.action.kind in kinds else None
        if found is None:
            kept.append(item)
        else:
            held.append(found)
    return Passage(tuple(kept), tuple(held))
