"""Who asked not to be written to: heard with the very mention that says so, or told by a person."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, or_, select, update

from engine.consent import is_opt_out
from engine.errors import OptOutError
from engine.sending import OptOut, author_key, fold_handle
from engine.store.acting_tables import opt_outs
from engine.store.chain import OutcomeEntry, append_outcomes, lock_chain
from engine.store.column_types import storable
from engine.store.database import in_chunks
from engine.store.rows import as_json, paged
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.store.database import Database


class OptOutState(StrEnum):
    """Where a wish stands."""

    ASKED = "asked"
    LIFTED = "lifted"


class OptOuts:
    """The wishes of authors, as intake hears them, people record them and the gate heeds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def asked(self, mention: Mention) -> OptOut | None:
        """Return the wish of a mention's author not to be written to; None where there is none.

        The same handle on another source counts as the same person.
        """
        return await self._first(author_key(mention), mention.author.handle)

    async def _first(self, author: str | None, handle: str | None) -> OptOut | None:
        is_theirs = _is_theirs(author, handle)
        if not is_theirs:
            return None
        query = select(opt_outs).where(opt_outs.c.lifted_at.is_(None), or_(*is_theirs))
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(opt_outs.c.seq).limit(1))).one_or_none()
        return None if row is None else _opt_out(row)

    @unbroken
    async def add(self, wish: OptOut, *, reason: str) -> bool:
        """Record a wish that a person heard of; return False where it was recorded before.

        Args:
            reason: How it became known; stands in the outcome log.

        Raises:
            OptOutError: Nobody is named, or nobody or no reason is behind it.
        """
        if wish.author is None and not wish.handle:
            message = "an opt-out names an author: a handle, or a source and an id"
            raise OptOutError(message)
        _check(by=wish.by, reason=reason)
        folded = replace(wish, handle=fold_handle(wish.handle) if wish.handle else None)
        async with self._database.write() as connection:
            await lock_chain(connection)
            is_theirs = or_(*_is_theirs(folded.author, folded.handle))
            held = select(opt_outs.c.seq).where(opt_outs.c.lifted_at.is_(None), is_theirs)
            if (await connection.execute(held.limit(1))).first() is not None:
                return False
            await _record(connection, [folded], at=wish.at, reason=reason)
        return True

    @unbroken
    async def lift(
        self,
        *,
        by: str,
        reason: str,
        at: datetime,
        author: str | None = None,
        handle: str | None = None,
    ) -> int:
        """Let an author be written to again, as they now wish; return how many wishes that ends.

        Args:
            author: `author_key`.

        Raises:
            OptOutError: No such wish stands, or nobody or no reason is behind it.
        """
        _check(by=by, reason=reason)
        is_theirs = _is_theirs(author, handle)
        async with self._database.write() as connection:
            await lock_chain(connection)
            query = select(opt_outs).where(opt_outs.c.lifted_at.is_(None), or_(false(), *is_theirs))
            rows = (await connection.execute(query.order_by(opt_outs.c.seq))).all()
            if not rows:
                message = "no opt-out of this author stands; see `tocsin optout list`"
                raise OptOutError(message)
            lifted = update(opt_outs).where(opt_outs.c.seq.in_([row.seq for row in rows]))
            await connection.execute(lifted.values(lifted_at=at, lifted_by=by))
            entries = [
                _outcome(row.seq, row.mention, OptOutState.LIFTED, by=by, reason=reason)
                for row in rows
            ]
            await append_outcomes(connection, entries, at=at)
        return len(rows)

    @unbroken
    async def recent(
        self, *, limit: int = 50, before_seq: int | None = None, standing: bool = True
    ) -> list[dict[str, Any]]:
        """Return wishes, newest first.

        Args:
            standing: Only those that were not lifted.
        """
        query = select(opt_outs)
        if standing:
            query = query.where(opt_outs.c.lifted_at.is_(None))
        async with self._database.read() as connection:
            found = await connection.execute(paged(query, opt_outs, before=before_seq).limit(limit))
            return [as_json(row) for row in found]


async def note_wishes(
    connection: AsyncConnection,
    mentions: Iterable[Mention],
    own_handles: Collection[str],
    *,
    at: datetime,
) -> None:
    """Record the wishes that mentions utter, within the transaction that stores them.

    A mention that comes again utters nothing new, even after its wish was lifted.
    """
    said = {
        one.id: OptOut(
            source=one.source,
            author=author_key(one),
            handle=fold_handle(one.author.handle) if one.author.handle else None,
            at=at,
            mention=one.id,
        )
        for one in mentions
        if author_key(one) is not None and is_opt_out(one, own_handles)
    }
    if not said:
        return
    await lock_chain(connection)
    known: set[str] = set()
    for chunk in in_chunks([storable(one) for one in said]):
        query = select(opt_outs.c.mention).where(opt_outs.c.mention.in_(chunk))
        known |= set((await connection.execute(query)).scalars())
    new = [wish for name, wish in said.items() if storable(name) not in known]
    await _record(connection, new, at=at, reason="")


async def _record(
    connection: AsyncConnection, wishes: Sequence[OptOut], *, at: datetime, reason: str
) -> None:
    entries = []
    for wish in wishes:
        row = {
            "source": wish.source,
            "author": wish.author,
            "handle": wish.handle,
            "mention": wish.mention,
            "at": wish.at,
            "by": wish.by,
        }
        insert = opt_outs.insert().values(**row).returning(opt_outs.c.seq)
        seq = (await connection.execute(insert)).scalar_one()
        entries.append(_outcome(seq, wish.mention, OptOutState.ASKED, by=wish.by, reason=reason))
    await append_outcomes(connection, entries, at=at)


def _is_theirs(author: str | None, handle: str | None) -> list[ColumnElement[bool]]:
    found = [] if author is None else [opt_outs.c.author == author]
    return found + ([opt_outs.c.handle == fold_handle(handle)] if handle else [])


def _check(**named: str) -> None:
    for name, value in named.items():
        if not value.strip():
            message = f"an opt-out that a person changes needs '{name}': it is written down"
            raise OptOutError(message)


def _opt_out(row: Row[Any]) -> OptOut:
    return OptOut(row.source, row.author, row.handle, row.at, row.mention, row.by)


def _outcome(seq: int, mention: str, state: OptOutState, *, by: str, reason: str) -> OutcomeEntry:
    """Say what became of a wish, by its number: the log names no author."""
    return OutcomeEntry(
        action_id=f"opt-out-{seq}",
        mention=mention,
        policy="",
        rule="",
        action="opt_out",
        state=state,
        detail=f"by {by}" if by else "by the author",
        kind="opt_out",
        payload={"by": by, "reason": reason},
    )
