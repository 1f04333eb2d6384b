"""One case: a conversation that somebody has to see to, and where it stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from engine.cases.clock import Clock
    from engine.decision import Severity


class CaseState(StrEnum):
    """Where a case stands.

    ``waiting`` is for the customer: its clocks are paused. ``reopened`` is open again after it was
    resolved, and differs from ``open`` in nothing else.
    """

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands.

    Attributes:
        action_id: The ``assign`` that opened it.
        mention: The id of the mention it was opened for.
        thread: `engine.sending.thread_key` of that mention.
        author: `engine.sending.author_key` of that mention; None where it names nobody.
        target: What it was opened for: ``queue:care`` or ``person:zoe``; never changes.
        queue: Whose it is now; None where a person alone was named.
        person: Who has it; None until somebody takes it.
        opened_at: When what opened it was decided, event time.
        answered_at: The first answer; None before it.
        clocks: Those that its queue promised when it was opened.
    """

    id: str
    action_id: str
    mention: str
    thread: str
    brand: str | None
    author: str | None
    policy: str
    rule: str
    severity: Severity
    target: str
    queue: str | None
    person: str | None
    state: CaseState
    opened_at: datetime
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    clocks: tuple[Clock, ...] = field(default=())

    @property
    def due_at(self) -> datetime | None:
        """The earliest instant at which a clock that was not stopped is due; None for none."""
        found = [one.due for one in self.clocks if one.stopped_at is None]
        return min((one for one in found if one is not None), default=None)

    @property
    def next_mark_at(self) -> datetime | None:
        """When people are to be told of one of its clocks next; None for never as it stands."""
        marks = [one.next_mark() for one in self.clocks]
        return min((mark[1] for mark in marks if mark is not None), default=None)


@dataclass(frozen=True, slots=True)
class Answer:
    """That a mention needs no further answer, as the store numbers it.

    Attributes:
        mention: The id of the mention that was answered.
        at: Aware UTC, of the clock of whoever sent or settled it.
    """

    mention: str
    at: datetime
    seq: int = 0


def case_id(action_id: str) -> str:
    """Return the id of the case that an ``assign`` opens: the same action, the same case."""
    hashed = hashlib.sha256(action_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"case-{hashed[:12]}"
