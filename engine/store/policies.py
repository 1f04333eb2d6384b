"""The policies that ran, text and all, and how each came to run or was refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, delete, or_, select

from engine.store.chain import OutcomeEntry, append_outcomes, canonical_json, lock_chain
from engine.store.database import in_chunks, insert_new
from engine.store.judged import count_reviewed
from engine.store.rows import listed, paged
from engine.store.tables import policy_events, policy_revisions, policy_texts
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.database import Database

# Of refused edits the latest are of use; the revisions that ran are kept for good.
MOST_REFUSED = 100


class EventKind(StrEnum):
    """What happened to the policies of a database.

    ``startup`` and ``reload`` are an engine's, ``replay`` that of a file; ``rollback`` is a person
    who put earlier files back, ``replaced`` the edits that stood there until then; ``refused`` is
    an edit that did not take effect.
    """

    STARTUP = "startup"
    RELOAD = "reload"
    REPLAY = "replay"
    ROLLBACK = "rollback"
    REPLACED = "replaced"
    REFUSED = "refused"


# What live engines decided by. A replay is one person's experiment with a file.
LIVE = (EventKind.STARTUP, EventKind.RELOAD)
_RAN = (*LIVE, EventKind.REPLAY)
# What a person does; the outcome log tells of it.
_ACTS = (EventKind.ROLLBACK, EventKind.REPLACED)


@dataclass(frozen=True, slots=True)
class PolicyRevision:
    """What one revision was made of.

    Attributes:
        revision: As decisions of this revision were made by.
        files: Every text by its name, as the settings name it, in the order of reading.
        policies: The revision of each policy, by id: the one that stands in its decisions.
        modes: By policy and rule: ``{"mode": …, "actions": [[kind, mode], …]}``, as they ran.
        held: What ran as draft although its file says enforce; JSON objects.
    """

    revision: str
    files: Mapping[str, str]
    policies: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    held: Sequence[Mapping[str, Any]] = ()
    rules: int = 0

    @property
    def texts(self) -> str:
        """Hash of the files' names and texts alone."""
        return texts_hash(self.files)


@dataclass(frozen=True, slots=True)
class PolicyEvent:
    """One change, or refusal of a change.

    Attributes:
        texts: Hash of the files it is about, see `texts_hash`.
        revision: None where the files do not load.
        by: The person, where one did it.
        detail: JSON: the problems of a refusal, what an accepted edit changed.
    """

    kind: EventKind
    texts: str
    revision: str | None = None
    by: str | None = None
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def repeats(self, other: PolicyEvent | None) -> bool:
        """Say whether it tells nothing that another does not."""
        return (
            other is not None
            and (self.kind in _RAN) is (other.kind in _RAN)
            and (self.kind in LIVE) is (other.kind in LIVE)
            and (self.revision, self.texts) == (other.revision, other.texts)
            and (self.kind in _RAN or self == other)
        )


def texts_hash(files: Mapping[str, str]) -> str:
    """Return the SHA-256, in hex, of files with their names, in their order."""
    return hashlib.sha256(canonical_json(_entries(files)).encode("ascii")).hexdigest()


def _entries(files: Mapping[str, str]) -> list[list[str]]:
    return [[name, _hash(text)] for name, text in files.items()]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class PolicyHistory:
    """The policies of a database: what ran, what was refused, what its drafts were thought of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def keep(self, revision: PolicyRevision, event: PolicyEvent, *, at: datetime) -> None:
        """Store a revision and how it came about, in one transaction; twice is once."""
        row = {
            "revision": revision.revision,
            "texts": revision.texts,
            "files": _entries(revision.files),
            "policies": dict(revision.policies),
            "modes": {policy: dict(rules) for policy, rules in revision.modes.items()},
            "held": [dict(one) for one in revision.held],
            "rules": revision.rules,
            "stored_at": at,
        }
        texts = [{"hash": _hash(text), "text": text} for text in revision.files.values()]
        async with self._database.write() as connection:
            await _lock_for(connection, event)
            await insert_new(connection, policy_texts, texts)
            await insert_new(connection, policy_revisions, [row])
            await _add_event(connection, event, at)

    @unbroken
    async def note(self, event: PolicyEvent, *, at: datetime) -> None:
        """Store what happened without a revision to keep; old refusals make way."""
        async with self._database.write() as connection:
            await _lock_for(connection, event)
            await _add_event(connection, event, at)
            if event.kind is EventKind.REFUSED:
                await _forget_refused(connection)

    @unbroken
    async def running(self) -> PolicyRevision | None:
        """Return what a live engine decides, or last decided, by; None before the first start."""
        columns = policy_events.c
        query = select(columns.revision, columns.texts).where(columns.kind.in_(LIVE))
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(columns.seq.desc()).limit(1))).first()
            if row is None:
                return None
            is_it = (policy_revisions.c.revision == row.revision) & (
                policy_revisions.c.texts == row.texts
            )
            found = await connection.execute(select(policy_revisions).where(is_it))
            return await _whole(connection, found.one())

    @unbroken
    async def latest(self) -> PolicyEvent | None:
        """Return the newest event."""
        async with self._database.read() as connection:
            return await _latest(connection)

    @unbroken
    async def find(self, prefix: str) -> list[str]:
        """Return the revisions that a prefix may mean: of a set, of its texts or of one policy.

        Newest first, each once. The revision of one policy stands for the newest set it was in.
        """
        columns = policy_revisions.c
        is_meant = or_(
            columns.revision.startswith(prefix, autoescape=True),
            columns.texts.startswith(prefix, autoescape=True),
        )
        query = select(columns.revision).where(is_meant).order_by(columns.seq.desc())
        # A column of JSON text: what stands there in quotes is an id or a revision.
        inside = columns.policies.cast(Text).contains(f'"{prefix}', autoescape=True)
        among = select(columns.revision, columns.policies).where(inside)
        async with self._database.read() as connection:
            found = list((await connection.execute(query)).scalars())
            if not found:
                rows = await connection.execute(among.order_by(columns.seq.desc()))
                own = (row for row in rows if _is_of_one(row.policies, prefix))
                found = [row.revision for row in own][:1]
        return list(dict.fromkeys(found))

    @unbroken
    async def get(self, revision: str) -> PolicyRevision | None:
        """Return a revision with the newest texts it had."""
        columns = policy_revisions.c
        query = select(policy_revisions).where(columns.revision == revision)
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(columns.seq.desc()).limit(1))).first()
            return None if row is None else await _whole(connection, row)

    @unbroken
    async def history(
        self, *, limit: int = 50, before_seq: int | None = None
    ) -> list[dict[str, Any]]:
        """Return what happened, newest first, each with ``rules`` of its revision (or None)."""
        columns = policy_events.c
        joined = (policy_revisions.c.revision == columns.revision) & (
            policy_revisions.c.texts == columns.texts
        )
        query = select(policy_events, policy_revisions.c.rules, policy_revisions.c.held)
        query = query.join(policy_revisions, joined, isouter=True)
        async with self._database.read() as connection:
            return await listed(
                connection, paged(query, policy_events, before=before_seq).limit(limit)
            )

    @unbroken
    async def revisions(self, *, limit: int = 1000) -> list[str]:
        """Return the revisions stored, newest first: for suggestions."""
        columns = policy_revisions.c
        query = select(columns.revision).order_by(columns.seq.desc()).limit(limit)
        async with self._database.read() as connection:
            return list(dict.fromkeys((await connection.execute(query)).scalars()))

    @unbroken
    async def reviewed_drafts(self) -> dict[tuple[str, str, str], int]:
        """Return how many drafts a person has judged, by policy, rule and kind of action.

        A draft is an action that waited for a person; one that waits still, that was given up, or
        that was sent or cancelled without a person's verdict, was not judged.
        """
        async with self._database.read() as connection:
            return await count_reviewed(connection)


def _is_of_one(policies: Mapping[str, str], prefix: str) -> bool:
    return any(revision.startswith(prefix) for revision in policies.values())


async def _add_event(connection: AsyncConnection, event: PolicyEvent, at: datetime) -> None:
    if event.repeats(await _latest(connection)):
        return
    row = {
        "at": at,
        "kind": event.kind.value,
        "revision": event.revision,
        "texts": event.texts,
        "by": event.by,
        "reason": event.reason,
        "detail": dict(event.detail),
    }
    await connection.execute(policy_events.insert(), row)
    if event.kind in _ACTS:
        await append_outcomes(connection, [_outcome(event)], at=at)


async def _lock_for(connection: AsyncConnection, event: PolicyEvent) -> None:
    if event.kind in _ACTS:
        await lock_chain(connection)


def _outcome(event: PolicyEvent) -> OutcomeEntry:
    return OutcomeEntry(
        action_id=event.revision or event.texts,
        mention="",
        policy="",
        rule="",
        action=event.kind.value,
        state=event.kind,
        detail=f"by {event.by}",
        kind="policy",
        payload={"by": event.by, "reason": event.reason or "", "texts": event.texts},
    )


async def _latest(connection: AsyncConnection) -> PolicyEvent | None:
    query = select(policy_events).order_by(policy_events.c.seq.desc()).limit(1)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return PolicyEvent(EventKind(row.kind), row.texts, row.revision, row.by, row.reason, row.detail)


async def _forget_refused(connection: AsyncConnection) -> None:
    columns = policy_events.c
    is_refused = columns.kind == EventKind.REFUSED.value
    newest = select(columns.seq).where(is_refused).order_by(columns.seq.desc())
    oldest_kept = (await connection.execute(newest.offset(MOST_REFUSED - 1).limit(1))).scalar()
    if oldest_kept is not None:
        await connection.execute(delete(policy_events).where(is_refused, columns.seq < oldest_kept))


async def _whole(connection: AsyncConnection, row: Row[Any]) -> PolicyRevision:
    found: dict[str, str] = {}
    for chunk in in_chunks([hashed for _, hashed in row.files]):
        query = select(policy_texts).where(policy_texts.c.hash.in_(chunk))
        found |= {one.hash: one.text for one in await connection.execute(query)}
    return PolicyRevision(
        revision=row.revision,
        files={name: found[hashed] for name, hashed in row.files},
        policies=row.policies,
        modes=row.modes,
        held=tuple(row.held),
        rules=row.rules,
    )
