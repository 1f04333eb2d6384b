"""Cards: messages elsewhere that show drafts with buttons, until they are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select, update

from engine.approving import standing
from engine.cards import ShownDraft
from engine.decision import Action, ActionState, Mode, Severity
from engine.ports import OutboxItem
from engine.reasons import Reason
from engine.store.acting_tables import cards
from engine.store.database import insert_new
from engine.store.drafts import AWAITING, DRAFTS, verdicts_of
from engine.store.mentions import read_body
from engine.store.tables import actions
from engine.store.unbroken import unbroken
from engine.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from engine.store.database import Database
    from engine.verdict import Verdict


class CardStore:
    """The store's `engine.cards.Cards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def unshown(self, *, limit: int) -> list[OutboxItem]:
        """Return drafts that wait and are shown nowhere yet, those that wait longest first."""
        is_shown = exists(select(cards.c.action_id).where(cards.c.action_id == actions.c.id))
        query = DRAFTS.where(actions.c.state == AWAITING.value, ~is_shown)
        query = query.order_by(actions.c.updated_at, actions.c.seq).limit(limit)
        async with self._database.read() as connection:
            return [_item(row) for row in await connection.execute(query)]

    @unbroken
    async def shown(
        self, action_id: str, *, channel: str, receipt: Mapping[str, Any], at: datetime
    ) -> None:
        """Store where a draft is shown; the first place counts.

        Args:
            receipt: Of the message; empty where none can be found again.
        """
        row = {"action_id": action_id, "channel": channel, "receipt": dict(receipt), "at": at}
        async with self._database.write() as connection:
            settled = None if receipt else at
            await insert_new(connection, cards, [row | {"settled_at": settled}])

    @unbroken
    async def unsettled(self, *, limit: int) -> list[ShownDraft]:
        """Return the cards of drafts that wait no longer, with what became of each."""
        query = DRAFTS.add_columns(cards.c.channel, cards.c.receipt.label("card"))
        query = query.join(cards, cards.c.action_id == actions.c.id)
        is_over = actions.c.state != AWAITING.value
        query = query.where(cards.c.settled_at.is_(None), is_over).order_by(cards.c.at).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            given = await verdicts_of(connection, [row.id for row in rows])
        return [
            ShownDraft(_item(row), row.channel, row.card, _ending(row, given[row.id]))
            for row in rows
        ]

    @unbroken
    async def settled(self, action_id: str, *, at: datetime) -> None:
        """Note that a card says what became of its draft."""
        is_it = (cards.c.action_id == action_id) & cards.c.settled_at.is_(None)
        async with self._database.write() as connection:
            await connection.execute(update(cards).where(is_it).values(settled_at=at))


def _ending(row: Row[Any], given: Sequence[Verdict]) -> str:
    """Return what became of a draft, for a person."""
    names = {one.by: None for one in given if one.judgement is Judgement.APPROVED}
    if row.state in (ActionState.CANCELLED.value, ActionState.SUPPRESSED.value):
        by = next((f" by {one.by}" for one in given if one.judgement is Judgement.REJECTED), "")
        why = f": {Reason(row.reason).text}" if row.reason and not by else ""
        return f"Rejected{by}" if by else f"Not sent{why}"
    count = len(standing(given).approvers)
    return f"Approved by {', '.join(list(names)[-count:])}" if count else "Approved"


def _item(row: Row[Any]) -> OutboxItem:
    return OutboxItem(
        action=Action(
            id=row.id,
            kind=row.kind,
            index=row.idx,
            params=row.params,
            mode=Mode(row.mode),
            state=ActionState(row.state),
            reason=Reason(row.reason) if row.reason else None,
        ),
        policy=row.policy,
        rule=row.rule,
        mention=read_body(row.body),
        attempts=row.attempts,
        created_at=row.created_at,
        severity=Severity(row.severity),
        risk=row.risk or 0.0,
    )
