"""Who was forgotten, by keyed digests alone: enough to keep them out, not to say who they were."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine.sending import fold_handle
from engine.store.acting_tables import chores, forgotten, peppers
from engine.store.database import RANDOMNESS, in_chunks, insert_into, insert_new
from engine.store.tables import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.sending import UpstreamChange
    from engine.store.traces import Person

_PEPPER = "forget"
_ERASURES = "erasures"
_ANY = "*"  # any source


def id_digest(pepper: bytes, source: str | None, author_id: str) -> str:
    """Return what an author's id is remembered by."""
    return _digest(pepper, "id", source or _ANY, author_id)


def handle_digest(pepper: bytes, source: str | None, handle: str) -> str:
    """Return what a handle is remembered by."""
    return _digest(pepper, "handle", source or _ANY, fold_handle(handle))


def mention_digest(pepper: bytes, source: str, external_id: str) -> str:
    """Return what stands for a mention's external id once it is erased."""
    return "forgotten-" + _digest(pepper, "mention", source, external_id)[:32]


async def pepper_of(connection: AsyncConnection) -> bytes:
    """Return the key of the digests; the first call makes it."""
    query = select(peppers.c.value).where(peppers.c.name == _PEPPER)
    found = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        options = connection.sync_engine.get_execution_options()
        made = options.get(RANDOMNESS, os.urandom)(32).hex()
        await insert_new(connection, peppers, [{"name": _PEPPER, "value": made}])
        found = (await connection.execute(query)).scalar_one()
    return bytes.fromhex(found)


async def keep_out(
    connection: AsyncConnection, person: Person, named: str, source: str | None, *, at: datetime
) -> None:
    """Remember a person's accounts, so that what they write from here on stays out.

    Args:
        named: As they were named to us, whether or not anything of theirs was stored.
        source: Where that name means them; None for everywhere.
    """
    pepper = await pepper_of(connection)
    digests = {id_digest(pepper, source, named), handle_digest(pepper, source, named)}
    digests |= {id_digest(pepper, its, one) for its, one in person.ids}
    digests |= {handle_digest(pepper, its, one) for its, one in person.handles}
    rows = [{"digest": digest, "at": at} for digest in sorted(digests)]
    await insert_new(connection, forgotten, rows)


async def among(connection: AsyncConnection, written: Sequence[Mention]) -> set[int]:
    """Return the places of mentions whose author was forgotten."""
    authors = [(one.source, one.author.id, one.author.handle) for one in written]
    return await _known(connection, authors)


async def raw_among(connection: AsyncConnection, raws: Sequence[tuple[str, str]]) -> set[int]:
    """Return the places of inputs, given as source and text, that name a forgotten author."""
    return await _known(connection, [_author_of(source, raw) for source, raw in raws])


async def unknown_changes(
    connection: AsyncConnection, changes: tuple[UpstreamChange, ...]
) -> tuple[UpstreamChange, ...]:
    """Return the changes but those of mentions that were forgotten: their ids may name a person."""
    if (
        not changes
        or (await connection.execute(select(forgotten.c.digest).limit(1))).first() is None
    ):
        return changes
    pepper = await pepper_of(connection)
    digests = [mention_digest(pepper, one.source, one.external_id) for one in changes]
    known: set[str] = set()
    for chunk in in_chunks(digests):
        query = select(mentions.c.external_id).where(mentions.c.external_id.in_(chunk))
        known |= set((await connection.execute(query)).scalars())
    return tuple(one for one, its in zip(changes, digests, strict=True) if its not in known)


async def erasures(connection: AsyncConnection) -> int:
    """Return how often anything was erased from what a running engine may still hold."""
    query = select(chores.c.detail).where(chores.c.name == _ERASURES)
    detail: Mapping[str, Any] | None = (await connection.execute(query)).scalar_one_or_none()
    return 0 if detail is None else int(detail["number"])


async def count_erasure(connection: AsyncConnection, *, at: datetime) -> None:
    """Let a running engine know that what it holds in memory is out of date."""
    number = await erasures(connection) + 1
    changed = {"done_at": at, "detail": {"number": number}}
    insert = insert_into(connection, chores).values(name=_ERASURES, **changed)
    await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))


_Named = tuple[str, str | None, str | None]


async def _known(connection: AsyncConnection, authors: Sequence[_Named]) -> set[int]:
    is_any = (await connection.execute(select(forgotten.c.digest).limit(1))).first()
    if is_any is None or not authors:
        return set()
    pepper = await pepper_of(connection)
    by_place = [set(_digests(pepper, one)) for one in authors]
    wanted = sorted(set().union(*by_place))
    known: set[str] = set()
    for chunk in in_chunks(wanted):
        query = select(forgotten.c.digest).where(forgotten.c.digest.in_(chunk))
        known |= set((await connection.execute(query)).scalars())
    return {place for place, digests in enumerate(by_place) if digests & known}


def _digests(pepper: bytes, author: _Named) -> Iterable[str]:
    source, author_id, handle = author
    for where in (source, None):
        if author_id:
            yield id_digest(pepper, where, author_id)
        if handle:
            yield handle_digest(pepper, where, handle)


def _author_of(source: str, raw: str) -> _Named:
    try:
        author = json.loads(raw)["author"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return source, None, None
    if isinstance(author, dict):
        named = [author.get(name) for name in ("id", "handle")]
        author_id, handle = (None if one is None else str(one) for one in named)
        return source, author_id, handle
    return source, None, author if isinstance(author, str) else None


def _digest(pepper: bytes, *parts: str) -> str:
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(pepper, message, hashlib.sha256).hexdigest()
