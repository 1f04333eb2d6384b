"""What a verdict must be to count, how it is stored and how it stands in the outcome log."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.approving import person_key, standing, text_fault
from engine.decision import ActionState
from engine.errors import VerdictError
from engine.reasons import Reason
from engine.store.acting_tables import verdicts
from engine.store.chain import OutcomeEntry
from engine.store.column_types import storable, write_instant
from engine.store.drafts import AWAITING, reply_taken
from engine.store.params_hash import params_hash
from engine.verdict import Judged, Judgement, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.approving import Standing

_LONGEST_NAME = 200
_LONGEST_REASON = 2_000
_STOPPED = (ActionState.CANCELLED.value, ActionState.SUPPRESSED.value)


def make_verdict(  # noqa: PLR0913 - one argument a field
    named: str,
    judgement: Judgement,
    by: str,
    *,
    at: datetime,
    reason: str = "",
    text: str | None = None,
) -> Verdict:
    """Return a verdict as it will be stored.

    Raises:
        VerdictError: Nobody is named, or something is too long or cannot be sent.
    """
    person, why = storable(" ".join(by.split())), storable(reason.strip())
    fault = "" if text is None else text_fault(text)
    if not person or not person.isprintable() or len(person) > _LONGEST_NAME:
        fault = f"a verdict needs the name of who gives it, at most {_LONGEST_NAME} characters"
    elif len(why) > _LONGEST_REASON:
        fault = f"the reason has {len(why):,} characters; at most {_LONGEST_REASON:,} are taken"
    elif judgement is Judgement.REJECTED and not why:
        fault = "a rejection needs its reason: the rule's author learns from it"
    if fault:
        code = "invalid"
        raise VerdictError(code, fault)
    return Verdict(named, judgement, person, at, why, text)


def fitted(verdict: Verdict, row: Row[Any]) -> Verdict:
    """Return a verdict without the text it brings where the draft says just that already.

    Raises:
        VerdictError: It brings a text, and the draft is none of a reply.
    """
    if verdict.text is None or verdict.text == row.params.get("text"):
        return replace(verdict, text=None)
    if row.kind != "reply":
        code = "invalid"
        raise VerdictError(code, f"a draft of kind {row.kind} has no text of its own to rewrite")
    return verdict


def is_repeated(verdict: Verdict, row: Row[Any], stands: Standing) -> bool:
    """Say whether the same person approved the same text before, and nothing stopped it since."""
    has_approved = person_key(verdict.by) in stands.approvers
    return verdict.text is None and has_approved and row.state not in _STOPPED


def was_rejected_by(person: str, row: Row[Any], given: Sequence[Verdict]) -> bool:
    """Say whether a draft stands rejected by a person."""
    return row.reason == Reason.REJECTED.value and any(
        one.judgement is Judgement.REJECTED and person_key(one.by) == person_key(person)
        for one in given
    )


def require_waiting(row: Row[Any], at: datetime) -> None:
    """Refuse a verdict on what no longer waits for one, saying what it is now.

    Raises:
        VerdictError: ``not_waiting``.
    """
    code, why = "not_waiting", ""
    if row.state != AWAITING.value:
        reason = f": {Reason(row.reason).text}" if row.reason else ""
        why = f"draft {row.id[:12]} waits no longer; it is {row.state}{reason}"
    elif row.expires_at is not None and row.expires_at <= at:
        why = f"draft {row.id[:12]} waits no longer; its time was over at " + write_instant(
            row.expires_at
        )
    if why:
        raise VerdictError(code, why)


def require_seen(given: Sequence[Verdict], as_of: datetime | None) -> None:
    """Refuse a verdict on a text that was rewritten after its giver looked at it.

    Raises:
        VerdictError: ``changed``.
    """
    newer = [one for one in given if as_of is not None and one.text is not None and one.at > as_of]
    if newer:
        code, last = "changed", newer[-1]
        raise VerdictError(code, f"{last.by} rewrote it after you looked at it: look again")


async def require_free(connection: AsyncConnection, row: Row[Any]) -> None:
    """Refuse to approve a second reply to one mention.

    Raises:
        VerdictError: ``conflict``.
    """
    other = await reply_taken(connection, row) if row.kind == "reply" else None
    if other is not None:
        code = "conflict"
        message = f"another reply to this mention is {other.state}: {other.id[:12]} of {other.rule}"
        raise VerdictError(code, message)


def require_stranger(verdict: Verdict, stands: Standing, *, needed: int) -> None:
    """Refuse the approval of who wrote the text where one person's is enough.

    Raises:
        VerdictError: ``own_draft``.
    """
    is_own = verdict.text is None and stands.author == person_key(verdict.by)
    if is_own and needed == 1:
        code = "own_draft"
        raise VerdictError(code, "you wrote its present text: somebody else has to approve it")


async def store_verdict(
    connection: AsyncConnection, row: Row[Any], given: Sequence[Verdict], verdict: Verdict
) -> list[Verdict]:
    """Store a verdict and return all that a draft has now."""
    stored = replace(verdict, action_id=row.id)
    values = {
        "action_id": row.id,
        "judgement": stored.judgement.value,
        "by": stored.by,
        "at": stored.at,
        "reason": stored.reason,
        "text": stored.text,
    }
    await connection.execute(verdicts.insert(), values)
    return [*given, stored]


def verdict_outcome(
    row: Row[Any], verdict: Verdict, state: ActionState, *, needed: int
) -> OutcomeEntry:
    """Return a verdict's row in the outcome log.

    Why it was given stands in ``detail``, where it can be erased: people may name the author.
    """
    params = row.params if verdict.text is None else {**row.params, "text": verdict.text}
    why = f": {verdict.reason}" if verdict.reason else ""
    return OutcomeEntry(
        action_id=row.id,
        mention=row.mention,
        policy=row.policy,
        rule=row.rule,
        action=verdict.judgement.value,
        state=state,
        reason=Reason.REJECTED if verdict.judgement is Judgement.REJECTED else None,
        detail=f"by {verdict.by}{why}",
        kind="verdict",
        payload={
            "by": verdict.by,
            "kind": row.kind,
            "needed": needed,
            "params_sha256": params_hash(params),
            "reason_sha256": _digest(verdict.reason),
            "rewrites": verdict.text is not None,
        },
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def told(
    row: Row[Any], state: ActionState, given: Sequence[Verdict], *, needed: int, said: str
) -> Judged:
    """Return what a verdict came to."""
    names = {person_key(one.by): one.by for one in reversed(given)}
    approvals = tuple(names[one] for one in standing(given).approvers)
    return Judged(row.id, state, needed, approvals, is_changed=True, said=said)
