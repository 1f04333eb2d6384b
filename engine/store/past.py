"""What bears on one send, read in one statement: it is asked before every reply.

Each further statement would cost as much again, as the way to the database's thread and back is
longer than the search in its indexes; and so would building this one anew each time. What is absent
is bound as NULL, which equals nothing.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, bindparam, exists, func, or_, select, true

from engine.sending import MOST_NEAR, OptOut, Past, Send, Standing, UpstreamChange, fold_handle
from engine.store.acting_tables import opt_outs, sends, upstream_changes
from engine.store.tables import mentions

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement, Row, Select, Subquery, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.mention import Mention
    from engine.sending import Reach

SEND_FIELDS = (
    "action_id",
    "kind",
    "account",
    "source",
    "brand",
    "author",
    "thread",
    "mention",
    "policy",
    "rule",
    "at",
    "fingerprint",
    "remote_id",
)
_ASKED = ("source", "author", "handle", "at", "mention", "by")


async def read_past(
    connection: AsyncConnection, send: Send, mention: Mention, *, reach: Reach
) -> Past:
    """Return what bears on a send; see `engine.sending.SendLedger.past`."""
    found = await connection.execute(_query(), _asked_for(send, mention, reach))
    rows = found.all()
    first = rows[0]
    return Past(
        standing=Standing(bool(first.is_stored), _change(first, mention)),
        opt_out=_opt_out(first),
        near=tuple(read_send(row) for row in rows if row.action_id is not None),
        account_full_since=first.account_full,
        rule_full_since=first.rule_full,
        authors_alike=first.alike,
    )


def read_send(row: Row[Any]) -> Send:
    """Return the send that a row with the columns of `sends` holds."""
    fields = {name: getattr(row, name) for name in SEND_FIELDS}
    return Send(**{**fields, "fingerprint": tuple(row.fingerprint)})


def gist(send: Send) -> str | None:
    """Return what sends of the same text share; None for one without words, which is like none."""
    if not send.fingerprint:
        return None
    written = ",".join(map(str, send.fingerprint)).encode("ascii")
    return hashlib.blake2b(written, digest_size=8).hexdigest()


def _asked_for(send: Send, mention: Mention, reach: Reach) -> dict[str, Any]:
    handle = mention.author.handle
    return {
        "own_id": send.action_id,
        "own_mention": send.mention,
        "own_thread": send.thread,
        "own_author": send.author,
        "near_since": send.at - reach.near,
        "own_account": send.account,
        "account_since": reach.account.after(send.at),
        "account_before": reach.account.most - 1,
        "own_policy": send.policy,
        "own_rule": send.rule,
        "rule_since": reach.rule.after(send.at),
        "rule_before": reach.rule.most - 1,
        "alike_after": send.at - reach.alike,
        "own_gist": gist(send),
        "source": mention.source,
        "external_id": mention.external_id,
        "handle": fold_handle(handle) if handle else None,
    }


@cache
def _query() -> Select[Any]:
    known, asked, near = _known(), _opted_out(), _near()
    joined = known.outerjoin(asked, true()).outerjoin(near, true())
    query = select(known, asked, near).select_from(joined)
    return query.order_by(near.c.at, near.c.action_id)


def _near() -> Subquery:
    columns = sends.c
    start: BindParameter[Any] = bindparam("near_since")
    is_near = or_(
        columns.mention == bindparam("own_mention"),
        and_(columns.thread == bindparam("own_thread"), columns.at >= start),
        and_(columns.author == bindparam("own_author"), columns.at >= start),
    )
    query = select(sends).where(columns.action_id != bindparam("own_id"), is_near)
    newest = query.order_by(columns.at.desc(), columns.action_id.desc())
    return newest.limit(MOST_NEAR).subquery("near")


def _known() -> Subquery:
    """Return a query of one row: what is counted, and how the mention stands."""
    columns = sends.c
    through = columns.account == bindparam("own_account")
    of_rule = and_(columns.rule == bindparam("own_rule"), columns.policy == bindparam("own_policy"))
    alike = select(func.count(columns.author.distinct())).where(
        columns.action_id != bindparam("own_id"),
        through,
        columns.at > bindparam("alike_after"),
        func.coalesce(columns.author != bindparam("own_author"), columns.author.is_not(None)),
        columns.gist == bindparam("own_gist"),
    )
    stored = exists().where(_is_it(mentions))
    change = select(upstream_changes.c.change).where(_is_it(upstream_changes))
    changed_at = select(upstream_changes.c.at).where(_is_it(upstream_changes))
    return select(
        _full_since("account", through).label("account_full"),
        _full_since("rule", of_rule).label("rule_full"),
        alike.scalar_subquery().label("alike"),
        stored.label("is_stored"),
        change.scalar_subquery().label("change"),
        changed_at.scalar_subquery().label("changed_at"),
    ).subquery("known")


def _full_since(name: str, is_counted: ColumnElement[bool]) -> Any:
    """Return when the oldest of a cap's newest sends was made, where all are in its time."""
    columns = sends.c
    is_recent = columns.at >= bindparam(f"{name}_since")
    query = select(columns.at).where(
        columns.action_id != bindparam("own_id"), is_recent, is_counted
    )
    before = bindparam(f"{name}_before", type_=Integer)
    return query.order_by(columns.at.desc()).limit(1).offset(before).scalar_subquery()


def _opted_out() -> Subquery:
    columns = opt_outs.c
    shown = [columns[name].label(f"asked_{name}") for name in _ASKED]
    is_theirs = or_(
        columns.author == bindparam("own_author"), columns.handle == bindparam("handle")
    )
    query = select(*shown).where(columns.lifted_at.is_(None), is_theirs)
    return query.order_by(columns.seq).limit(1).subquery("asked")


def _is_it(table: Table) -> ColumnElement[bool]:
    return and_(
        table.c.source == bindparam("source"), table.c.external_id == bindparam("external_id")
    )


def _change(row: Row[Any], mention: Mention) -> UpstreamChange | None:
    if row.change is None:
        return None
    return UpstreamChange(mention.source, mention.external_id, row.change, row.changed_at)


def _opt_out(row: Row[Any]) -> OptOut | None:
    found = {name: getattr(row, f"asked_{name}") for name in _ASKED}
    return None if found["source"] is None else OptOut(**found)
