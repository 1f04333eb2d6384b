"""What the parts of the engine promise one another, so that none imports its equals.

The composition root (`engine.app`) hands each part the others it needs, as these protocols.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.decision import Severity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from engine.classification import Classification
    from engine.decision import Action, ActionState, Decision
    from engine.mention import Mention
    from engine.news import News
    from engine.reasons import Reason
    from engine.sending import UpstreamChange


class Classifier(Protocol):
    """Answers one or more tasks for texts, in batches."""

    @property
    def name(self) -> str:
        """The backend's name, as it stands in every Classification."""
        ...

    @property
    def version(self) -> str:
        """Hash of the artefact: changes when an answer may change."""
        ...

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """The tasks it answers, each with its labels."""
        ...

    def classify(
        self, texts: Sequence[str], languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        """Return one Classification a task for each text, in the order of the texts.

        The same text gets the same answer in any batch. Blocking: the runner calls it in a thread.
        """
        ...


class LanguageIdentifier(Protocol):
    """Names the language of short texts."""

    def identify(
        self, texts: Sequence[str], declared: Sequence[str | None] | None = None
    ) -> list[str | None]:
        """Return an ISO 639-1 code for each text, None where it cannot be told.

        Args:
            declared: What each text's author says to write in, None where nothing is known; left
                out: nothing is known of any. Decides where the text leaves it open.
        """
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An input that is no mention, kept.

    Attributes:
        place: Where it stood: ``file:line``, a URL and entry id, a request id. With the source it
            identifies the dead letter: the same one arriving again is stored once.
        reason: Which field, the value seen, what would be right.
        raw: The input, cut at 64 KiB.
    """

    source: str
    place: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """What one read of a source brought.

    Attributes:
        source: Name of the configured source; its cursor is stored under it.
        cursor: Where reading goes on once this batch is stored, as JSON; None to leave it as it is.
        upstream: Mentions edited or deleted where they were written; of an edit, the new text is a
            mention of the batch as well.
        read: How many inputs the batch stands for: ``len(mentions) + len(dead)``.
    """

    source: str
    mentions: tuple[Mention, ...]
    dead: tuple[DeadLetter, ...] = ()
    cursor: Mapping[str, Any] | None = None
    upstream: tuple[UpstreamChange, ...] = ()

    @property
    def read(self) -> int:
        """How many inputs the batch stands for."""
        return len(self.mentions) + len(self.dead)


class Source(Protocol):
    """Brings mentions in batches; knows nothing of what becomes of them."""

    @property
    def name(self) -> str:
        """Name of this configured source: the key of its cursor."""
        ...

    def batches(self, cursor: Mapping[str, Any] | None) -> AsyncIterator[SourceBatch]:
        """Yield batches from where a cursor points; ends when the source is exhausted.

        The caller stores a batch, with its cursor, before it asks for the next one: that is the
        back-pressure. Reading again from an old cursor brings the same mentions again.

        Raises:
            RecoverableSourceError: Reading may succeed later.
            PermanentSourceError: Reading can never succeed as configured.
        """
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one SourceBatch; all of it together is ``batch.read``.

    Attributes:
        dead_letters: Those of the batch, and mentions whose identity was taken by another text.
        forgotten: Written by people who were forgotten: nothing of it was stored.
    """

    stored: int
    duplicates: int
    dead_letters: int
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One mention of the durable log with its place in it (from 1, growing, gaps allowed)."""

    seq: int
    mention: Mention


@dataclass(frozen=True, slots=True)
class Decided:
    """All that is to be stored of one mention's way through classify and decide.

    Attributes:
        over_time: What rules over time came to as this mention moved time or counted, in order of
            time; each match has a `firing`, and the decision's mention is the latest that counted
            for it, which may be another one.
    """

    seq: int
    mention: Mention
    classifications: tuple[Classification, ...]
    decisions: tuple[Decision, ...]
    over_time: tuple[Decision, ...] = ()


class MentionLog(Protocol):
    """The durable log between intake and decide."""

    async def append(self, batch: SourceBatch, *, observed_at: datetime) -> Stored:
        """Store a batch's mentions, dead letters and cursor in one transaction, idempotently."""
        ...

    async def cursor(self, source: str) -> Mapping[str, Any] | None:
        """Return a source's stored cursor, None before its first batch."""
        ...

    async def undecided(self, *, limit: int) -> list[LogEntry]:
        """Return the next mentions that were not decided yet, in log order."""
        ...

    async def backlog(self) -> int:
        """Return how many stored mentions are not decided yet."""
        ...

    async def load_state(self) -> dict[str, Mapping[str, Any]]:
        """Return every stored piece of window state by key."""
        ...

    async def erasures(self) -> int:
        """Return how often something was erased from the state: ask before loading it."""
        ...

    async def record(
        self,
        decided: Sequence[Decided],
        *,
        state: Mapping[str, Mapping[str, Any] | None],
        at: datetime,
        news: News | None = None,
    ) -> None:
        """Store classifications, decisions, actions, changed state and the cursor at once.

        Args:
            decided: In log order, contiguous with what was recorded before.
            state: Changed pieces of window state by key; None deletes the piece.
            at: Stands in the outcome log for actions that are suppressed from the start.
            news: What else became of rules over time and of incidents; None for nothing.

        Raises:
            StateErasedError: Something was erased since the state was loaded: load it anew.
        """
        ...


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One action to be sent, with what sending needs to know.

    Attributes:
        attempts: How many attempts were begun before this one.
        created_at: When it was planned, event time.
        first_attempt_at: When the first attempt was begun; None before it. Counts how long the
            other side still honours the action's id.
        last_attempt_at: When the latest was; counts how long an effect may be on its way.
        is_in_doubt: Whether an earlier attempt may have taken effect.
        severity: Of the match that planned it.
        risk: In [0, 1]: `engine.risk` of what it would say; 0 where it was not judged.
    """

    action: Action
    policy: str
    rule: str
    mention: Mention
    attempts: int
    created_at: datetime
    first_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    is_in_doubt: bool = False
    severity: Severity = Severity.MINOR
    risk: float = 0.0


@dataclass(frozen=True, slots=True)
class Settled:
    """How one action leaves an attempt.

    Attributes:
        not_before: For `planned` again: no new attempt before this instant. For `unknown`: when it
            is looked back for; None where only a person can tell.
        receipt: What the receiver answered, as JSON: an id, a URL, a status.
        is_in_doubt: Whether this attempt may have taken effect although it is to be made again.
        is_untried: Whether nothing was attempted: it does not count among the attempts.
    """

    action_id: str
    state: ActionState
    reason: Reason | None = None
    detail: str = ""
    not_before: datetime | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    is_in_doubt: bool = False
    is_untried: bool = False


class Outbox(Protocol):
    """The durable list of actions between decide and the receivers."""

    async def due(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Return due planned and approved actions without moving them, in the order of `claim`.

        For record-only receivers, whose actions are settled `planned` to `sent` at once.
        """
        ...

    async def claim(
        self, *, now: datetime, limit: int, kinds: Sequence[str] = ()
    ) -> list[OutboxItem]:
        """Move due planned and approved actions to `sending` and return them.

        Each gets an attempt and is claimed by one caller only. The move is durable before this
        returns.
        """
        ...

    async def settle(self, settled: Sequence[Settled], *, at: datetime) -> None:
        """Move claimed actions on, and append an outcome for each final or unknown state."""
        ...

    async def interrupted(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return the actions left `sending` by a process that died."""
        ...

    async def to_look_up(self, *, now: datetime, limit: int) -> list[OutboxItem]:
        """Return unknown actions that it is time to look back for, the longest unknown first."""
        ...

    async def postpone(self, action_id: str, *, until: datetime | None, detail: str) -> None:
        """Look back for an unknown action at another time; None leaves it to a person."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when the earliest action falls due, or is looked back for; None when none is."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """A place to notify, declared by a `channel:` document; secrets already resolved.

    Attributes:
        kind: ``log``, ``webhook``, ``email``, …
        settings: The document's other fields, `${NAME}` replaced by the environment.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]


class Receiver(Protocol):
    """Carries out actions of some kinds.

    Attributes of the nature of the other side:
        is_record_only: The outcome's record is the whole effect, so a crash cannot double it.
        is_idempotent: The other side honours the action's id, so sending again is safe.
        idempotent_for: How long it does, from the first attempt; None for ever.

    One that can look whether an action took effect is an `engine.receiving.ReadsBack` as well.
    """

    @property
    def is_record_only(self) -> bool:
        """Whether the outcome's record is the whole effect."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether sending the same action id again has no second effect."""
        ...

    @property
    def idempotent_for(self) -> timedelta | None:
        """How long the other side honours an id, from the first attempt; None for ever."""
        ...

    def account(self, item: OutboxItem) -> str:
        """Return through what an action goes: ``account:NAME``, ``channel:NAME`` or ``record``.

        Pace, failures and caps are counted by it.

        Raises:
            PermanentActionError: Nothing of that name is set up.
        """
        ...

    async def send(self, item: OutboxItem, *, now: datetime) -> Mapping[str, Any]:
        """Carry the action out and return the receipt.

        Raises:
            RecoverableActionError: Known not to have taken effect; may succeed later.
            PermanentActionError: Refused for good.
            UnconfirmedActionError: May have taken effect.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """How attempts are spaced.

    Attributes:
        first: Pause after the first failure; doubles each time up to `longest`.
        attempts: Attempts in all before an action fails.
    """

    first: timedelta
    longest: timedelta
    attempts: int
