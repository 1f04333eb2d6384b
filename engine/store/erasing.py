"""Mentions erased from every table that holds something of them; figures and the chain stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, null, select, update

from engine.decision import ActionState
from engine.reasons import Reason
from engine.store.acting_tables import verdicts
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.database import in_chunks
from engine.store.tables import actions, attempts, decisions, held_back, mentions
from engine.store.traces import ERASED, GONE, Traces, shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

# Nobody has begun to send these.
_WAITING = (ActionState.PLANNED, ActionState.AWAITING_APPROVAL, ActionState.APPROVED)
# What undoing goes by: changes of ads say nothing of a person.
_KEPT_PARAMS = ("ads", "publishing")


@dataclass(frozen=True, slots=True)
class Leave:
    """By whose leave something is erased; it stands in the outcome log for good.

    Attributes:
        by: A person, or ``engine``.
        reason: Names nobody who is forgotten.
        at: Aware UTC.
    """

    by: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Erased:
    """What was erased, or would be.

    Attributes:
        mentions: Mentions of which a shell is left.
        decisions: Decisions about them; what was decided stays, why goes.
        actions: Actions on them; their texts and receipts are gone.
        cancelled: Of these, actions not begun, which will not be.
        in_flight: Of these, actions being sent at this moment: what they bring back is stored
            afterwards, so it is to be done again once they are over.
        elsewhere: Further rows that quoted or named them, by table.
    """

    mentions: int = 0
    decisions: int = 0
    actions: int = 0
    cancelled: int = 0
    in_flight: int = 0
    elsewhere: dict[str, int] = field(default_factory=dict)

    def note(self, table: str, rows: int) -> None:
        """Count rows of a table."""
        if rows:
            self.elsewhere[table] = self.elsewhere.get(table, 0) + rows


@dataclass(frozen=True, slots=True)
class Target:
    """One mention to erase, with the ids its shell is to have: its own, or digests."""

    seq: int
    id: str
    source: str
    external_id: str
    body: dict[str, Any]
    shell_id: str
    shell_external_id: str


async def erase_mentions(
    connection: AsyncConnection, targets: Sequence[Target], traces: Traces, *, at: datetime
) -> Erased:
    """Leave shells of mentions, and what was decided about them without its words.

    Args:
        traces: Learns what is to be looked for elsewhere.
    """
    found = Erased(mentions=len(targets))
    for one in targets:
        _learn(traces, one)
    await _leave_shells(connection, targets)
    for chunk in in_chunks(targets):
        seqs = [one.seq for one in chunk]
        is_theirs = held_back.c.mention_seq.in_(seqs)
        await connection.execute(update(held_back).where(is_theirs).values(detail=""))
        its = decisions.c.mention_seq.in_(seqs)
        rows = (await connection.execute(_ACTIONS.where(its))).all()
        done = await connection.execute(update(decisions).where(its).values(trace=null()))
        found.decisions += done.rowcount
        await _erase_actions(connection, rows, found, traces=traces, at=at)
    await _rename(connection, targets)
    return found


_ACTIONS = select(
    actions, decisions.c.mention, decisions.c.policy, decisions.c.rule, decisions.c.firing
).join(decisions, decisions.c.id == actions.c.decision_id)


def _learn(traces: Traces, one: Target) -> None:
    left = shell(one.body, one.shell_id, one.shell_external_id)
    traces.erased[one.source, one.external_id] = left
    traces.add_text(one.body.get("text", ""))
    if one.shell_id != one.id:
        traces.exact[one.id] = one.shell_id
        thread = f"{one.source}:{one.external_id}"
        traces.exact[thread] = f"{one.source}:{one.shell_external_id}"


async def _leave_shells(connection: AsyncConnection, targets: Sequence[Target]) -> None:
    rows = [
        {
            "of_seq": one.seq,
            "id": one.shell_id,
            "external_id": one.shell_external_id,
            "author_id": None,
            "author_handle": None,
            "text_hash": ERASED,
            "folded_text": "",
            "body": shell(one.body, one.shell_id, one.shell_external_id),
        }
        for one in targets
    ]
    if rows:
        is_it = mentions.c.seq == bindparam("of_seq")
        await connection.execute(update(mentions).where(is_it), rows)


async def _rename(connection: AsyncConnection, targets: Iterable[Target]) -> None:
    """Let decisions call the mentions what they are called now."""
    rows = [
        {"of_seq": one.seq, "of_id": one.id, "mention": one.shell_id}
        for one in targets
        if one.id != one.shell_id
    ]
    if rows:
        is_it = (decisions.c.mention_seq == bindparam("of_seq")) & (
            decisions.c.mention == bindparam("of_id")
        )
        await connection.execute(update(decisions).where(is_it), rows)


async def _erase_actions(
    connection: AsyncConnection,
    rows: Sequence[Row[Any]],
    found: Erased,
    *,
    traces: Traces,
    at: datetime,
) -> None:
    changed, entries = [], []
    for row in rows:
        state = ActionState(row.state)
        # What a rule over time tells of a crowd is sent all the same, without this voice.
        is_crowd = row.firing is not None
        stops = state in _WAITING and not is_crowd
        found.in_flight += state is ActionState.SENDING
        found.cancelled += stops
        keeps = is_crowd or row.kind in _KEPT_PARAMS
        reason = _why(row).value if stops else row.reason
        changed.append(
            {
                "of_id": row.id,
                "params": traces.value(row.params) if keeps else {},
                "receipt": traces.value(row.receipt) if keeps else {},
                "detail": traces.text(row.detail) if keeps else "",
                "state": _end(row).value if stops else row.state,
                "reason": reason,
                "updated_at": at if stops else row.updated_at,
            }
        )
        entries += [_stopped(row)] if stops else []
    found.actions += len(rows)
    await _write_actions(connection, changed)
    await append_outcomes(connection, entries, at=at)


async def _write_actions(connection: AsyncConnection, changed: Sequence[dict[str, Any]]) -> None:
    if not changed:
        return
    is_it = actions.c.id == bindparam("of_id")
    await connection.execute(update(actions).where(is_it), changed)
    ids = [one["of_id"] for one in changed]
    for chunk in in_chunks(ids):
        its = attempts.c.action_id.in_(chunk)
        await connection.execute(update(attempts).where(its).values(detail=""))
        judged = verdicts.c.action_id.in_(chunk)
        await connection.execute(update(verdicts).where(judged).values(reason=""))
        rewritten = judged & verdicts.c.text.is_not(None)
        await connection.execute(update(verdicts).where(rewritten).values(text=GONE))


def _end(row: Row[Any]) -> ActionState:
    # An attempt in doubt may have taken effect: nothing may say that it did not.
    return ActionState.UNKNOWN if row.is_in_doubt else ActionState.SUPPRESSED


def _why(row: Row[Any]) -> Reason:
    return Reason.UNCONFIRMED if row.is_in_doubt else Reason.FORGOTTEN


def _stopped(row: Row[Any]) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=row.id,
        mention="",
        policy=row.policy,
        rule=row.rule,
        action=row.kind,
        state=_end(row),
        reason=_why(row),
        payload={"decision": row.decision_id},
    )
