"""What was decided, stored with the window state and the cursor in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import delete, select, update

from engine.decision import ActionState, Severity
from engine.errors import StateErasedError, StoreError
from engine.plan import firing_json
from engine.store.chain import OutcomeEntry, append_outcomes
from engine.store.column_types import storable, write_json
from engine.store.database import in_chunks, insert_into, insert_new
from engine.store.forgotten import erasures
from engine.store.incidents import record_incidents
from engine.store.params_hash import params_hash
from engine.store.restores import end_unneeded
from engine.store.risks import weigh_planned
from engine.store.tables import (
    actions,
    classifications,
    decide_cursor,
    decisions,
    held_back,
    mentions,
    window_snapshots,
)
from engine.store.traces import ERASED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.approving import ApprovalTerms
    from engine.decision import Action, Decision, Match, TraceNode
    from engine.news import News
    from engine.ports import Decided
    from engine.store.database import Database


class Heard(Protocol):
    """Is told of mentions as they are recorded as decided."""

    async def __call__(
        self, connection: AsyncConnection, decided: Sequence[Decided], *, at: datetime
    ) -> None:
        """Write what becomes of them, within the caller's transaction."""
        ...


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


def decision_id(match: Match, mention_id: str) -> str:
    """Return the id of one rule's match: the same decision made twice has the same id."""
    subject = mention_id if match.firing is None else match.firing.subject
    parts = f"{match.revision}\x1f{subject}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class _Rows:
    """Rows ready to be inserted, by table, and the outcomes of actions born suppressed."""

    at: datetime
    classifications: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    held_back: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    planned: list[tuple[int, Severity, dict[str, Any]]] = field(default_factory=list)
    suppressed: dict[str, OutcomeEntry] = field(default_factory=dict)

    def add(self, one: Decided) -> None:
        """Add all of one mention."""
        for found in one.classifications:
            self.classifications.append(
                {
                    "mention_seq": one.seq,
                    "task": found.task,
                    "label": found.label,
                    "score": found.score,
                    "scores": dict(found.scores),
                    "classifier": found.classifier,
                    "version": found.version,
                }
            )
        for decision in one.decisions:
            self.add_decision(one.seq, decision)

    def add_decision(self, seq: int, decision: Decision) -> None:
        """Add a decision about the mention of a number."""
        self._add_held_back(seq, decision)
        for match in decision.matches:
            self._add_match(seq, decision, match)

    def _add_held_back(self, seq: int, decision: Decision) -> None:
        for place, held in enumerate(decision.held_back, start=_first_place(decision)):
            self.held_back.append(
                {
                    "mention_seq": seq,
                    "policy": decision.policy,
                    "place": place,
                    "rule": held.rule,
                    "action": held.action,
                    "reason": held.by.value,
                    "detail": held.detail,
                    "at": decision.at,
                }
            )

    def _add_match(self, seq: int, decision: Decision, match: Match) -> None:
        found = decision_id(match, decision.mention)
        self.decisions.append(
            {
                "id": found,
                "mention_seq": seq,
                "mention": decision.mention,
                "policy": decision.policy,
                "policy_revision": decision.revision,
                "rule": match.rule,
                "rule_revision": match.revision,
                "severity": match.severity.value,
                "mode": match.mode.value,
                "at": decision.at,
                "trace": _trace(match.trace) if match.trace else None,
                "firing": None if match.firing is None else firing_json(match.firing),
            }
        )
        for action in match.actions:
            row = {
                "id": storable(action.id),
                "decision_id": found,
                "kind": action.kind,
                "idx": action.index,
                "params": dict(action.params),
                "mode": action.mode.value,
                "severity_rank": _RANK[match.severity],
                "state": action.state.value,
                "reason": action.reason.value if action.reason else None,
                "detail": "",
                "not_before": None,
                "attempts": 0,
                "created_at": decision.at,
                "updated_at": self.at,
                "receipt": {},
            }
            self.actions.append(row)
            self.planned.append((seq, match.severity, row))
            if action.state is ActionState.SUPPRESSED:
                self.suppressed[storable(action.id)] = _suppressed(decision, match, action)


async def record_decided(  # noqa: PLR0913 - what one transaction holds
    database: Database,
    decided: Sequence[Decided],
    *,
    state: Mapping[str, Mapping[str, Any] | None],
    terms: ApprovalTerms,
    at: datetime,
    news: News | None = None,
    heard: Heard | None = None,
) -> None:
    """Store all of it or nothing; see `engine.ports.MentionLog.record`.

    Args:
        terms: Say which actions are too delicate to be sent without a person.
        heard: Told of the mentions, within the transaction.

    Raises:
        StoreError: The mentions are not the next ones; a StateErasedError: the state is old.
    """
    rows = _Rows(at)
    for one in decided:
        rows.add(one)
    later = [*(it for one in decided for it in one.over_time), *(news.later if news else ())]
    async with database.write() as connection:
        await _check_erasures(connection, None if news is None else news.erasures)
        await _move_cursor(connection, [one.seq for one in decided])
        await _add_over_time(connection, rows, later)
        await weigh_planned(connection, rows.planned, decided=decided, terms=terms, at=at)
        suppressed = await _unknown(connection, rows.suppressed)
        await _insert(connection, rows)
        # Before the log, whose lock comes after those of actions: so `settle` has it too.
        await end_unneeded(connection, rows.actions, at=at)
        await append_outcomes(connection, suppressed, at=at)
        await _add_incidents(connection, news, at)
        await _keep_state(connection, state, at)
        if heard is not None:
            await heard(connection, decided, at=at)


async def _add_incidents(connection: AsyncConnection, news: News | None, at: datetime) -> None:
    if news is not None:
        await record_incidents(
            connection, news.changes, causes=news.causes, followed=news.followed, at=at
        )


async def _insert(connection: AsyncConnection, rows: _Rows) -> None:
    await insert_new(connection, classifications, rows.classifications)
    await insert_new(connection, decisions, rows.decisions)
    await insert_new(connection, held_back, rows.held_back)
    await insert_new(connection, actions, rows.actions)


async def _add_over_time(
    connection: AsyncConnection, rows: _Rows, over_time: Sequence[Decision]
) -> None:
    """Add what rules over time came to, each under the mention it is about."""
    names = list(dict.fromkeys(storable(one.mention) for one in over_time))
    seqs: dict[str, int] = {}
    for chunk in in_chunks(names):
        query = select(mentions.c.id, mentions.c.seq).where(mentions.c.id.in_(chunk))
        seqs.update((row.id, row.seq) for row in await connection.execute(query))
    for decision in over_time:
        seq = seqs.get(storable(decision.mention))
        if seq is not None:  # else it was erased since: nothing may be said about it any more
            rows.add_decision(seq, decision)


def _first_place(decision: Decision) -> int:
    """Return where a decision's places begin: a mention may be the latest of several firings."""
    firing = next((one.firing for one in decision.matches), None)
    if firing is None:
        return 0
    rule = decision.matches[0].rule
    digest = hashlib.sha256(f"{rule}\x1f{firing.subject}".encode("utf-8", "surrogatepass"))
    return 1024 + int.from_bytes(digest.digest()[:3], "big") * 64


async def _check_erasures(connection: AsyncConnection, known: int | None) -> None:
    if known is None:
        return
    # Whoever erases takes this row first: what is erased is seen here, or waits for us.
    await connection.execute(select(decide_cursor.c.seq).with_for_update())
    if await erasures(connection) != known:
        message = "somebody was forgotten: what was decided goes by a state that is out of date"
        raise StateErasedError(message)


async def _move_cursor(connection: AsyncConnection, seqs: Sequence[int]) -> None:
    if not seqs:
        return
    cursor = (await connection.execute(select(decide_cursor.c.seq).with_for_update())).scalar_one()
    column = mentions.c.seq
    query = select(column).where(column > cursor, mentions.c.text_hash != ERASED)
    query = query.order_by(column).limit(len(seqs))
    due = list((await connection.execute(query)).scalars())
    if due != list(seqs):
        message = (
            f"the decide cursor stands at {cursor}, the next mentions are {_range(due)}, but "
            f"{_range(seqs)} were to be recorded: another process has decided them, or some were "
            "left out; read the undecided ones again, and run one engine on a database"
        )
        raise StoreError(message)
    await connection.execute(update(decide_cursor).values(seq=seqs[-1]))


def _range(seqs: Sequence[int]) -> str:
    return f"{seqs[0]} to {seqs[-1]} ({len(seqs)})" if seqs else "none"


async def _unknown(
    connection: AsyncConnection, suppressed: Mapping[str, OutcomeEntry]
) -> list[OutcomeEntry]:
    known: set[str] = set()
    for chunk in in_chunks(list(suppressed)):
        query = select(actions.c.id).where(actions.c.id.in_(chunk))
        known.update((await connection.execute(query)).scalars())
    return [entry for action_id, entry in suppressed.items() if action_id not in known]


async def _keep_state(
    connection: AsyncConnection, state: Mapping[str, Mapping[str, Any] | None], at: datetime
) -> None:
    table = window_snapshots
    kept = [
        {"key_hash": _key_hash(key), "key": key, "state": dict(piece), "at": at}
        for key, piece in state.items()
        if piece is not None
    ]
    if kept:
        insert = insert_into(connection, table)
        changed = {"state": insert.excluded.state, "at": insert.excluded.at}
        await connection.execute(
            insert.on_conflict_do_update(index_elements=["key_hash"], set_=changed), kept
        )
    dropped = [_key_hash(key) for key, piece in state.items() if piece is None]
    for chunk in in_chunks(dropped):
        await connection.execute(delete(table).where(table.c.key_hash.in_(chunk)))


def _key_hash(key: str) -> str:
    return hashlib.sha256(write_json(key).encode("utf-8")).hexdigest()


def _suppressed(decision: Decision, match: Match, action: Action) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=action.id,
        mention=decision.mention,
        policy=decision.policy,
        rule=match.rule,
        action=action.kind,
        state=action.state,
        reason=action.reason,
        payload={
            "decision": decision_id(match, decision.mention),
            "params_sha256": params_hash(action.params),
            "receipt": {},
        },
    )


def _trace(node: TraceNode) -> dict[str, Any]:
    found = {
        "condition": node.condition,
        "held": node.held,
        "value": node.value,
        "wanted": node.wanted,
    }
    if node.children:
        found["children"] = [_trace(child) for child in node.children]
    return found
