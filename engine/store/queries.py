"""The read side: what the command line, the API and the live view show, as plain JSON values.

Lists are newest first. Those that take ``after_seq`` turn round when it is given: the oldest rows
after that number first, so that a reader who keeps the last number it saw misses nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from engine.audit.checkpoints import TrustedKeys
from engine.audit.walk import Anchor
from engine.store.audit import LogAudit
from engine.store.chain import ChainHead, ChainReport, read_head
from engine.store.halts import HALTED
from engine.store.rows import (
    ACTIONS,
    DECISIONS,
    as_json,
    count,
    decisions_of,
    equal,
    held_back_of,
    listed,
    paged,
    tally,
    with_classifications,
    with_mention,
)
from engine.store.tables import (
    actions,
    classifications,
    dead_letters,
    decide_cursor,
    decisions,
    mentions,
    outcomes,
)
from engine.store.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.store.database import Database


class Queries:
    """Questions to the store; none of them writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @unbroken
    async def mentions(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        brand: str | None = None,
        language: str | None = None,
        since: datetime | None = None,
        text: str | None = None,
        rule: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return mentions, newest arrival first, each with its ``seq`` and stored classifications.

        Args:
            rule: Matched by a rule of this id.
            since: Published then or later.
            text: Stands somewhere in the text; upper and lower case are the same.
        """
        columns = mentions.c
        conditions = equal((columns.brand, brand), (columns.language, language))
        if since is not None:
            conditions.append(columns.published_at >= since)
        if text:
            conditions.append(columns.folded_text.contains(text.casefold(), autoescape=True))
        if rule is not None:
            matched = select(decisions.c.mention_seq).where(decisions.c.rule == rule)
            conditions.append(columns.seq.in_(matched))
        query = select(columns.seq, columns.body).where(*conditions)
        query = paged(query, mentions, before=before_seq).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            return await with_classifications(connection, rows)

    @unbroken
    async def history(
        self,
        *,
        after_seq: int,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Return stored mentions after a number, the oldest arrival first: the log, a page of it.

        Args:
            since: Published then or later.
            until: Published before.

        Returns:
            ``seq``, ``body`` (the mention as it was stored) and ``classifications`` (by task, as
            they were decided by) of each.
        """
        columns = mentions.c
        query = select(columns.seq, columns.body).where(columns.seq > after_seq)
        if since is not None:
            query = query.where(columns.published_at >= since)
        if until is not None:
            query = query.where(columns.published_at < until)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(columns.seq).limit(limit))).all()
            told = await with_classifications(connection, rows)
        return [
            {"seq": row.seq, "body": row.body, "classifications": one["classifications"]}
            for row, one in zip(rows, told, strict=True)
        ]

    @unbroken
    async def mention(self, mention_id: str) -> dict[str, Any] | None:
        """Return all that is known of one mention, None where it is not stored.

        Returns:
            ``mention`` (with its classifications), ``decisions`` (each with its ``actions``, each
            of those with its ``attempts``), ``held_back`` and ``is_decided``.
        """
        query = select(mentions.c.seq, mentions.c.body).where(mentions.c.id == mention_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            cursor = (await connection.execute(select(decide_cursor.c.seq))).scalar_one()
            return {
                "mention": (await with_classifications(connection, [row]))[0],
                "is_decided": row.seq <= cursor,
                "decisions": await decisions_of(connection, row.seq),
                "held_back": await held_back_of(connection, row.seq),
            }

    @unbroken
    async def decisions(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        after_seq: int | None = None,
        policy: str | None = None,
        rule: str | None = None,
        mention: str | None = None,
        severity: str | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Return matches, one a rule and mention; ``since`` is event time."""
        columns = decisions.c
        conditions = equal(
            (columns.policy, policy),
            (columns.rule, rule),
            (mentions.c.id, mention),
            (columns.severity, severity),
        )
        if since is not None:
            conditions.append(columns.at >= since)
        query = paged(DECISIONS.where(*conditions), decisions, before=before_seq, after=after_seq)
        async with self._database.read() as connection:
            return await listed(connection, query.limit(limit))

    @unbroken
    async def matches(self, mention_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the rules that matched each mention, in the order they were recorded.

        Args:
            mention_ids: A page of them: at most a few hundred.

        Returns:
            ``seq policy rule severity mode`` of each match by mention; none where none matched.
        """
        columns = decisions.c
        shown = (columns.seq, columns.policy, columns.rule, columns.severity, columns.mode)
        query = select(columns.mention, *shown)
        query = query.join(mentions, mentions.c.seq == columns.mention_seq)
        query = query.where(mentions.c.id.in_(list(mention_ids))).order_by(columns.seq)
        found: dict[str, list[dict[str, Any]]] = {}
        async with self._database.read() as connection:
            for row in await listed(connection, query):
                found.setdefault(row.pop("mention"), []).append(row)
        return found

    @unbroken
    async def actions(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        after_seq: int | None = None,
        state: str | None = None,
        kind: str | None = None,
        rule: str | None = None,
        mention: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return actions with the policy, rule, severity and mention they belong to.

        Each has ``about``: the mention's ``text language source published_at url author``.
        """
        conditions = equal(
            (actions.c.state, state),
            (actions.c.kind, kind),
            (decisions.c.rule, rule),
            (mentions.c.id, mention),
        )
        query = ACTIONS.add_columns(mentions.c.body).where(*conditions)
        query = paged(query, actions, before=before_seq, after=after_seq).limit(limit)
        async with self._database.read() as connection:
            return [with_mention(row) for row in await connection.execute(query)]

    @unbroken
    async def outcomes(  # noqa: PLR0913 - filters, each by its name
        self,
        *,
        limit: int = 50,
        before_seq: int | None = None,
        after_seq: int | None = None,
        rule: str | None = None,
        mention: str | None = None,
        state: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Return rows of the outcome log; ``since`` is the time of writing, not event time."""
        columns = outcomes.c
        conditions = equal(
            (columns.rule, rule),
            (columns.mention, mention),
            (columns.state, state),
            (columns.kind, kind),
        )
        if since is not None:
            conditions.append(columns.at >= since)
        query = paged(
            select(outcomes).where(*conditions), outcomes, before=before_seq, after=after_seq
        )
        async with self._database.read() as connection:
            found = await listed(connection, query.limit(limit))
        return [_shown(row) for row in found]

    @unbroken
    async def dead_letters(
        self, *, limit: int = 50, before_seq: int | None = None, source: str | None = None
    ) -> list[dict[str, Any]]:
        """Return inputs that were no mention, newest first, each with its reason."""
        columns = dead_letters.c
        conditions = equal((columns.source, source))
        query = paged(select(dead_letters).where(*conditions), dead_letters, before=before_seq)
        async with self._database.read() as connection:
            return await listed(connection, query.limit(limit))

    @unbroken
    async def counts(self) -> dict[str, Any]:
        """Return how much of everything is stored.

        Returns:
            ``mentions``, ``classified`` (mentions with a classification), ``decided`` (mentions),
            ``decisions`` (matches), ``dead_letters``, ``actions`` by state, ``outcomes``,
            ``backlog`` (mentions not decided yet) and ``halted``: what is, ``scope reason by at``.
        """
        classified = select(classifications.c.mention_seq).distinct().subquery()
        cursor = select(decide_cursor.c.seq).scalar_subquery()
        is_decided = mentions.c.seq <= cursor
        query = select(
            count(mentions).label("mentions"),
            count(classified).label("classified"),
            count(mentions, is_decided).label("decided"),
            count(decisions).label("decisions"),
            count(dead_letters).label("dead_letters"),
            count(outcomes).label("outcomes"),
        )
        async with self._database.read() as connection:
            found = dict((await connection.execute(query)).mappings().one())
            by_state = await tally(connection, select(actions.c.state, func.count()))
            halted = [as_json(row) for row in await connection.execute(HALTED)]
        found["backlog"] = found["mentions"] - found["decided"]
        return {**found, "actions": by_state, "halted": halted}

    @unbroken
    async def label_counts(
        self, *, task: str = "sentiment", since: datetime | None = None
    ) -> dict[str, int]:
        """Return how many mentions carry each label of a task; ``since`` is event time."""
        columns = classifications.c
        query = select(columns.label, func.count()).where(columns.task == task)
        if since is not None:
            query = query.join(mentions, mentions.c.seq == columns.mention_seq)
            query = query.where(mentions.c.published_at >= since)
        async with self._database.read() as connection:
            return await tally(connection, query)

    @unbroken
    async def rule_counts(self, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return each rule that matched, most first: ``policy``, ``rule``, ``mode``, ``count``.

        A rule whose mode was changed stands there once for each mode; ``since`` is event time.
        """
        columns = (decisions.c.policy, decisions.c.rule, decisions.c.mode)
        query = select(*columns, func.count().label("count")).group_by(*columns)
        if since is not None:
            query = query.where(decisions.c.at >= since)
        async with self._database.read() as connection:
            return await listed(connection, query.order_by(func.count().desc(), *columns))

    async def overview(self) -> dict[str, Any]:
        """Return what a live view shows: ``sentiment`` by label, and ``rules`` by count."""
        return {"sentiment": await self.label_counts(), "rules": await self.rule_counts()}

    @unbroken
    async def chain_head(self) -> ChainHead:
        """Return the end of the outcome log, to be noted elsewhere and given to `verify_chain`."""
        async with self._database.read() as connection:
            return await read_head(connection)

    @unbroken
    async def verify_chain(self, *, expected: ChainHead | None = None) -> ChainReport:
        """Check the whole outcome log and name the first row that is changed, missing or extra.

        Args:
            expected: A head noted earlier: the log must still hold it.
        """
        noted = [] if expected is None else [Anchor(expected, "the head")]
        return await LogAudit(self._database).check(trusted=TrustedKeys(), anchors=noted)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the log without its seals, which only `tocsin audit export` writes."""
    seen = {name: value for name, value in row.items() if name != "seals"}
    return seen | {"payload": json.loads(row["payload"]), "erased": bool(row["erased"])}
