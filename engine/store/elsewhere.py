"""Rows that are no one's own, searched for traces of a person: others' texts, states, the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, delete, false, or_, select, tuple_, type_coerce, update

from engine.incidents.cause import Cause
from engine.incidents.register import CAUSE
from engine.sending import fold_handle
from engine.store.acting_tables import (
    case_acts,
    cases,
    changes,
    halts,
    opt_outs,
    sends,
    suspensions,
    upstream_changes,
    verdicts,
)
from engine.store.chain import erase_outcomes
from engine.store.column_types import JsonText
from engine.store.database import in_chunks
from engine.store.tables import (
    actions,
    attempts,
    dead_letters,
    decisions,
    held_back,
    incidents,
    mentions,
    operator_acts,
    outcomes,
    policy_events,
    policy_texts,
    silences,
    source_cursors,
    window_snapshots,
)
from engine.store.traces import GONE, like_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from engine.store.erasing import Erased, Leave
    from engine.store.traces import Traces

# Columns that hold words of people, or JSON that may. Names of rules, sources and operators stay.
_WORDS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (decisions, ("trace", "firing")),
    (held_back, ("detail",)),
    (actions, ("params", "receipt", "detail")),
    (attempts, ("detail",)),
    (operator_acts, ("note",)),
    (silences, ("reason",)),
    (policy_events, ("reason", "detail")),
    (halts, ("reason",)),
    (verdicts, ("reason", "text")),
    (case_acts, ("note",)),
    (changes, ("before", "after")),
    (suspensions, ("reason",)),
)
_OF_MENTIONS: tuple[tuple[Table, str], ...] = (
    (decisions, "mention"),
    (sends, "mention"),
    (sends, "thread"),
    (sends, "author"),
    (opt_outs, "mention"),
    (opt_outs, "author"),
    (cases, "mention"),
    (cases, "thread"),
    (cases, "author"),
)


async def replace_words(connection: AsyncConnection, traces: Traces, found: Erased) -> None:
    """Take the person's names out of what others wrote, and out of every note and detail."""
    forms = like_forms(traces.person.words())
    if not forms:
        return
    for table, names in _WORDS:
        columns = [table.c[name] for name in names]
        rows = await _holding(connection, table, columns, forms=forms)
        found.note(table.name, await _rewrite(connection, table, rows, traces=traces, names=names))
    await _mentions(connection, traces, found, forms=forms)


async def _mentions(
    connection: AsyncConnection, traces: Traces, found: Erased, *, forms: Sequence[str]
) -> None:
    """Take the names out of what others wrote; who wrote it stays, and so do texts alike.

    The hash of the text stays that of the text as it arrived: arriving again it is no other text.
    """
    is_plain = all(form.isascii() for form in forms)
    columns = [mentions.c.body] if is_plain else [mentions.c.body, mentions.c.folded_text]
    named = traces.names_alone()
    done = 0
    for row in await _holding(connection, mentions, columns, forms=forms):
        body = {
            name: value if name == "author" else named.value(value)
            for name, value in row["body"].items()
        }
        if body != row["body"]:
            changed = {"body": body, "folded_text": body["text"].casefold()}
            is_it = mentions.c.seq == row["seq"]
            await connection.execute(update(mentions).where(is_it).values(**changed))
            done += 1
    found.note("mentions", done)


async def replace_keys(connection: AsyncConnection, traces: Traces, found: Erased) -> None:
    """Let rows that stand under a mention or an author stand under what is left of them."""
    wanted = list(traces.exact)
    for table, name in _OF_MENTIONS:
        column = table.c[name]
        rows = 0
        for chunk in in_chunks(wanted):
            query = select(column).distinct().where(column.in_(chunk))
            for value in (await connection.execute(query)).scalars().all():
                changed = update(table).where(column == value).values({name: traces.exact[value]})
                rows += (await connection.execute(changed)).rowcount
        found.note(table.name, rows)
    for source, external_id in traces.erased:
        await _rename_change(connection, source, external_id, traces)
    await _hide_handles(connection, traces)


async def _rename_change(
    connection: AsyncConnection, source: str, external_id: str, traces: Traces
) -> None:
    left = traces.erased[source, external_id]["external_id"]
    if left != external_id:
        table = upstream_changes
        is_it = and_(table.c.source == source, table.c.external_id == external_id)
        await connection.execute(update(table).where(is_it).values(external_id=left))


async def _hide_handles(connection: AsyncConnection, traces: Traces) -> None:
    """Let those who asked not to be written to be known by what is kept of them alone."""
    for _, handle in traces.person.handles:
        is_it = opt_outs.c.handle == fold_handle(handle)
        hidden = traces.exact.get(handle, GONE)
        await connection.execute(update(opt_outs).where(is_it).values(handle=hidden))


async def replace_quotes(connection: AsyncConnection, traces: Traces, found: Erased) -> None:
    """Take erased mentions out of what is told of crowds: incidents, and actions of theirs."""
    names = ("title", "key", "body", "cause")
    rows = [dict(row) for row in (await connection.execute(select(incidents))).mappings()]
    found.note("incidents", await _rewrite(connection, incidents, rows, traces=traces, names=names))
    of_crowds = select(actions).join(decisions, decisions.c.id == actions.c.decision_id)
    found_actions = await connection.execute(of_crowds.where(decisions.c.firing.is_not(None)))
    theirs = [dict(row) for row in found_actions.mappings()]
    told = ("params", "receipt", "detail")
    done = await _rewrite(connection, actions, theirs, traces=traces, names=told)
    found.note("actions", done)
    await _dead(connection, traces, found)


async def _dead(connection: AsyncConnection, traces: Traces, found: Erased) -> None:
    """Empty inputs that were set aside and hold anything of the person or the mentions."""
    rows = (await connection.execute(select(dead_letters))).mappings().all()
    gone = [row["seq"] for row in rows if _is_theirs(dict(row), traces)]
    for chunk in in_chunks(gone):
        is_it = dead_letters.c.seq.in_(chunk)
        emptied = {"place": GONE, "reason": GONE, "raw": GONE}
        await connection.execute(update(dead_letters).where(is_it).values(**emptied))
    found.note("dead_letters", len(gone))


def _is_theirs(row: Mapping[str, Any], traces: Traces) -> bool:
    place = row["place"].removeprefix("mention ").partition(":")[2] or row["place"]
    if place in traces.exact or row["place"].removeprefix("mention ") in traces.exact:
        return True
    texts = [row["place"], row["reason"], row["raw"]]
    try:
        data = json.loads(row["raw"])
        author = data.get("author") if isinstance(data, dict) else None
        if isinstance(author, dict) and traces.person.is_author(row["source"], author):
            return True
        texts.append(json.dumps(data, ensure_ascii=False))
    except (ValueError, RecursionError):
        texts.append(row["raw"].encode("ascii", "backslashreplace").decode("ascii"))
    return any(traces.is_in(text) for text in texts)


async def replace_states(connection: AsyncConnection, traces: Traces, found: Erased) -> None:
    """Take erased mentions and the person out of what rules over time remember.

    What is kept under the person's name alone goes; an incident stays, without the name.
    """
    table = window_snapshots
    rows = (await connection.execute(select(table))).mappings().all()
    gone, changed = [], 0
    for row in rows:
        if not row["key"].startswith("incident:") and _names_key(row["key"], traces):
            gone.append(row["key_hash"])
            continue
        left = _state(row["key"], row["state"], traces)
        if left != row["state"]:
            is_it = table.c.key_hash == row["key_hash"]
            await connection.execute(update(table).where(is_it).values(state=left))
            changed += 1
    for chunk in in_chunks(gone):
        await connection.execute(delete(table).where(table.c.key_hash.in_(chunk)))
    found.note("window_snapshots", changed + len(gone))


def _names_key(key: str, traces: Traces) -> bool:
    """Say whether the values a state is kept by name the person or an erased mention."""
    named = traces.person.everything()
    return any(
        one in traces.exact or fold_handle(one) in named or traces.names(one)
        for one in _strings(key)
    )


def _strings(key: str) -> Iterator[str]:
    """Yield the strings inside a key, which is JSON behind a word, with JSON inside."""
    _, _, rest = key.partition(":")
    waiting: list[Any] = [rest or key]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, str):
            yield one
            if one[:1] in ("[", "{"):
                try:
                    waiting.append(json.loads(one))
                except ValueError:
                    continue


def _state(key: str, state: Any, traces: Traces) -> Any:
    if key.startswith(CAUSE):
        # Names inside are kept in a form of their own.
        before = Cause.resume(state)
        after = before.renamed(traces.text).snapshot()
        return state if after == before.snapshot() else after
    return traces.value(state)


async def erase_log(
    connection: AsyncConnection, traces: Traces, old: Sequence[str], *, leave: Leave
) -> int:
    """Blank the rows of the outcome log that speak of the mentions or the person.

    Args:
        old: The mentions' ids before they were erased.
    """
    columns = outcomes.c
    seqs: set[int] = set()
    for chunk in in_chunks(list(old)):
        seqs |= set(
            (
                await connection.execute(select(columns.seq).where(columns.mention.in_(chunk)))
            ).scalars()
        )
    shown = (columns.seq, columns.mention, columns.detail, columns.payload)
    forms = like_forms(traces.person.words())
    is_free = columns.kind.not_in(("action", "erasure"))
    is_named = _like(connection, [columns.mention, columns.detail, columns.payload], forms)
    for row in await connection.execute(select(*shown).where(or_(is_free, is_named))):
        # The payload is ASCII: other letters stand in it as escapes.
        payload = json.dumps(json.loads(row.payload), ensure_ascii=False)
        if any(traces.is_in(one) for one in (row.mention, row.detail, payload)):
            seqs.add(row.seq)
    numbers = sorted(seqs)
    return await erase_outcomes(connection, numbers, by=leave.by, reason=leave.reason, at=leave.at)


async def policies_naming(connection: AsyncConnection, traces: Traces) -> int:
    """Return how many stored policy texts name the person; those are for people to change."""
    forms = like_forms(traces.person.words())
    if not forms:
        return 0
    query = select(policy_texts.c.text).where(_like(connection, [policy_texts.c.text], forms))
    return sum(traces.names(text) for text in (await connection.execute(query)).scalars())


async def forget_cursors(connection: AsyncConnection, traces: Traces) -> None:
    """Take the ids of erased mentions out of what sources remember of what they have read."""
    ids = {external_id for _, external_id in traces.erased}
    rows = (await connection.execute(select(source_cursors))).mappings().all()
    for row in rows:
        left = _without(row["cursor"], ids)
        if left != row["cursor"]:
            is_it = source_cursors.c.source == row["source"]
            await connection.execute(update(source_cursors).where(is_it).values(cursor=left))


def _without(value: Any, ids: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(one, ids) for name, one in value.items() if name not in ids}
    if isinstance(value, list):
        return [_without(one, ids) for one in value if not (isinstance(one, str) and one in ids)]
    return value


async def _holding(
    connection: AsyncConnection,
    table: Table,
    columns: Sequence[Column[Any]],
    *,
    forms: Sequence[str],
) -> Sequence[Mapping[str, Any]]:
    query = select(table).where(_like(connection, columns, forms))
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _like(
    connection: AsyncConnection, columns: Sequence[Any], forms: Sequence[str]
) -> ColumnElement[bool]:
    texts = [type_coerce(column, Text) for column in columns]
    # SQLite's own LIKE knows the case of ASCII, and asking for it again takes twice as long.
    is_sqlite = connection.dialect.name == "sqlite"
    found = [
        text.contains(form, autoescape=True) if is_sqlite else text.icontains(form, autoescape=True)
        for text in texts
        for form in forms
    ]
    return or_(false(), *found)


async def _rewrite(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    traces: Traces,
    names: Sequence[str],
) -> int:
    """Write rows anew whose columns held something that is to go; return how many did."""
    keys = list(table.primary_key.columns)
    done = 0
    for row in rows:
        changed = {}
        for name in names:
            value = row[name]
            is_json = isinstance(table.c[name].type, JsonText)
            left = value if value is None else (traces.value if is_json else traces.text)(value)
            if left != value:
                changed[name] = left
        if changed:
            is_it = tuple_(*keys) == tuple_(*(row[key.name] for key in keys))
            await connection.execute(update(table).where(is_it).values(**changed))
            done += 1
    return done
