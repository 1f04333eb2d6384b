"""Doubles and builders for tests, ours and those of people who extend the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.classification import Classification
from engine.decision import ALLOWED_MOVES, Action, ActionState, Mode
from engine.errors import StoreUnavailableError
from engine.mention import Author, Mention
from engine.ports import OutboxItem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ports import Settled

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant the clock was last set to."""
        return self._now

    def advance(self, span: timedelta) -> None:
        """Move the clock; a negative span moves it back."""
        self._now += span


class RecordingReceiver:
    """A receiver that keeps what it was sent and answers as scripted.

    Args:
        script: Exceptions to raise, one a call, None for success; success once it is used up.
    """

    idempotent_for: timedelta | None = None

    def __init__(
        self,
        script: Sequence[Exception | None] = (),
        *,
        is_record_only: bool = False,
        is_idempotent: bool = False,
    ) -> None:
        self.sent: list[OutboxItem] = []
        self._script = list(script)
        self._is_record_only = is_record_only
        self._is_idempotent = is_idempotent

    @property
    def is_record_only(self) -> bool:
        """As constructed."""
        return self._is_record_only

    @property
    def is_idempotent(self) -> bool:
        """As constructed."""
        return self._is_idempotent

    def account(self, item: OutboxItem) -> str:
        """Return the channel the action names, or that nothing leaves the engine."""
        if self._is_record_only:
            return "record"
        return f"channel:{item.action.params.get('channel', 'test')}"

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Keep the item, then raise or answer as scripted."""
        self.sent.append(item)
        answer = self._script.pop(0) if self._script else None
        if answer is not None:
            raise answer
        return {"at": now.isoformat()}


class ScriptedClassifier:
    """A classifier whose answers are given: the first word of ``answers`` found in the text wins.

    Args:
        answers: From a word to (task, label, score).
        default: The label of each task where no word is found, with score 0.9.
    """

    name = "scripted"
    version = "1"

    def __init__(
        self,
        answers: Mapping[str, tuple[str, str, float]] | None = None,
        default: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = dict(answers or {})
        self._default = dict(default or {"sentiment": "neutral", "intent": "other"})
        self.seen: list[str] = []

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks of the defaults, each with every label the script can give."""
        labels = {task: [label] for task, label in self._default.items()}
        for task, label, _ in self._answers.values():
            labels.setdefault(task, []).append(label)
        return {task: tuple(dict.fromkeys(found)) for task, found in labels.items()}

    def classify(
        self, texts: Sequence[str], languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        """Answer by the words found; remembers the texts it saw."""
        del languages
        self.seen.extend(texts)
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> tuple[Classification, ...]:
        found = {task: (label, 0.9) for task, label in self._default.items()}
        for word, (task, label, score) in self._answers.items():
            if word in text:
                found[task] = (label, score)
        return tuple(
            Classification(task, label, score, {label: score}, self.name, self.version)
            for task, (label, score) in found.items()
        )


def mention(text: str = "hello acme", **fields: Any) -> Mention:
    """Return a mention with sensible fields; name any field to set it.

    ``handle``, ``author_id`` and ``followers`` set the author's. The id and external id follow from
    each other; published at noon of 2 March 2026.
    """
    external = str(fields.pop("external_id", fields.get("id", "1")))
    source = fields.pop("source", "import")
    author = fields.pop(
        "author",
        Author(
            id=fields.pop("author_id", "77"),
            handle=fields.pop("handle", "@zoe"),
            followers=fields.pop("followers", None),
        ),
    )
    fields.setdefault("id", f"{source}:{external}")
    fields.setdefault("published_at", NOON)
    fields.setdefault("brand", "acme")
    return Mention(source=source, external_id=external, text=text, author=author, **fields)


def given(**labels: str | tuple[str, float]) -> tuple[Classification, ...]:
    """Return classifications as an input supplies them: ``given(sentiment=("negative", 0.9))``."""
    found = []
    for task, answer in labels.items():
        label, score = (answer, 0.95) if isinstance(answer, str) else answer
        found.append(Classification(task, label, score))
    return tuple(found)


def planned(kind: str = "notify", **fields: Any) -> OutboxItem:
    """Return an action waiting in the outbox; name a field of it or of its action to set it.

    ``params`` name the channel ``team`` where they are not given; its id follows from ``number``.
    """
    number = fields.pop("number", 1)
    action = Action(
        id=fields.pop("id", f"{number:064x}"),
        kind=kind,
        index=fields.pop("index", 0),
        params=fields.pop("params", {"channel": "team", "text": "look at this"}),
        mode=fields.pop("mode", Mode.ENFORCE),
        state=fields.pop("state", ActionState.PLANNED),
    )
    fields.setdefault("mention", mention())
    fields.setdefault("created_at", NOON)
    return OutboxItem(action=action, policy="care", rule="angry", attempts=0, **fields)


@dataclass(slots=True)
class _Row:
    item: OutboxItem
    state: ActionState
    not_before: datetime | None = None
    attempts: int = 0
    begun: list[datetime] = field(default_factory=list)
    is_in_doubt: bool = False


@dataclass
class MemoryOutbox:
    """An outbox that forgets nothing and allows no move that `ALLOWED_MOVES` does not.

    Attributes:
        settled: How each action was left, every time, in order.
        outages: So many of the next calls raise StoreUnavailableError.
    """

    settled: list[Settled] = field(default_factory=list)
    outages: int = 0
    _rows: dict[str, _Row] = field(default_factory=dict)

    def add(self, *items: OutboxItem) -> None:
        """Plan actions; one planned before is left as it stands."""
        for item in items:
            self._rows.setdefault(item.action.id, _Row(item, item.action.state))

    def state(self, item: OutboxItem) -> ActionState:
        """Return where an action stands."""
        return self._rows[item.action.id].state

    def move(self, item: OutboxItem, state: ActionState) -> None:
        """Move an action as a person would: approve it, cancel it."""
        self._move(item.action.id, state)

    async def due(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Return what waits and may be begun now, without moving it."""
        self._reach()
        return [self._item(row) for row in self._waiting(now, kinds)[:limit]]

    async def claim(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Move what may be begun now to `sending`, and return it."""
        self._reach()
        claimed = []
        for row in self._waiting(now, kinds)[:limit]:
            self._move(row.item.action.id, ActionState.SENDING)
            row.begun.append(now)
            claimed.append(self._item(row))
            row.attempts += 1
        return claimed

    async def settle(self, settled: Sequence[Settled], *, at: datetime) -> None:
        """Move actions on, all of them or none."""
        del at
        self._reach()
        for one in settled:
            self._check(one.action_id, one.state)
        for one in settled:
            row = self._rows[one.action_id]
            was = row.is_in_doubt and row.state is not ActionState.UNKNOWN
            row.is_in_doubt = was or one.is_in_doubt
            row.not_before = one.not_before
            self._move(one.action_id, one.state)
            row.attempts -= one.is_untried
            self.settled.append(one)

    async def interrupted(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return what stands in `sending`."""
        del now
        self._reach()
        rows = [row for row in self._rows.values() if row.state is ActionState.SENDING]
        return [replace(self._item(row), attempts=row.attempts - 1) for row in rows[:limit]]

    async def to_look_up(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return what is unknown and may be looked back for now."""
        self._reach()
        return [
            replace(self._item(row), attempts=row.attempts - 1)
            for row in self._rows.values()
            if row.state is ActionState.UNKNOWN and row.not_before and row.not_before <= now
        ][:limit]

    async def postpone(self, action_id: str, *, until: datetime | None, detail: str) -> None:
        """Look back for an unknown action at another time."""
        del detail
        self._reach()
        self._rows[action_id].not_before = until

    async def next_due(self) -> datetime | None:
        """Return when the earliest waiting action falls due."""
        self._reach()
        rows = self._waiting(None, ())
        looks = [row.not_before for row in self._rows.values() if row.state is ActionState.UNKNOWN]
        due = [row.not_before or row.item.created_at for row in rows]
        return min([*due, *(one for one in looks if one is not None)], default=None)

    def _waiting(self, now: datetime | None, kinds: Sequence[str]) -> list[_Row]:
        return [
            row
            for row in self._rows.values()
            if row.state in {ActionState.PLANNED, ActionState.APPROVED}
            and (not kinds or row.item.action.kind in kinds)
            and (now is None or row.not_before is None or row.not_before <= now)
        ]

    def _item(self, row: _Row) -> OutboxItem:
        return replace(
            row.item,
            action=replace(row.item.action, state=row.state),
            attempts=row.attempts,
            first_attempt_at=row.begun[0] if row.begun else None,
            last_attempt_at=row.begun[-1] if row.begun else None,
            is_in_doubt=row.is_in_doubt,
        )

    def _check(self, action_id: str, state: ActionState) -> None:
        before = self._rows[action_id].state
        if state not in ALLOWED_MOVES[before]:
            message = f"{action_id} may not move from {before} to {state}"
            raise AssertionError(message)

    def _move(self, action_id: str, state: ActionState) -> None:
        self._check(action_id, state)
        self._rows[action_id].state = state

    def _reach(self) -> None:
        if self.outages:
            self.outages -= 1
            message = "the database is locked"
            raise StoreUnavailableError(message)
