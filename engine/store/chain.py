"""The outcome log's hash chain: appended under a lock, checked row by row, erased by leave of it.

What a row's hash goes over stands in `engine.audit.form`. Each row holds the hash of the row
before; the row before the first has the hash `GENESIS`, sixty-four zeros. ``chain_head`` holds the
number and hash of the last row, so that rows cut from the end are missed too.

A chain without a key shows what was changed, not who may change: one who rewrites every row and the
head leaves a chain that fits. Only a head or a signed checkpoint kept elsewhere tells then; `walk`
takes them as ``anchors``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, func, select, type_coerce, update

from engine.audit.erasures import ERASURE, Erasures, payload_of
from engine.audit.form import (
    BLANK,
    GENESIS,
    canonical_json,
    outcome_hash,
    rest_hash,
    seal_words,
    without_salts,
)
from engine.audit.report import ChainHead, ChainReport
from engine.audit.walk import BEGINNING, Anchor, Walk
from engine.store.column_types import storable, write_instant
from engine.store.database import RANDOMNESS, in_chunks
from engine.store.tables import chain_head, outcomes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.reasons import Reason

__all__ = [
    "GENESIS",
    "ChainHead",
    "ChainReport",
    "OutcomeEntry",
    "append_outcomes",
    "canonical_json",
    "erase_outcomes",
    "lock_chain",
    "outcome_hash",
    "read_head",
    "walk",
]

_PAGE = 1000


class ErasureState(StrEnum):
    """Where an erasure stands: it is told of once, when it is done."""

    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """What one row of the outcome log is to say.

    Attributes:
        action: The action's kind: ``reply``, ``notify``, …
        kind: What the row speaks of: ``action``, ``incident``, ``silence``, ``policy``, …; of all
            but the first, ``action_id`` is its id, ``action`` what was done and ``state`` where it
            stands then.
        payload: More, as JSON; what a person did has ``by`` and ``reason``. Holds no text of a
            mention.
    """

    action_id: str
    mention: str
    policy: str
    rule: str
    action: str
    state: StrEnum
    reason: Reason | None = None
    detail: str = ""
    kind: str = "action"
    payload: Mapping[str, Any] = field(default_factory=dict)


async def append_outcomes(
    connection: AsyncConnection, entries: Sequence[OutcomeEntry], *, at: datetime
) -> None:
    """Append rows in order, within the caller's transaction."""
    if not entries:
        return
    # The head's row lock lines writers up until commit, so numbers have no gap and no fork.
    head = (await connection.execute(select(chain_head).with_for_update())).one()
    randomness = _randomness(connection)
    seq, previous = head.seq, head.hash
    rows = []
    for entry in entries:
        seq += 1
        row = _stored_form(entry, at) | {"seq": seq, "previous": previous}
        row["seals"] = seal_words(row, randomness)
        row["hash"] = previous = outcome_hash(row)
        rows.append(row | {"at": at, "erased": 0})
    await connection.execute(outcomes.insert(), rows)
    await connection.execute(update(chain_head).values(seq=seq, hash=previous))


async def erase_outcomes(
    connection: AsyncConnection, seqs: Sequence[int], *, by: str, reason: str, at: datetime
) -> int:
    """Blank what rows say of a person, within the caller's transaction; the chain fits as before.

    Their ``mention``, ``detail`` and ``payload`` go, and the salts with them; one row of the kind
    ``erasure`` is appended that names them. Rows erased before, and erasure rows, stay as they are.

    Args:
        by: Who erases; like the reason it stands in the log for good, so neither may name the
            person who is forgotten.

    Returns:
        How many rows were erased now.
    """
    await lock_chain(connection)
    erased = [row async for row in _erasable(connection, seqs)]
    if not erased:
        return 0
    is_it = outcomes.c.seq == bindparam("of_seq")
    await connection.execute(update(outcomes).where(is_it), [_blanked(row) for row in erased])
    entry = _erasure(erased, by=by, reason=reason)
    await append_outcomes(connection, [entry], at=at)
    return len(erased)


async def lock_chain(connection: AsyncConnection) -> None:
    """Keep everyone else who appends, or takes this lock, out until the transaction ends.

    Whoever changes more than the log takes it first, so that no two wait for one another.
    """
    await connection.execute(select(chain_head.c.seq).with_for_update())


async def read_head(connection: AsyncConnection) -> ChainHead:
    """Return where the chain ends by its own account."""
    head = (await connection.execute(select(chain_head))).one()
    return ChainHead(head.seq, head.hash)


async def one_snapshot(connection: AsyncConnection) -> None:
    """Let all that the transaction reads be of one moment; call it before anything is read."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


async def walk(
    connection: AsyncConnection,
    *,
    anchors: Sequence[Anchor] = (),
    start: ChainHead = BEGINNING,
    on_progress: Callable[[int], None] = lambda _: None,
) -> ChainReport:
    """Check every row, its place and the end of the chain.

    Args:
        connection: After `one_snapshot`, so that what is appended, or erased, during the walk is
            not seen by halves.
        anchors: What the log must hold: heads noted earlier, checkpoints.
        start: Rows up to there were checked before.
        on_progress: Told now and then how many rows fit.
    """
    found = (await connection.execute(select(chain_head))).one_or_none()
    head = None if found is None else ChainHead(found.seq, found.hash)
    own = [] if head is None or not head.rows else [Anchor(head, "the head")]
    walking = Walk(await _erasures(connection, start), [*anchors, *own], start=start)
    async for row in read_outcomes(connection, after=start.rows):
        if not walking.step(row):
            break
        if row["seq"] % _PAGE == 0:
            on_progress(row["seq"])
    if walking.sought:
        query = _as_stored().where(outcomes.c.previous.in_(walking.sought))
        rows = (await connection.execute(query.order_by(outcomes.c.seq))).mappings()
        walking.explain([dict(one) for one in rows])
    return walking.end(head=head)


async def read_outcomes(
    connection: AsyncConnection, *, after: int = 0
) -> AsyncIterator[dict[str, Any]]:
    """Yield rows of the log as the columns hold them, in order, a page in memory at a time."""
    while True:
        query = _as_stored().where(outcomes.c.seq > after).order_by(outcomes.c.seq).limit(_PAGE)
        rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1]["seq"]


async def last_outcome(connection: AsyncConnection) -> int:
    """Return the highest number in the log, whatever its head says; 0 where it is empty."""
    query = select(func.coalesce(func.max(outcomes.c.seq), 0))
    return int((await connection.execute(query)).scalar_one())


async def _erasures(connection: AsyncConnection, start: ChainHead) -> Erasures:
    columns = outcomes.c
    query = select(columns.seq, columns.payload)
    query = query.where(columns.kind == ERASURE, columns.seq > start.rows).order_by(columns.seq)
    found = Erasures()
    for row in await connection.execute(query):
        found.add(row.seq, row.payload)
    return found


async def _erasable(
    connection: AsyncConnection, seqs: Sequence[int]
) -> AsyncIterator[Mapping[str, Any]]:
    for chunk in in_chunks(sorted(set(seqs))):
        columns = outcomes.c
        query = _as_stored().where(columns.seq.in_(chunk), columns.erased == 0)
        query = query.where(columns.kind != ERASURE).order_by(columns.seq)
        for row in (await connection.execute(query)).mappings().all():
            yield dict(row)


def _blanked(row: Mapping[str, Any]) -> dict[str, Any]:
    seals = row["seals"]
    blank = {"of_seq": row["seq"], "seals": None if seals is None else without_salts(seals)}
    return blank | BLANK | {"erased": 1}


def _erasure(erased: Sequence[Mapping[str, Any]], *, by: str, reason: str) -> OutcomeEntry:
    numbers = [row["seq"] for row in erased]
    kept = {row["seq"]: rest_hash(row) for row in erased if row["seals"] is None}
    return OutcomeEntry(
        action_id=f"erasure-{numbers[0]}",
        mention="",
        policy="",
        rule="",
        action="erase",
        state=ErasureState.ERASED,
        detail=f"{len(numbers)} row(s), by {by}",
        kind=ERASURE,
        payload=payload_of(numbers, kept, by=by, reason=reason),
    )


def _as_stored() -> Any:
    # The text of `at` as it stands: one that was made no instant is a bad row, not a crash.
    at = type_coerce(outcomes.c.at, Text).label("at")
    return select(at, *(column for column in outcomes.c if column.name != "at"))


def _randomness(connection: AsyncConnection) -> Callable[[int], bytes]:
    options = connection.sync_engine.get_execution_options()
    found: Callable[[int], bytes] = options.get(RANDOMNESS, os.urandom)
    return found


def _stored_form(entry: OutcomeEntry, at: datetime) -> dict[str, Any]:
    # Hashed as it will be read back, not as it was given.
    return {
        "at": write_instant(at),
        "kind": entry.kind,
        "action_id": storable(entry.action_id),
        "mention": storable(entry.mention),
        "policy": storable(entry.policy),
        "rule": storable(entry.rule),
        "action": storable(entry.action),
        "state": entry.state.value,
        "reason": entry.reason.value if entry.reason else None,
        "detail": storable(entry.detail),
        "payload": canonical_json(entry.payload),
    }
