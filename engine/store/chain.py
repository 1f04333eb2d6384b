"""The outcome log's hash chain: appended under a lock, checked row by row.

Each row's hash is the SHA-256, in hex, of the canonical JSON (keys sorted, no spaces, ASCII) of its
fields named in `HASHED`, among them its own number and the hash of the row before. The row before
the first has the hash `GENESIS`, sixty-four zeros. ``chain_head`` holds the number and hash of the
last row, so that rows cut from the end are missed too.

A chain without a key shows what was changed, not who may change: one who rewrites every row and the
head leaves a chain that fits. Only a head noted elsewhere tells then; `walk` takes one as
``expected``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, func, select, type_coerce, update

from engine.store.column_types import storable, write_instant
from engine.store.tables import chain_head, outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from enum import StrEnum

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.reasons import Reason

GENESIS = "0" * 64
HASHED = (
    "seq",
    "at",
    "kind",
    "action_id",
    "mention",
    "policy",
    "rule",
    "action",
    "state",
    "reason",
    "detail",
    "payload",
    "previous",
)
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """What one row of the outcome log is to say.

    Attributes:
        action: The action's kind: ``reply``, ``notify``, …
        kind: What the row speaks of: ``action``, or ``incident``, ``silence``, ``case``; of these,
            ``action_id`` is their id, ``action`` what was done and ``state`` where they stand then.
        payload: More, as JSON; holds no text of a mention, so that erasing one keeps the chain.
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


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain at some time: how many rows, and the last one's hash."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found.

    Attributes:
        rows: Rows that fit, from the first on.
        head: Hash of the last row that fits.
        bad_row: Number of the first row that is changed, missing or too many; None where all fit.
        problem: What is wrong with it, for a person; empty where all fit.
    """

    rows: int
    head: str
    bad_row: int | None = None
    problem: str = ""

    @property
    def is_intact(self) -> bool:
        """Whether every row fits."""
        return self.bad_row is None


def canonical_json(value: Any) -> str:
    """Return the one way to write a JSON value: keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def outcome_hash(row: Mapping[str, Any]) -> str:
    """Return the hash a row must have.

    Args:
        row: The fields of `HASHED` as stored: ``at`` and ``payload`` are text.
    """
    hashed = canonical_json({name: row[name] for name in HASHED})
    return hashlib.sha256(hashed.encode("ascii")).hexdigest()


async def append_outcomes(
    connection: AsyncConnection, entries: Sequence[OutcomeEntry], *, at: datetime
) -> None:
    """Append rows in order, within the caller's transaction."""
    if not entries:
        return
    # The head's row lock lines writers up until commit, so numbers have no gap and no fork.
    head = (await connection.execute(select(chain_head).with_for_update())).one()
    seq, previous = head.seq, head.hash
    rows = []
    for entry in entries:
        seq += 1
        row = _stored_form(entry, at) | {"seq": seq, "previous": previous}
        row["hash"] = previous = outcome_hash(row)
        rows.append(row | {"at": at})
    await connection.execute(outcomes.insert(), rows)
    await connection.execute(update(chain_head).values(seq=seq, hash=previous))


async def lock_chain(connection: AsyncConnection) -> None:
    """Keep everyone else who appends, or takes this lock, out until the transaction ends.

    Whoever changes more than the log takes it first, so that no two wait for one another.
    """
    await connection.execute(select(chain_head.c.seq).with_for_update())


async def read_head(connection: AsyncConnection) -> ChainHead:
    """Return where the chain ends by its own account."""
    head = (await connection.execute(select(chain_head))).one()
    return ChainHead(head.seq, head.hash)


async def walk(connection: AsyncConnection, *, expected: ChainHead | None = None) -> ChainReport:
    """Check every row, its place and the end of the chain.

    Args:
        expected: A head noted earlier, elsewhere: the chain must still hold it.
    """
    head = await read_head(connection)
    anchors = [one for one in (expected, head) if one is not None and one.rows]
    report = ChainReport(0, GENESIS)
    while True:
        rows = await _page(connection, after=report.rows)
        for row in rows:
            report = _step(report, row, anchors)
            if not report.is_intact:
                return report
        if len(rows) < _PAGE:
            break
    longest = max((anchor.rows for anchor in anchors), default=0)
    if report.rows < longest:
        missing = f"row {report.rows + 1} is missing: {longest} rows were written"
        return _broken(report, report.rows + 1, missing)
    return await _check_end(connection, report)


def _step(report: ChainReport, row: Mapping[str, Any], anchors: Sequence[ChainHead]) -> ChainReport:
    wanted = report.rows + 1
    if row["seq"] != wanted:
        found = f"row {wanted} is missing: row {row['seq']} follows row {report.rows}"
        return _broken(report, wanted, found)
    if row["previous"] != report.head:
        return _broken(report, wanted, f"row {wanted} does not continue row {report.rows}")
    if row["hash"] != outcome_hash(row):
        return _broken(report, wanted, f"row {wanted} was changed: it does not fit its hash")
    if any(anchor.rows == wanted and anchor.hash != row["hash"] for anchor in anchors):
        return _broken(report, wanted, f"row {wanted} is not the one the head was noted for")
    return ChainReport(wanted, row["hash"])


async def _check_end(connection: AsyncConnection, report: ChainReport) -> ChainReport:
    # One statement, hence one snapshot: rows appended during the walk are in both or in neither.
    last = select(func.coalesce(func.max(outcomes.c.seq), 0)).scalar_subquery()
    head, end = (await connection.execute(select(chain_head.c.seq, last))).one()
    if end > head:
        extra = f"row {head + 1} was not written by the engine: its head stands at {head}"
        return _broken(report, head + 1, extra)
    return report


async def _page(connection: AsyncConnection, *, after: int) -> list[Mapping[str, Any]]:
    # The text of `at` as it stands: one that was made no instant is a bad row, not a crash.
    at = type_coerce(outcomes.c.at, Text).label("at")
    others = [column for column in outcomes.c if column.name != "at"]
    query = select(at, *others).where(outcomes.c.seq > after).order_by(outcomes.c.seq).limit(_PAGE)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _broken(report: ChainReport, row: int, problem: str) -> ChainReport:
    return ChainReport(report.rows, report.head, row, problem)


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
