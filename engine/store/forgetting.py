"""Forgetting a person: their mentions, what was made of them, and their name in what others wrote.

One transaction does all of it or nothing; doing it again does what is left. What stays is a shell
of each mention (when, where, how much it was read), figures, and keyed digests that keep the person
out. The pages that held the words are rewritten afterwards, see `Database.compact`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from engine.errors import StoreError, StoreUnavailableError
from engine.sending import fold_handle
from engine.store import elsewhere
from engine.store.chain import OutcomeEntry, append_outcomes, lock_chain
from engine.store.column_types import storable
from engine.store.database import LOCK_APPEND
from engine.store.erasing import Erased, Leave, Target, erase_mentions
from engine.store.forgotten import (
    count_erasure,
    handle_digest,
    id_digest,
    keep_out,
    mention_digest,
    pepper_of,
)
from engine.store.tables import decide_cursor, mentions
from engine.store.traces import ERASED, Person, Traces
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

_TRIES = 3


class PrivacyState(StrEnum):
    """Where an act of privacy stands: it is told of once, when it is done."""

    DONE = "done"


@dataclass(frozen=True, slots=True)
class Named:
    """Whom an operator means.

    Attributes:
        name: An id or a handle, without ``@``.
        source: Where; None for every source.
    """

    name: str
    source: str | None = None


@dataclass(slots=True)
class Forgotten:
    """What forgetting a person erased, or would erase.

    Attributes:
        outcomes: Rows of the outcome log whose words are gone.
        policies: Stored policy texts that name the person: for people to change.
        is_compact: Whether the pages that held the words were rewritten.
    """

    erased: Erased = field(default_factory=Erased)
    outcomes: int = 0
    policies: int = 0
    is_compact: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        counts = asdict(self)
        return {**counts.pop("erased"), **counts}


class ForgetStore:
    """Forgets people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def named(self, text: str, source: str | None = None) -> Named:
        """Read how a person is named: ``@handle``, an id, or ``source:`` before either."""
        async with self._database.read() as connection:
            return await _named(connection, text, source)

    @unbroken
    async def forget(self, named: Named, *, leave: Leave, only_asks: bool = False) -> Forgotten:
        """Erase a person, and keep them out from here on.

        A running engine drops what it holds in memory before it writes again.

        Args:
            only_asks: Nothing is changed; what would be is counted.

        Raises:
            StoreError: Nobody or no reason is named, or the reason names the person.
        """
        for left in reversed(range(_TRIES)):
            try:
                found = await self._forget(named, leave, only_asks=only_asks)
                break
            except StoreUnavailableError:
                # Somebody who sends or judges locked in another order: one of the two gives way.
                if not left:
                    raise
        if only_asks:
            return found
        found.is_compact = await self._database.compact()
        return found

    async def _forget(self, named: Named, leave: Leave, *, only_asks: bool) -> Forgotten:
        found = Forgotten()
        async with self._database.write() as connection:
            await locked(self._database, connection)
            await _forget(connection, named, found, leave=leave)
            if only_asks:
                await connection.rollback()
        return found


async def locked(database: Database, connection: AsyncConnection) -> None:
    """Keep intake, decide and every writer of the log out, in the order in which they lock."""
    await database.lock(connection, LOCK_APPEND)
    await connection.execute(select(decide_cursor.c.seq).with_for_update())
    await lock_chain(connection)


async def _forget(
    connection: AsyncConnection, named: Named, found: Forgotten, *, leave: Leave
) -> None:
    person, rows = await find_person(connection, named)
    traces = Traces()
    traces.look_for(_with_name(person, named))
    _check(traces, leave)
    at = leave.at
    pepper = await pepper_of(connection)
    targets = [_target(pepper, row) for row in rows if row.text_hash != ERASED]
    _stand_ins(pepper, traces)
    found.erased = await erase_mentions(connection, targets, traces, at=at)
    await elsewhere.replace_keys(connection, traces, found.erased)
    await elsewhere.replace_words(connection, traces, found.erased)
    await elsewhere.replace_quotes(connection, traces, found.erased)
    await elsewhere.replace_states(connection, traces, found.erased)
    await elsewhere.forget_cursors(connection, traces)
    old = [one.id for one in targets]
    found.outcomes = await elsewhere.erase_log(connection, traces, old, leave=leave)
    found.policies = await elsewhere.policies_naming(connection, traces)
    await keep_out(connection, person, named.name, named.source, at=at)
    await count_erasure(connection, at=at)
    await append_outcomes(connection, [act("forget", found.erased, leave)], at=at)


def act(what: str, erased: Erased, leave: Leave) -> OutcomeEntry:
    """Return what the log tells of an act of privacy: who, why and how much; never about whom."""
    return OutcomeEntry(
        action_id=what,
        mention="",
        policy="",
        rule="",
        action=what,
        state=PrivacyState.DONE,
        detail=f"by {leave.by}",
        kind="privacy",
        payload={
            "by": leave.by,
            "reason": leave.reason,
            "mentions": erased.mentions,
            "actions": erased.actions,
        },
    )


async def _named(connection: AsyncConnection, text: str, source: str | None) -> Named:
    text = storable(text)
    before, colon, after = text.strip().partition(":")
    if source is None and colon and after:
        query = select(mentions.c.seq).where(mentions.c.source == before).limit(1)
        if (await connection.execute(query)).first() is not None:
            return Named(after.removeprefix("@"), before)
    return Named(text.strip().removeprefix("@"), source)


async def find_person(connection: AsyncConnection, named: Named) -> tuple[Person, list[Row[Any]]]:
    """Return a person as rows name them, and their mentions, oldest arrival first.

    Whoever wrote under the id or the handle; all that was written under the ids found so; and what
    names no id but a handle that one of these had. A mention erased before counts as theirs.

    Raises:
        StoreError: Nobody is named.
    """
    if not fold_handle(named.name):
        message = f"{named.name!r} names nobody"
        raise StoreError(message)
    columns = mentions.c
    theirs = or_(columns.author_id == named.name, await _is_handle(connection, {named.name}))
    if named.source is not None:
        theirs = theirs & (columns.source == named.source)
    rows = await _rows(connection, theirs)
    for source, author_id in sorted({(row.source, row.author_id) for row in rows}, key=str):
        if author_id is not None:
            rows += await _rows(
                connection, (columns.source == source) & (columns.author_id == author_id)
            )
    for source in sorted({row.source for row in rows}):
        handles = {row.author_handle for row in rows if row.source == source and row.author_handle}
        is_handle = await _is_handle(connection, handles)
        its = (columns.source == source) & columns.author_id.is_(None) & is_handle
        rows += await _rows(connection, its)
    whole = {row.seq: row for row in rows}
    return _person(list(whole.values())), [whole[seq] for seq in sorted(whole)]


async def _rows(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Row[Any]]:
    return list((await connection.execute(select(mentions).where(condition))).all())


async def _is_handle(connection: AsyncConnection, handles: set[str]) -> ColumnElement[bool]:
    """Return what finds handles, whatever their case and whether ``@`` stands before them."""
    column = mentions.c.author_handle
    wanted = {fold_handle(handle) for handle in handles}
    forms = {form for one in wanted for form in (one, f"@{one}")}
    if all(one.isascii() for one in wanted):
        return func.lower(column).in_(forms)
    # SQLite knows the case of ASCII alone.
    found = (await connection.execute(select(column).distinct())).scalars()
    return column.in_([one for one in found if one is not None and fold_handle(one) in wanted])


def _person(rows: Sequence[Row[Any]]) -> Person:
    ids, handles, names = set(), set(), set()
    for row in rows:
        author = row.body["author"]
        if row.author_id:
            ids.add((row.source, row.author_id))
        if row.author_handle:
            written = row.author_handle.lstrip("@\uff20")
            handles.add((row.source, fold_handle(written)))
            # Of another width: others may have copied it, and it is looked for as it stands.
            names |= {written} if fold_handle(written) != written.casefold() else set()
        if author.get("name"):
            names.add(author["name"])
    return Person(frozenset(ids), frozenset(handles), frozenset(names))


def _with_name(person: Person, named: Named) -> Person:
    """Return the person with the name they were given, which others may have written."""
    handles = person.handles | {(named.source or "", fold_handle(named.name))}
    return Person(person.ids, handles, person.names)


def _target(pepper: bytes, row: Row[Any]) -> Target:
    digest = mention_digest(pepper, row.source, row.external_id)
    return Target(
        row.seq, row.id, row.source, row.external_id, row.body, f"{row.source}:{digest}", digest
    )


def _stand_ins(pepper: bytes, traces: Traces) -> None:
    """Let keys of the person's accounts be replaced by digests: one who is counted stays one."""
    person = traces.person
    digests = {(source, one): id_digest(pepper, source, one) for source, one in person.ids}
    digests |= {
        (source, one): handle_digest(pepper, source or None, one) for source, one in person.handles
    }
    for (source, one), digest in digests.items():
        stand_in = f"forgotten-{digest[:32]}"
        traces.exact[f"{source}:{one}"] = f"{source}:{stand_in}"
        if len(one) > 3:  # noqa: PLR2004 - what is shorter stands for other things too
            traces.exact[one] = stand_in


def _check(traces: Traces, leave: Leave) -> None:
    for name, value in (("by", leave.by), ("reason", leave.reason)):
        if not value.strip():
            message = f"forgetting needs its {name}: the log tells who did it and why"
            raise StoreError(message)
        if traces.names(value):
            message = (
                f"the {name} names the person, and it stays in the log for good: write a number "
                "of the request instead"
            )
            raise StoreError(message)
