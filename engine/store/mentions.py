"""Intake: a batch's mentions, dead letters and cursor, stored once each."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from engine.errors import MentionError
from engine.mention_json import read_mention, text_hash, write_mention
from engine.ports import DeadLetter, Stored
from engine.sending import EDITED
from engine.store.column_types import storable, write_json
from engine.store.database import LOCK_APPEND, in_chunks, insert_into, insert_new
from engine.store.forgotten import among, raw_among, unknown_changes
from engine.store.opt_outs import note_wishes
from engine.store.tables import dead_letters, mentions, source_cursors
from engine.store.traces import ERASED
from engine.store.upstream import note_changes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.ports import SourceBatch
    from engine.store.database import Database

# An index entry of PostgreSQL ends at 2,704 bytes.
LONGEST_KEY = 2_000
_LONGEST_RAW = 64 * 1024
_LONGEST_SHOWN = 80
_KNOWN_COLUMNS = ("id", "source", "external_id", "text_hash", "body")


@dataclass(slots=True)
class _Sorted:
    """A batch's mentions by what is to become of them; rows are ready to be inserted."""

    new: list[dict[str, Any]] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    duplicates: int = 0
    edited: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store holds under an identity."""

    id: str
    source: str
    external_id: str
    text_hash: str
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.external_id!r} of source {self.source!r} (id {self.id!r})"


def read_body(body: Any) -> Mention:
    """Return the mention a row's body stands for."""
    return read_mention(body)


async def append_batch(
    database: Database,
    batch: SourceBatch,
    *,
    observed_at: datetime,
    own_handles: Collection[str] = (),
) -> Stored:
    """Store a batch in one transaction; see `engine.ports.MentionLog.append`.

    Args:
        own_handles: Ours: one who names them and says stop says it to us.
    """
    rows, unreadable = _rows(batch.mentions, observed_at)
    async with database.write() as connection:
        # One intake at a time: else numbers given out early could be committed late, and a
        # decide cursor that has passed them would never see them.
        await database.lock(connection, LOCK_APPEND)
        left = await _without_forgotten(connection, batch)
        if left is not batch:
            rows, unreadable = _rows(left.mentions, observed_at)
        edited = {(one.source, one.external_id) for one in left.upstream if one.change == EDITED}
        found = _sort(rows, await _known(connection, rows), edited)
        await insert_new(connection, mentions, found.new)
        await _rewrite(connection, found.edited)
        dead = (*left.dead, *unreadable, *found.dead)
        await insert_new(connection, dead_letters, [_dead_row(one, observed_at) for one in dead])
        # With the mentions, so that no send can come between a wish and its heeding.
        await note_changes(connection, left.upstream)
        await note_wishes(connection, left.mentions, own_handles, at=observed_at)
        if batch.cursor is not None:
            await _move_cursor(connection, batch, observed_at)
    out = batch.read - left.read
    return Stored(len(found.new), found.duplicates, len(dead), out)


async def _without_forgotten(connection: AsyncConnection, batch: SourceBatch) -> SourceBatch:
    """Return the batch without what people wrote who were forgotten: nothing of it is stored."""
    out = await among(connection, batch.mentions)
    raws = [(letter.source, letter.raw) for letter in batch.dead]
    out_dead = await raw_among(connection, raws)
    upstream = await unknown_changes(connection, batch.upstream)
    if not out and not out_dead and upstream == batch.upstream:
        return batch
    return replace(
        batch,
        upstream=upstream,
        mentions=tuple(one for at, one in enumerate(batch.mentions) if at not in out),
        dead=tuple(one for at, one in enumerate(batch.dead) if at not in out_dead),
    )


def _rows(
    batch: Iterable[Mention], observed_at: datetime
) -> tuple[list[dict[str, Any]], list[DeadLetter]]:
    rows, dead = [], []
    for mention in batch:
        try:
            rows.append(_row(mention, observed_at))
        except (MentionError, ValueError, TypeError, RecursionError) as error:
            reason = f"the mention cannot be stored: {error}"
            place = f"mention {mention.id}"
            dead.append(DeadLetter(mention.source, place, reason, mention.text[:_LONGEST_RAW]))
    return rows, dead


def _row(mention: Mention, observed_at: datetime) -> dict[str, Any]:
    arrived = mention if mention.observed_at else replace(mention, observed_at=observed_at)
    # Read back at once: a mention that could be written but not read would stop decide for good.
    kept = read_body(json.loads(write_json(write_mention(arrived))))
    for name in ("id", "source", "external_id", "brand"):
        _check_length(name, getattr(kept, name) or "")
    _check_length("source and external_id together", kept.source + kept.external_id)
    return {
        "source": storable(kept.source),
        "external_id": storable(kept.external_id),
        "id": storable(kept.id),
        "brand": kept.brand,
        "language": kept.language,
        "kind": kept.kind,
        "author_id": kept.author.id,
        "author_handle": kept.author.handle,
        "published_at": kept.published_at,
        "observed_at": kept.observed_at,
        "text_hash": text_hash(kept.text),
        "folded_text": kept.text.casefold(),
        "body": write_mention(kept),
    }


def _check_length(name: str, value: str) -> None:
    size = len(storable(value).encode("utf-8"))
    if size > LONGEST_KEY:
        message = f"{name} takes {size} bytes; at most {LONGEST_KEY} are stored"
        raise MentionError(message)


async def _known(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> list[_Known]:
    """Return the stored mentions that share an identity or an id with one of the rows."""
    columns = mentions.c
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row["source"], []).append(row["external_id"])
    wanted: list[ColumnElement[bool]] = [
        (columns.source == source) & columns.external_id.in_(chunk)
        for source, external_ids in by_source.items()
        for chunk in in_chunks(external_ids)
    ]
    wanted += [columns.id.in_(chunk) for chunk in in_chunks([row["id"] for row in rows])]
    query = select(*(columns[name] for name in _KNOWN_COLUMNS))
    found = [await connection.execute(query.where(condition)) for condition in wanted]
    return [_Known(*row) for result in found for row in result]


def _sort(
    rows: Iterable[dict[str, Any]], known: Iterable[_Known], edited: Collection[tuple[str, str]]
) -> _Sorted:
    by_identity = {(one.source, one.external_id): one for one in known}
    by_id = {one.id: one for one in known}
    found = _Sorted()
    for row in rows:
        this = _Known(*(row[name] for name in _KNOWN_COLUMNS))
        identity = (this.source, this.external_id)
        there = by_identity.get(identity) or by_id.get(this.id)
        if there is None:
            by_identity[identity] = by_id[this.id] = this
            found.new.append(row)
        elif there.text_hash == ERASED:
            found.duplicates += 1  # what was erased does not come back
        elif (there.source, there.external_id) == identity and there.text_hash == this.text_hash:
            found.duplicates += 1
        elif (there.source, there.external_id) == identity and identity in edited:
            found.duplicates += 1
            found.edited.append(row)
        else:
            found.dead.append(_conflict(this, there))
    return found


async def _rewrite(connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Let mentions that were edited say what they say now; what was decided of them stands."""
    for row in rows:
        is_it = (mentions.c.source == row["source"]) & (
            mentions.c.external_id == row["external_id"]
        )
        its_id = (await connection.execute(select(mentions.c.id).where(is_it))).scalar_one()
        changed = {name: row[name] for name in ("text_hash", "folded_text")}
        body = {**row["body"], "id": its_id}
        await connection.execute(update(mentions).where(is_it).values(**changed, body=body))


def _conflict(this: _Known, there: _Known) -> DeadLetter:
    is_same = (this.source, this.external_id) == (there.source, there.external_id)
    taken = "the identity" if is_same else "the id"
    reason = (
        f"{taken} of {this.name} with text {_shown(this.body['text'])} is taken by "
        f"{there.name} with text {_shown(there.body['text'])}; the first one is kept"
    )
    raw = write_json(this.body)[:_LONGEST_RAW]
    return DeadLetter(this.source, f"mention {this.id}", reason, raw)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _dead_row(letter: DeadLetter, at: datetime) -> dict[str, Any]:
    identity = write_json([letter.source, letter.place, letter.raw])
    return {
        "identity": hashlib.sha256(identity.encode("utf-8")).hexdigest(),
        "source": letter.source,
        "place": letter.place,
        "reason": letter.reason,
        "raw": letter.raw,
        "at": at,
    }


async def _move_cursor(connection: AsyncConnection, batch: SourceBatch, at: datetime) -> None:
    changed = {"cursor": dict(batch.cursor or {}), "updated_at": at}
    insert = insert_into(connection, source_cursors).values(source=batch.source, **changed)
    await connection.execute(insert.on_conflict_do_update(index_elements=["source"], set_=changed))
