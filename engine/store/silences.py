"""Silences in the database: set and ended by people, heeded by the engine, with what they hid."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from engine.errors import IncidentActError
from engine.incidents import Silence
from engine.reasons import Reason
from engine.store.chain import OutcomeEntry, append_outcomes, canonical_json, lock_chain
from engine.store.column_types import write_instant
from engine.store.database import in_chunks
from engine.store.rows import as_json, paged
from engine.store.tables import held_back, silences
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

# A mention may arrive late: what a silence covered when it was written stays covered.
LATE_BY = timedelta(days=1)
# Of an id with the colon behind it, as `Silence.detail` writes it.
_ID = len("sil-0123456789")


class SilenceState(StrEnum):
    """Where a silence stands."""

    SET = "set"
    ENDED = "ended"


class SilenceStore:
    """Silences as people set them and the engine reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def add(self, silence: Silence, *, at: datetime) -> Silence:
        """Store a silence and return it with its id.

        Raises:
            IncidentActError: It ends before it begins, or nobody or no reason is named.
        """
        _check(silence)
        async with self._database.write() as connection:
            await lock_chain(connection)
            # Two alike, set at one instant, are told apart by their number.
            number = (await connection.execute(select(func.count()).select_from(silences))).scalar()
            stored = _with_id(silence, at, number or 0)
            row = {
                "id": stored.id,
                "rule": stored.rule,
                "author": stored.author,
                "reason": stored.reason,
                "since": stored.since,
                "until": stored.until,
                "created_at": at,
            }
            await connection.execute(silences.insert(), row)
            who = {"by": stored.author, "reason": stored.reason}
            entry = _outcome(stored, SilenceState.SET, **who)
            await append_outcomes(connection, [entry], at=at)
        return stored

    @unbroken
    async def end(self, named: str, *, by: str, at: datetime, reason: str = "") -> Silence:
        """End a silence before its time.

        Args:
            reason: Why; it stands in the outcome log.

        Raises:
            IncidentActError: There is none of that id, or it is over.
        """
        async with self._database.write() as connection:
            await lock_chain(connection)
            query = select(silences).where(silences.c.id == named)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                message = f"no silence {named!r} is stored; see `tocsin silence list`"
                raise IncidentActError(message)
            if _end(row) <= at:
                message = f"silence {named} is over since {write_instant(_end(row))}"
                raise IncidentActError(message)
            changed = {"ended_at": at, "ended_by": by}
            await connection.execute(
                update(silences).where(silences.c.id == named).values(**changed)
            )
            entry = _outcome(_silence(row), SilenceState.ENDED, by=by, reason=reason)
            await append_outcomes(connection, [entry], at=at)
            return _silence(row)

    @unbroken
    async def live(self, now: datetime) -> list[Silence]:
        """Return what the engine has to heed: silences not over, and those over for a day at most.

        Each ends when it was ended, if that came first; which instants it covers it says itself.
        """
        is_over = or_(
            silences.c.until <= now - LATE_BY,
            and_(silences.c.ended_at.is_not(None), silences.c.ended_at <= now - LATE_BY),
        )
        async with self._database.read() as connection:
            query = select(silences).where(~is_over).order_by(silences.c.seq)
            return [_silence(row) for row in await connection.execute(query)]

    @unbroken
    async def recent(
        self, *, limit: int = 50, before_seq: int | None = None, now: datetime | None = None
    ) -> list[dict[str, Any]]:
        """Return silences, newest first, each with ``hidden``: how much it held back.

        Args:
            now: Only those not over at this instant.
        """
        query = select(silences)
        if now is not None:
            is_ended = and_(silences.c.ended_at.is_not(None), silences.c.ended_at <= now)
            query = query.where(silences.c.until > now, ~is_ended)
        query = paged(query, silences, before=before_seq).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            hidden = await _hidden(connection, [row.id for row in rows])
        return [{**as_json(row), "hidden": hidden.get(row.id, 0)} for row in rows]

    @unbroken
    async def hid(self, named: str, *, limit: int = 50) -> list[dict[str, Any]]:
        """Return what a silence held back, newest first: ``policy rule action at``."""
        columns = held_back.c
        shown = (columns.policy, columns.rule, columns.action, columns.at)
        query = select(*shown).where(*_is_hidden(), columns.detail.startswith(f"{named}:"))
        query = query.order_by(columns.at.desc(), columns.policy, columns.place).limit(limit)
        async with self._database.read() as connection:
            return [as_json(row) for row in await connection.execute(query)]


def _check(silence: Silence) -> None:
    if silence.until <= silence.since:
        message = f"the silence of {silence.rule} would end before it begins"
        raise IncidentActError(message)
    for name, value in (("author", silence.author), ("reason", silence.reason)):
        if not value.strip():
            message = f"a silence needs its {name}: others ask for it at 3 in the morning"
            raise IncidentActError(message)


def _with_id(silence: Silence, at: datetime, number: int) -> Silence:
    parts = [silence.rule, write_instant(silence.since), write_instant(at), silence.author, number]
    hashed = hashlib.sha256(canonical_json(parts).encode("ascii")).hexdigest()
    return Silence(
        silence.rule,
        silence.since,
        silence.until,
        silence.reason,
        silence.author,
        f"sil-{hashed[:10]}",
    )


def _end(row: Row[Any]) -> datetime:
    until: datetime = row.until
    return until if row.ended_at is None else min(until, row.ended_at)


def _silence(row: Row[Any]) -> Silence:
    return Silence(row.rule, row.since, _end(row), row.reason, row.author, row.id)


def _is_hidden() -> list[ColumnElement[bool]]:
    return [held_back.c.reason == Reason.SILENCE.value]


async def _hidden(connection: AsyncConnection, named: Sequence[str]) -> dict[str, int]:
    """Return how many rows each silence held back."""
    which = func.substr(held_back.c.detail, 1, _ID)
    found: dict[str, int] = {}
    for chunk in in_chunks(named):
        query = select(which, func.count()).where(*_is_hidden(), which.in_(chunk)).group_by(which)
        found |= {row[0]: row[1] for row in await connection.execute(query)}
    return found


def _outcome(silence: Silence, state: SilenceState, *, by: str, reason: str) -> OutcomeEntry:
    policy, _, rule = silence.rule.rpartition("/")
    return OutcomeEntry(
        action_id=silence.id,
        mention="",
        policy=policy,
        rule=rule,
        action="silence",
        state=state,
        detail=f"by {by}",
        kind="silence",
        payload={
            "by": by,
            "reason": reason,
            "since": write_instant(silence.since),
            "until": write_instant(silence.until),
        },
    )
