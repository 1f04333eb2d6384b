"""What a rehearsal shows: a timeline, and what was changed against what was put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Shown(StrEnum):
    """What an entry of the timeline tells."""

    MENTION = "mention"
    MATCHED = "matched"
    ENTERED = "entered"
    HELD_BACK = "held_back"
    INCIDENT = "incident"
    LEVEL = "level"
    WOULD = "would"
    TASK = "task"
    STATEMENT = "statement"
    TOLD = "told"
    NOT_TOLD = "not_told"
    ACKNOWLEDGED = "acknowledged"
    DEADLINE = "deadline"
    SETTLED = "settled"
    RESOLVED = "resolved"
    RESTORED = "restored"
    STOOD_DOWN = "stood_down"
    NOTE = "note"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that would happen.

    Attributes:
        at: Aware UTC, event time.
        text: In English.
        detail: The same for programs, as plain JSON.
    """

    at: datetime
    what: Shown
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"at": format_instant(self.at), "what": self.what.value, "text": self.text} | {
            name: value for name, value in self.detail.items() if value not in (None, "")
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be changed.

    Attributes:
        by: The rule, or the playbook, that changes it.
        is_kept: Whether its author wants it to stay: ``restore: never``.
        restored_at: When it is put back; None where it is not.
        restored_by: Id of the action that puts it back.
    """

    id: str
    at: datetime
    by: str
    text: str
    is_kept: bool = False
    restored_at: datetime | None = None
    restored_by: str = ""

    @property
    def is_left(self) -> bool:
        """Whether it stays although nobody wants it to."""
        return not self.is_kept and self.restored_at is None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        restored = self.restored_at
        return {
            "id": self.id,
            "at": format_instant(self.at),
            "by": self.by,
            "text": self.text,
            "restored_at": None if restored is None else format_instant(restored),
            "restored_by": self.restored_by or None,
        }


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A crisis that was played.

    Attributes:
        crisis: Where it was taken from, in words.
        is_begun: Whether an incident with the playbook opened.
        entries: In order of time; the last one is the closing table.
    """

    playbook: str
    crisis: str
    is_begun: bool
    entries: Sequence[Entry]
    changes: Sequence[Change]

    @property
    def left(self) -> list[Change]:
        """What would stay changed."""
        return [one for one in self.changes if one.is_left]

    def as_json(self) -> list[dict[str, Any]]:
        """Return the timeline as JSON."""
        return [one.as_json() for one in self.entries]


def closing(at: datetime, changes: Sequence[Change]) -> Entry:
    """Return the closing table as an entry."""
    kept = [one for one in changes if one.is_kept]
    left = [one for one in changes if one.is_left]
    restored = [one for one in changes if one.restored_at is not None]
    text = (
        f"{len(changes)} changed, {len(restored)} restored, {len(kept)} kept on purpose, "
        f"{len(left)} left; nothing was sent"
    )
    tables = {"changed": changes, "restored": restored, "kept": kept, "left": left}
    detail = {name: [one.as_json() for one in found] for name, found in tables.items()}
    return Entry(at, Shown.CLOSED, text, detail)
