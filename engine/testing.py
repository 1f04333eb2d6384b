"""Doubles and builders for tests, ours and those of people who extend the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.classification import Classification
from engine.mention import Author, Mention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ports import OutboxItem

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
