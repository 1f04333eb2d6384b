"""Builders for the store's tests: batches, decisions, and a look at rows from outside the store."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from engine.classification import Classification
from engine.decision import (
    Action,
    ActionState,
    Decision,
    Match,
    Mode,
    Severity,
    TraceNode,
)
from engine.ports import Decided, LogEntry, SourceBatch
from engine.reasons import Reason
from engine.testing import NOON, mention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from engine.mention import Mention
    from engine.store import Store

LATER = NOON + timedelta(minutes=5)


def batch(*mentions: Mention, **fields: Any) -> SourceBatch:
    """A batch of the source ``feed``."""
    return SourceBatch(source=fields.pop("source", "feed"), mentions=mentions, **fields)


def mentions(count: int, *, start: int = 1) -> tuple[Mention, ...]:
    """Mentions with ids from ``import:<start>`` on."""
    return tuple(
        mention(f"hello acme, number {number}", external_id=str(number))
        for number in range(start, start + count)
    )


def action(number: int | str = 1, **fields: Any) -> Action:
    """An action whose id is ``action-<number>``."""
    known: dict[str, Any] = {
        "id": f"action-{number}",
        "kind": "notify",
        "index": 0,
        "params": {"channel": "team", "text": "look"},
        "mode": Mode.ENFORCE,
        "state": ActionState.PLANNED,
    }
    return Action(**{**known, **fields})


def suppressed(number: int | str = 1, **fields: Any) -> Action:
    """An action held back from the start by a cooldown."""
    return action(number, state=ActionState.SUPPRESSED, reason=Reason.COOLDOWN, **fields)


def decided(entry: LogEntry, *actions: Action, **fields: Any) -> Decided:
    """One match of rule ``angry``, with the actions; ``severity``, ``at`` and ``rule`` may be set."""
    rule = fields.pop("rule", "angry")
    match = Match(
        rule=rule,
        revision=f"{rule}-1",
        severity=fields.pop("severity", Severity.MINOR),
        mode=Mode.ENFORCE,
        actions=actions,
        trace=TraceNode("sentiment: negative", held=True, value="negative", wanted="negative"),
    )
    decision = Decision(
        policy="care",
        revision="care-1",
        mention=entry.mention.id,
        at=fields.pop("at", NOON),
        matches=(match,),
        held_back=fields.pop("held_back", ()),
    )
    return Decided(entry.seq, entry.mention, (_negative(),), (decision,))


def undecided(entry: LogEntry) -> Decided:
    """A mention that no rule matched."""
    return Decided(entry.seq, entry.mention, (_negative(),), ())


async def plan(store: Store, *actions: Action, **fields: Any) -> None:
    """Store one more mention and record a match with these actions for it."""
    counts = await store.queries.counts()
    await store.log.append(batch(*mentions(1, start=counts["mentions"] + 1)), observed_at=NOON)
    [entry] = await store.log.undecided(limit=10)
    at = fields.pop("recorded_at", NOON)
    await store.log.record([decided(entry, *actions, **fields)], state={}, at=at)


async def states(store: Store) -> dict[str, str]:
    """The state of each action, by id."""
    return {row["id"]: row["state"] for row in await store.queries.actions(limit=1000)}


@contextlib.contextmanager
def outside(url: str) -> Iterator[Connection]:
    """A connection of our own, in a transaction that is committed: what another program could do."""
    found = make_url(url)
    driver = "sqlite" if found.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(found.set(drivername=driver))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def meddle(url: str, *statements: str) -> None:
    """Run SQL behind the store's back."""
    with outside(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


def count(url: str, table: str) -> int:
    """How many rows a table has, seen from outside."""
    with outside(url) as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def _negative() -> Classification:
    return Classification("sentiment", "negative", 0.9, {"negative": 0.9, "neutral": 0.1})
