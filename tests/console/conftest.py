"""A console over doubles: rows in memory, a runner's numbers, an intake somebody reads."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from engine.console.application import create_app
from engine.console.parts import ConsoleParts, Intake
from engine.mention_json import write_mention
from engine.settings import HttpSettings
from engine.store.chain import ChainReport
from engine.testing import NOON, ManualClock, mention
from engine.units import format_instant
from streams.runner_parts import RunnerStats
from streams.sources.intake import IntakeSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.clock import Clock
    from engine.ports import SourceBatch
    from streams.sources.intake import Received

AT = format_instant(NOON)


@dataclass
class ShownRows:
    """A read side over lists; each list is newest first, as the store's."""

    mention_rows: list[dict[str, Any]] = field(default_factory=list)
    decision_rows: list[dict[str, Any]] = field(default_factory=list)
    outcome_rows: list[dict[str, Any]] = field(default_factory=list)
    dead_rows: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    halted: list[dict[str, str]] = field(default_factory=list)
    action_rows: list[dict[str, Any]] = field(default_factory=list)
    whole: dict[str, dict[str, Any]] = field(default_factory=dict)
    report: ChainReport = field(default_factory=lambda: ChainReport(3, "a" * 64))
    failure: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    counted: int = 0

    def _rows(self, rows, *, limit=50, before_seq=None, after_seq=None, **asked):
        if self.failure is not None:
            raise self.failure
        self.asked.append(asked)
        if after_seq is not None:
            return [row for row in reversed(rows) if row["seq"] > after_seq][:limit]
        return [row for row in rows if before_seq is None or row["seq"] < before_seq][:limit]

    async def mentions(self, **asked):
        return self._rows(self.mention_rows, **asked)

    async def mention(self, mention_id):
        for row in self._rows(self.mention_rows, limit=10_000):
            if row["id"] == mention_id:
                plain = {"mention": row, "is_decided": True, "decisions": [], "held_back": []}
                return {**plain, **self.whole.get(mention_id, {})}
        return None

    async def matches(self, mention_ids):
        self._rows([])
        found = {}
        for row in reversed(self.decision_rows):
            if row["mention"] in mention_ids:
                found.setdefault(row["mention"], []).append(row)
        return found

    async def actions(self, **asked):
        return self._rows(self.action_rows, **asked)

    async def verify_chain(self):
        self._rows([])
        return self.report

    async def decisions(self, **asked):
        return self._rows(self.decision_rows, **asked)

    async def outcomes(self, **asked):
        return self._rows(self.outcome_rows, **asked)

    async def dead_letters(self, **asked):
        return self._rows(self.dead_rows, **asked)

    async def counts(self):
        self._rows([])
        self.counted += 1
        total = len(self.mention_rows)
        return {
            "mentions": total,
            "classified": total,
            "decided": total,
            "decisions": len(self.decision_rows),
            "dead_letters": len(self.dead_rows),
            "outcomes": len(self.outcome_rows),
            "backlog": 0,
            "actions": self.states,
            "halted": self.halted,
        }

    async def label_counts(self, **_asked):
        return self.labels

    async def rule_counts(self, **_asked):
        return self.rules


def mention_row(seq: int, text: str = "hello acme", *, label: str = "neutral", **fields: Any):
    """Return a mention as the store lists it."""
    fields.setdefault("external_id", str(seq))
    row = write_mention(mention(text, **fields))
    answer = {"label": label, "score": 0.9, "scores": {}, "classifier": "linear", "version": "1"}
    return {**row, "observed_at": AT, "seq": seq, "classifications": {"sentiment": answer}}


def decision_row(seq: int, *, of: str = "import:1", **fields: Any):
    """Return a decision as the store lists it."""
    row = {
        "seq": seq,
        "id": f"{seq:064x}",
        "mention": of,
        "brand": "acme",
        "policy": "acme-care",
        "policy_revision": "p1",
        "rule": "angry-refund",
        "rule_revision": "r1",
        "severity": "minor",
        "mode": "draft",
        "at": AT,
        "trace": None,
    }
    return {**row, **fields}


def action_row(seq: int, *, of: str = "import:1", text: str = "hello acme", **fields: Any):
    """Return an action as the store lists it: a reply that waits for a person."""
    reply = {"text": "Hello Zoé", "language": "en", "template": "hello", "channel": "import"}
    said = write_mention(mention(text))
    row = {
        "seq": seq,
        "id": f"{seq:064x}",
        "decision_id": f"{seq:064x}",
        "kind": "reply",
        "idx": 0,
        "params": {**reply, "approval": "required"},
        "mode": "draft",
        "state": "awaiting_approval",
        "reason": None,
        "detail": "",
        "not_before": None,
        "attempts": 0,
        "created_at": AT,
        "updated_at": AT,
        "receipt": {},
        "policy": "acme-care",
        "rule": "angry-refund",
        "severity": "minor",
        "mention": of,
        "about": {
            name: said[name]
            for name in ("text", "language", "source", "published_at", "url", "author")
        },
    }
    return {**row, **fields}


def outcome_row(seq: int, *, of: str = "import:1", **fields: Any):
    """Return a row of the outcome log as the store lists it."""
    row = {
        "seq": seq,
        "at": AT,
        "kind": "action",
        "action_id": f"{seq:064x}",
        "action": "notify",
        "mention": of,
        "policy": "acme-care",
        "rule": "angry-refund",
        "state": "sent",
        "reason": None,
        "detail": "",
        "payload": {},
        "previous": "0" * 64,
        "hash": "1" * 64,
    }
    return {**row, **fields}


class WatchedIntake(IntakeSource):
    """An intake that says when it was offered something."""

    def __init__(self, name: str, capacity: int = 10_000) -> None:
        super().__init__(name, capacity)
        self.offered = asyncio.Event()

    async def offer(self, received: Received, *, key: str) -> None:
        self.offered.set()
        await super().offer(received, key=key)


@dataclass
class Runner:
    """Reads an intake as the runner does, and keeps what it stored."""

    source: IntakeSource
    batches: list[SourceBatch] = field(default_factory=list)

    async def read(self) -> None:
        async for batch in self.source.batches(None):
            self.batches.append(batch)

    @property
    def texts(self) -> list[str]:
        return [one.text for batch in self.batches for one in batch.mentions]


@dataclass
class Console:
    """One console to ask, and the doubles behind it."""

    parts: ConsoleParts
    reads: ShownRows
    stats: RunnerStats
    clock: Clock
    client: httpx.AsyncClient
    intake: WatchedIntake
    runner: Runner


@asynccontextmanager
async def opened(
    *, is_read: bool = True, capacity: int = 10_000, **settings: Any
) -> AsyncIterator[Console]:
    """Open a console over doubles.

    Args:
        is_read: Whether a runner takes what is pushed.
        settings: Of `HttpSettings`; and `hosts` and `store_within` of the parts.
    """
    others = {name: settings.pop(name) for name in ("hosts", "store_within") if name in settings}
    intake = WatchedIntake("push", capacity)
    reads, stats, clock = ShownRows(), RunnerStats(), ManualClock()
    parts = ConsoleParts(
        settings=HttpSettings(**settings),
        clock=clock,
        reads=reads,
        stats=stats,
        intakes={"push": Intake(intake, brand="acme")},
        **others,
    )
    runner = Runner(intake)
    reading = asyncio.create_task(runner.read()) if is_read else None
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Console(parts, reads, stats, clock, client, intake, runner)
    if reading is not None:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


@pytest.fixture
def open_console():
    """The way to open a console with settings of the test's own."""
    return opened


@pytest.fixture
async def console():
    """A console with no token and no secret."""
    async with opened() as found:
        yield found


@pytest.fixture
def rows():
    """Builders of rows: mention, decision, action, outcome."""
    return {
        "mention": mention_row,
        "decision": decision_row,
        "action": action_row,
        "outcome": outcome_row,
    }
