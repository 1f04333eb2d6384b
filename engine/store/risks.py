"""What is known of an action when it is planned: its risk, whom it waits for, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.approving import is_delicate
from engine.classification import Classification
from engine.decision import ActionState, Severity
from engine.plan import OUTWARD_KINDS
from engine.risk import assess_risk
from engine.store.database import in_chunks
from engine.store.mentions import read_body
from engine.store.tables import classifications, mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.approving import ApprovalTerms
    from engine.mention import Mention
    from engine.ports import Decided
    from engine.risk import Risk

    Judged = tuple[Mention, Sequence[Classification]]


async def weigh_planned(
    connection: AsyncConnection,
    planned: Sequence[tuple[int, Severity, dict[str, Any]]],
    *,
    decided: Iterable[Decided],
    terms: ApprovalTerms,
    at: datetime,
) -> None:
    """Complete the rows of actions about to be stored, in place.

    Each outward one gets its ``risk``; one too delicate to be sent without a person waits for one,
    and what waits gets the instant at which it is given up.

    Args:
        planned: The mention's number, the match's severity and the action's row.
        decided: What of the mentions is at hand; the others are read.
        at: The runner's clock.
    """
    for _, _, row in planned:
        row.update(risk=None, expires_at=None)
    outward = [one for one in planned if one[2]["kind"] in OUTWARD_KINDS]
    if not outward:
        return
    known: dict[int, Judged] = {one.seq: (one.mention, one.classifications) for one in decided}
    known |= await read_judged(connection, {seq for seq, _, _ in outward} - set(known))
    for seq, severity, row in outward:
        mention, answers = known[seq]
        risk = risk_of(mention, answers, severity=severity, params=row["params"])
        row["risk"] = risk.score
        is_free = row["state"] == ActionState.PLANNED.value
        if is_free and is_delicate(row["kind"], risk.score, terms.four_eyes_above):
            row["state"] = ActionState.AWAITING_APPROVAL.value
        if row["state"] == ActionState.AWAITING_APPROVAL.value:
            row["expires_at"] = terms.end(row["kind"], mention, since=at)


def risk_of(
    mention: Mention,
    answers: Iterable[Classification],
    *,
    severity: Severity,
    params: Mapping[str, Any],
) -> Risk:
    """Return the risk of an action by its parameters: what a reply says counts."""
    said = params.get("text")
    text = said if isinstance(said, str) else ""
    return assess_risk(mention, answers, severity=severity, text=text)


async def read_judged(connection: AsyncConnection, seqs: Iterable[int]) -> dict[int, Judged]:
    """Return stored mentions and their classifications, by number; none for one not stored."""
    found: dict[int, Judged] = {}
    for chunk in in_chunks(sorted(seqs)):
        query = select(mentions.c.seq, mentions.c.body).where(mentions.c.seq.in_(chunk))
        rows = (await connection.execute(query)).all()
        answers: dict[int, list[Classification]] = {row.seq: [] for row in rows}
        given = select(classifications).where(classifications.c.mention_seq.in_(chunk))
        for row in await connection.execute(given.order_by(classifications.c.task)):
            answers[row.mention_seq].append(
                Classification(
                    row.task, row.label, row.score, row.scores, row.classifier, row.version
                )
            )
        for row in rows:
            found[row.seq] = (read_body(row.body), answers[row.seq])
    return found
