"""Drafts that wait for people: listed by weight, judged, given up when their time is over.

A verdict, what it moves and its row in the outcome log are one transaction. Verdicts on one draft,
or on two replies to one mention, line up, so two people who judge at once find what the other did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select, update

from engine.approving import standing
from engine.decision import ActionState, Severity
from engine.reasons import Reason
from engine.store.chain import OutcomeEntry, append_outcomes, lock_chain
from engine.store.drafts import (
    AWAITING,
    DRAFTS,
    cancelled,
    draft_json,
    find_draft,
    lock_draft,
    move,
    needed_for,
    rivals,
    verdict_json,
    verdicts_of,
)
from engine.store.judged import is_judged, tally_verdicts
from engine.store.judging import (
    fitted,
    is_repeated,
    make_verdict,
    require_free,
    require_seen,
    require_stranger,
    require_waiting,
    store_verdict,
    told,
    verdict_outcome,
    was_rejected_by,
)
from engine.store.risks import read_judged, risk_of
from engine.store.rows import DECISIONS, as_json
from engine.store.tables import actions, decisions
from engine.store.unbroken import unbroken
from engine.verdict import Judged, Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.approving import ApprovalTerms
    from engine.store.database import Database

_PAGE = 500
# The gravest rule first, then the greatest risk; what waits longest is due first.
_PRIORITY = (
    actions.c.severity_rank.desc(),
    func.coalesce(actions.c.risk, 0.0).desc(),
    actions.c.updated_at,
    actions.c.seq,
)


class VerdictStore:
    """The queue of drafts, and what people say of them.

    Args:
        terms: How approval is asked for.
    """

    def __init__(self, database: Database, terms: ApprovalTerms) -> None:
        self._database = database
        self._terms = terms

    @unbroken
    async def queue(
        self, *, now: datetime, limit: int = 50, offset: int = 0, everything: bool = False
    ) -> list[dict[str, Any]]:
        """Return the drafts that wait for people, the most pressing first, as `draft_json` has it.

        Args:
            everything: Those that were judged or given up as well, newest first behind the others.
        """
        is_waiting = actions.c.state == AWAITING.value
        query = DRAFTS.where(or_(is_waiting, is_judged()) if everything else is_waiting)
        if everything:
            last = case((is_waiting, 0), else_=1)
            age = case((is_waiting, None), else_=actions.c.updated_at)
            query = query.order_by(last, age.desc().nulls_last(), *_PRIORITY)
        else:
            query = query.order_by(*_PRIORITY)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.limit(limit).offset(offset))).all()
            given = await verdicts_of(connection, [row.id for row in rows])
        return [draft_json(row, given[row.id], self._terms, now=now) for row in rows]

    @unbroken
    async def show(self, named: str, *, now: datetime) -> dict[str, Any]:
        """Return all a person needs to judge one draft.

        Args:
            named: Its id, or the beginning of it that no other has.

        Returns:
            As in the queue, with ``risk_factors``, ``verdicts``, ``decision`` (with its trace) and
            ``beside`` (the other drafts of replies to the mention, in short).

        Raises:
            VerdictError: There is none, or several begin so.
        """
        async with self._database.read() as connection:
            row = await find_draft(connection, named)
            given = (await verdicts_of(connection, [row.id]))[row.id]
            answers = (await read_judged(connection, [row.mention_seq]))[row.mention_seq]
            beside = await rivals(connection, row)
            decision = await _decision(connection, row.decision_id)
        risk = risk_of(*answers, severity=Severity(row.severity), params=row.params)
        return {
            **draft_json(row, given, self._terms, now=now),
            "risk_factors": [
                {"name": one.name, "weight": round(one.weight, 4), "text": one.text}
                for one in risk.factors
            ],
            "verdicts": [verdict_json(one) for one in given],
            "decision": decision,
            "beside": [
                {"id": one.id, "rule": one.rule, "text": one.params.get("text")} for one in beside
            ],
        }

    @unbroken
    async def of(self, action_id: str) -> list[Verdict]:
        """Return what people said of an action, oldest first; for the gate."""
        async with self._database.read() as connection:
            return (await verdicts_of(connection, [action_id]))[action_id]

    @unbroken
    async def approve(  # noqa: PLR0913 - what a person may say with it
        self,
        named: str,
        *,
        by: str,
        at: datetime,
        reason: str = "",
        text: str | None = None,
        as_of: datetime | None = None,
    ) -> Judged:
        """Approve a draft; the last approval it needs sends it on its way.

        Args:
            text: What to say instead: its giver becomes the text's author, and his word alone is
                enough only where one person is and the machine wrote what he changed.
            as_of: When the draft was shown to its giver, so that nobody approves a text he never
                saw; None where it was just read.

        Raises:
            VerdictError: It may not be approved so, or waits no longer; nothing was written.
        """
        verdict = make_verdict(named, Judgement.APPROVED, by, at=at, reason=reason, text=text)
        async with self._database.write() as connection:
            row, given = await self._open(connection, named)
            verdict, stands = fitted(verdict, row), standing(given)
            if is_repeated(verdict, row, stands):
                return self._unchanged(row, given, "you approved it already")
            require_waiting(row, at)
            require_seen(given, as_of)
            await require_free(connection, row)
            needed = await self._rewrite(connection, row, verdict)
            require_stranger(verdict, stands, needed=needed)
            after = await store_verdict(connection, row, given, verdict)
            return await self._approved(connection, row, after, needed=needed)

    @unbroken
    async def edit(
        self, named: str, *, by: str, text: str, at: datetime, as_of: datetime | None = None
    ) -> Judged:
        """Rewrite a draft of a reply: earlier approvals fall, and somebody else has to approve.

        Args:
            as_of: See `approve`.

        Raises:
            VerdictError: It may not be rewritten so, or waits no longer; nothing was written.
        """
        verdict = make_verdict(named, Judgement.EDITED, by, at=at, text=text)
        async with self._database.write() as connection:
            row, given = await self._open(connection, named)
            require_waiting(row, at)
            verdict = fitted(verdict, row)
            require_seen(given, as_of)
            if verdict.text is None:
                return self._unchanged(row, given, "it says so already")
            needed = await self._rewrite(connection, row, verdict)
            after = await store_verdict(connection, row, given, verdict)
            entry = verdict_outcome(row, verdict, AWAITING, needed=needed)
            await append_outcomes(connection, [entry], at=at)
            said = "rewritten; somebody else has to approve it"
            return told(row, AWAITING, after, needed=needed, said=said)

    @unbroken
    async def reject(self, named: str, *, by: str, reason: str, at: datetime) -> Judged:
        """Reject a draft: it is never sent.

        Raises:
            VerdictError: No reason is given, or it waits no longer; nothing was written.
        """
        verdict = make_verdict(named, Judgement.REJECTED, by, at=at, reason=reason)
        async with self._database.write() as connection:
            row, given = await self._open(connection, named)
            if was_rejected_by(by, row, given):
                return self._unchanged(row, given, "you rejected it already")
            require_waiting(row, at)
            after = await store_verdict(connection, row, given, verdict)
            state, why = ActionState.CANCELLED, Reason.REJECTED
            await move(connection, row, state, reason=why, detail=verdict.reason, at=at)
            needed = needed_for(row, self._terms)
            entries = [
                verdict_outcome(row, verdict, state, needed=needed),
                cancelled(row, why, f"by {verdict.by}"),
            ]
            await append_outcomes(connection, entries, at=at)
            return told(row, state, after, needed=needed, said="rejected; it is not sent")

    @unbroken
    async def expire(self, now: datetime) -> int:
        """Give up the drafts whose time is over; return how many that were.

        Args:
            now: The engine's clock.
        """
        total = 0
        while True:
            async with self._database.write() as connection:
                # In the order in which all lock actions; what somebody judges now is left to him.
                query = DRAFTS.where(self._is_over(now)).order_by(actions.c.id).limit(_PAGE)
                locked = query.with_for_update(of=actions, skip_locked=True)
                rows = (await connection.execute(locked)).all()
                await lock_chain(connection)
                for row in rows:
                    await move(
                        connection, row, ActionState.CANCELLED, reason=Reason.EXPIRED, at=now
                    )
                entries = [cancelled(row, Reason.EXPIRED) for row in rows]
                await append_outcomes(connection, entries, at=now)
            total += len(rows)
            if len(rows) < _PAGE:
                return total

    @unbroken
    async def next_expiry(self) -> datetime | None:
        """Return when the next draft is given up; None when none waits."""
        column = actions.c.expires_at
        query = select(func.min(column, type_=column.type))
        async with self._database.read() as connection:
            asked = query.where(actions.c.state == AWAITING.value)
            found: datetime | None = (await connection.execute(asked)).scalar_one()
        return found

    @unbroken
    async def precision(self, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return how people judged each rule's drafts; see `engine.store.judged.tally_verdicts`."""
        async with self._database.read() as connection:
            return await tally_verdicts(connection, since=since)

    @staticmethod
    async def _open(connection: AsyncConnection, named: str) -> tuple[Row[Any], list[Verdict]]:
        row = await lock_draft(connection, named)
        return row, (await verdicts_of(connection, [row.id]))[row.id]

    async def _rewrite(self, connection: AsyncConnection, row: Row[Any], verdict: Verdict) -> int:
        """Store the text a verdict brings; return how many people what it says then needs."""
        if verdict.text is None:
            return needed_for(row, self._terms)
        params = {**row.params, "text": verdict.text}
        answers = (await read_judged(connection, [row.mention_seq]))[row.mention_seq]
        risk = risk_of(*answers, severity=Severity(row.severity), params=params)
        changed = {"params": params, "risk": risk.score}
        await connection.execute(update(actions).where(actions.c.id == row.id).values(**changed))
        return needed_for(row, self._terms, risk=risk.score)

    @staticmethod
    async def _approved(
        connection: AsyncConnection, row: Row[Any], given: Sequence[Verdict], *, needed: int
    ) -> Judged:
        """Move a draft on where it has enough approvals; the last verdict is the new one."""
        verdict = given[-1]
        is_enough = standing(given).suffices(needed)
        state = ActionState.APPROVED if is_enough else AWAITING
        entries = [verdict_outcome(row, verdict, state, needed=needed)]
        ruled_out: list[Row[Any]] = []
        if is_enough:
            await move(connection, row, state, at=verdict.at)
            ruled_out = await rivals(connection, row) if row.kind == "reply" else []
            entries += await _rule_out(connection, ruled_out, row, at=verdict.at)
        await append_outcomes(connection, entries, at=verdict.at)
        said = "approved" if is_enough else "noted; somebody else has to approve it too"
        found = told(row, state, given, needed=needed, said=said)
        return replace(found, cancelled=tuple(one.id for one in ruled_out))

    def _unchanged(self, row: Row[Any], given: Sequence[Verdict], said: str) -> Judged:
        state, needed = ActionState(row.state), needed_for(row, self._terms)
        return replace(told(row, state, given, needed=needed, said=said), is_changed=False)

    def _is_over(self, now: datetime) -> Any:
        columns = actions.c
        # What was planned by an engine that knew of no expiry has none of its own.
        is_old = and_(columns.expires_at.is_(None), columns.updated_at <= now - self._terms.expires)
        return and_(columns.state == AWAITING.value, or_(columns.expires_at <= now, is_old))


async def _rule_out(
    connection: AsyncConnection, ruled_out: Sequence[Row[Any]], taken: Row[Any], *, at: datetime
) -> list[OutcomeEntry]:
    """Cancel the other drafts of a mention whose reply is approved; return what is to be logged."""
    detail = f"draft {taken.id[:12]} was approved"
    for rival in ruled_out:
        state = ActionState.CANCELLED
        await move(connection, rival, state, reason=Reason.CONFLICT, detail=detail, at=at)
    return [cancelled(rival, Reason.CONFLICT, detail) for rival in ruled_out]


async def _decision(connection: AsyncConnection, decision_id: str) -> dict[str, Any]:
    query = DECISIONS.where(decisions.c.id == decision_id)
    return as_json((await connection.execute(query)).one())
