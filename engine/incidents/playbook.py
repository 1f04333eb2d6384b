"""One run of a playbook: what it has changed, who owes what, and how all of it is put back.

Pure: time is handed in, and what is to be done comes out; carrying it out is another's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.decision import Mode, Severity
from engine.incidents.incident import graver
from engine.units import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.policy.playbook import Level, Playbook, Task
    from engine.policy.rule import PlannedAction
    from engine.policy.templates import Template

RESTORE = "restore"
_OUTWARD = frozenset({"ads", "publishing", "escalate", "webhook"})


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the playbook has the engine do.

    Attributes:
        id: SHA-256, in hex, of the incident, the playbook, the round and the action's place: the
            same run gives the same.
        mode: How far it may go: the stricter of the rule's that opened the incident and its own.
        level: Reached when it was done; empty for at once.
        undoes: Id of the deed that this one puts back; empty for none.
        text: What to say, where it says something; ``params`` have it as it is written.
    """

    id: str
    kind: str
    params: Mapping[str, Any]
    at: datetime
    mode: Mode
    level: str = ""
    undoes: str = ""
    text: Template | None = None

    @property
    def needs_person(self) -> bool:
        """Whether a person has to approve it: what only makes the engine stricter never waits."""
        return self.kind in _OUTWARD and self.mode is not Mode.ENFORCE


@dataclass(frozen=True, slots=True)
class OwedTask:
    """A task that was given to somebody.

    Attributes:
        due: None for no deadline.
    """

    id: str
    given: datetime
    due: datetime | None
    state: TaskState = TaskState.OPEN
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(slots=True)
class PlaybookRun:
    """One run of a playbook; `begin` or `resume` makes one.

    Attributes:
        mode: The most that its deeds may do.
        severity: The gravest that the incident has had.
        changed: What is changed and not put back, by id, in order of doing.
        tasks: Those that were given, by id, in order of giving.
        stood_down: When it ended; None while it runs.
        round: How often it began again after it had ended.
    """

    playbook: Playbook
    incident: str
    begun: datetime
    mode: Mode
    severity: Severity
    changed: dict[str, Deed] = field(default_factory=dict)
    tasks: dict[str, OwedTask] = field(default_factory=dict)
    stood_down: datetime | None = None
    round: int = 0
    _done: dict[str, None] = field(default_factory=dict)

    @classmethod
    def begin(
        cls,
        playbook: Playbook,
        incident: str,
        at: datetime,
        *,
        severity: Severity,
        mode: Mode = Mode.ENFORCE,
    ) -> tuple[PlaybookRun, list[Deed]]:
        """Return a run of a playbook for an incident that has opened, and what is done at once.

        Args:
            at: Aware UTC.
            mode: Of the rule that opened the incident.
        """
        run = cls(playbook, incident, at, mode, severity)
        return run, run._catch_up(at)

    @property
    def level(self) -> Level | None:
        """The gravest level that it has reached; None where it has none, or none yet."""
        reached = self.playbook.reached(self.severity)
        return self.playbook.levels[reached - 1] if reached else None

    def rise(self, severity: Severity, at: datetime) -> list[Deed]:
        """Return what is done as the incident gets as grave as this; a lesser one changes nothing.

        Nothing once it has stood down.
        """
        if self.stood_down is not None:
            return []
        self.severity = graver(self.severity, severity)
        return self._catch_up(at)

    def again(self, severity: Severity, at: datetime) -> list[Deed]:
        """Begin anew, as the incident was reopened; while it runs this is `rise`."""
        if self.stood_down is not None:
            self.stood_down, self.round = None, self.round + 1
            self._done, self.tasks = {}, {}
        return self.rise(severity, at)

    def advance(self, until: datetime) -> list[OwedTask]:
        """Return the tasks that have become overdue by an instant, inclusive, by deadline."""
        late = [
            replace(one, state=TaskState.OVERDUE)
            for one in self.tasks.values()
            if one.state is TaskState.OPEN and one.due is not None and one.due <= until
        ]
        if self.stood_down is not None:
            return []
        self.tasks |= {one.id: one for one in late}
        return sorted(late, key=lambda one: (one.due or until, one.id))

    def done(self, task: str, who: str, at: datetime) -> OwedTask | None:
        """Note that somebody did a task; None where it is done already, or was never given."""
        found = self.tasks.get(task)
        if found is None or found.state is TaskState.DONE:
            return None
        found = replace(found, state=TaskState.DONE, done_at=at, done_by=who)
        self.tasks[task] = found
        return found

    def stand_down(self, at: datetime) -> list[Deed]:
        """Return what puts back exactly what is changed, the latest first, and what is done then.

        Twice is once: nothing is put back that was not changed, nor a second time.
        """
        if self.stood_down is not None:
            return []
        self.stood_down = at
        undone = [self._undoing(one, at) for one in reversed(self.changed.values())]
        self.changed = {}
        last = self.playbook.stand_down.actions
        done = [one for one in last if one.mode.freedom > Mode.SHADOW.freedom]
        return [*undone, *(self._deed(one, f"end {one.index}", at) for one in done)]

    def snapshot(self) -> dict[str, Any]:
        """Return all that `resume` needs, as JSON."""
        return {
            "playbook": self.playbook.id,
            "incident": self.incident,
            "begun": format_instant(self.begun),
            "mode": self.mode.value,
            "severity": self.severity.value,
            "round": self.round,
            "stood_down": _written(self.stood_down),
            "done": list(self._done),
            "changed": [_write_deed(one) for one in self.changed.values()],
            "tasks": [_write_task(one) for one in self.tasks.values()],
        }

    @classmethod
    def resume(cls, playbook: Playbook, snapshot: Mapping[str, Any]) -> PlaybookRun:
        """Return the run of a `snapshot`, going on where it stood.

        Args:
            playbook: As it is now; what was changed by an earlier text of it is put back as it was.
        """
        return cls(
            playbook,
            snapshot["incident"],
            parse_instant(snapshot["begun"]),
            Mode(snapshot["mode"]),
            Severity(snapshot["severity"]),
            {one["id"]: _read_deed(one) for one in snapshot["changed"]},
            {one["id"]: _read_task(one) for one in snapshot["tasks"]},
            _read(snapshot["stood_down"]),
            snapshot["round"],
            dict.fromkeys(snapshot["done"]),
        )

    def _catch_up(self, at: datetime) -> list[Deed]:
        """Do what the levels reached want and is not done yet; give the tasks that go with them."""
        reached = {one.name for one in self.playbook.levels[: self.playbook.reached(self.severity)]}
        found = []
        for one in self.playbook.actions:
            name = str(one.action.index)
            if name in self._done or (one.level is not None and one.level not in reached):
                continue
            self._done[name] = None
            if one.action.mode.freedom <= Mode.SHADOW.freedom:
                continue  # written to be read: nothing may be put back that was not done
            deed = self._deed(one.action, name, at, level=one.level or "")
            found.append(deed)
            if one.is_restorable:
                self.changed[deed.id] = deed
        for task in self.playbook.tasks:
            if task.id not in self.tasks and (task.level is None or task.level in reached):
                self.tasks[task.id] = _owed(task, at)
        return found

    def _deed(self, action: PlannedAction, name: str, at: datetime, *, level: str = "") -> Deed:
        params = dict(action.params)
        if action.channel:
            params["channel"] = action.channel
        if action.text is not None:
            params["text"] = action.text.source
        mode = min(self.mode, action.mode, key=lambda one: one.freedom)
        return Deed(self._id(name), action.kind, params, at, mode, level, text=action.text)

    def _undoing(self, deed: Deed, at: datetime) -> Deed:
        params = {**deed.params, "do": RESTORE, "undoes": deed.id, "was": deed.params.get("do")}
        return replace(deed, id=self._id(f"undo {deed.id}"), params=params, at=at, undoes=deed.id)

    def _id(self, name: str) -> str:
        written = f"{self.incident}\x1f{self.playbook.id}\x1f{self.round}\x1f{name}"
        return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _owed(task: Task, at: datetime) -> OwedTask:
    return OwedTask(task.id, at, None if task.within is None else at + task.within)


def _write_deed(one: Deed) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "params": dict(one.params),
        "at": format_instant(one.at),
        "mode": one.mode.value,
        "level": one.level,
    }


def _read_deed(piece: Mapping[str, Any]) -> Deed:
    at, mode = parse_instant(piece["at"]), Mode(piece["mode"])
    return Deed(piece["id"], piece["kind"], piece["params"], at, mode, piece["level"])


def _write_task(one: OwedTask) -> dict[str, Any]:
    return {
        "id": one.id,
        "given": format_instant(one.given),
        "due": _written(one.due),
        "state": one.state.value,
        "done_at": _written(one.done_at),
        "done_by": one.done_by,
    }


def _read_task(piece: Mapping[str, Any]) -> OwedTask:
    return OwedTask(
        piece["id"],
        parse_instant(piece["given"]),
        _read(piece["due"]),
        TaskState(piece["state"]),
        _read(piece["done_at"]),
        piece["done_by"],
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def _read(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
