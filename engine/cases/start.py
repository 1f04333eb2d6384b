"""Which clocks a case begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.cases.clock import Clock, ClockKind

if TYPE_CHECKING:
    from datetime import datetime

    from engine.policy.shared_documents import Queue

RESOLUTION = "resolution"


def clocks_of(queue: Queue | None, sla: str | None, at: datetime) -> tuple[Clock, ...]:
    """Return the clocks that an ``assign`` to a queue starts.

    The time it names is for the first answer, and the queue's ``resolution``, where it has one, for
    the whole; an ``assign`` that names ``resolution`` itself starts that one alone.

    Args:
        queue: As it stands now; None where a person was named, or the queue is gone.
        sla: The time that the ``assign`` names; one the queue no longer has starts nothing.
    """
    if queue is None:
        return ()
    names = {ClockKind.FIRST_RESPONSE: sla, ClockKind.RESOLUTION: RESOLUTION}
    if sla == RESOLUTION:
        del names[ClockKind.FIRST_RESPONSE]
    return tuple(
        Clock(kind, name, queue.sla[name].within, queue.sla[name].calendar, at)
        for kind, name in names.items()
        if name is not None and name in queue.sla
    )
