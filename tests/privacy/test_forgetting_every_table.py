"""Forgetting reaches every table that can hold a word of a person, whoever wrote it there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from engine.errors import StoreError
from engine.store.acting_tables import (
    answers,
    case_acts,
    case_mentions,
    cases,
    changes,
    halts,
    opt_outs,
    sends,
    suspensions,
    upstream_changes,
    verdicts,
)
from engine.store.column_types import JsonText, SafeText
from engine.store.erasing import Leave
from engine.store.forgetting import Named
from engine.store.tables import (
    actions,
    attempts,
    dead_letters,
    held_back,
    metadata,
    operator_acts,
    policy_events,
    silences,
    source_cursors,
    window_snapshots,
)
from engine.testing import NOON
from tests.privacy.lives import HANDLE, ID, NAME, TEXT, left_of, lived, of_others, theirs
from tests.store.samples import outside

if TYPE_CHECKING:
    from sqlalchemy import Table

    from engine.store import Store

LEAVE = Leave("ops", "request 4711", NOON)
WORDS = (HANDLE, NAME, ID, TEXT)
SAID = f"asked about @{HANDLE}, that is {NAME}"
KEY, MENTION = f"mastodon:{ID}", theirs(1).id

ROWS: dict[str, tuple[Table, dict[str, Any]]] = {
    "a halt's reason": (
        halts,
        {"id": "h", "scope": "all", "reason": SAID, "by": "ops", "at": NOON},
    ),
    "a send": (
        sends,
        {
            "action_id": "a",
            "kind": "reply",
            "account": "account:x",
            "source": "mastodon",
            "author": KEY,
            "thread": f"mastodon:{theirs(1).external_id}",
            "mention": MENTION,
            "policy": "care",
            "rule": "smoke",
            "at": NOON,
            "fingerprint": [1, 2],
        },
    ),
    "one who asked not to be written to": (
        opt_outs,
        {
            "source": "mastodon",
            "author": KEY,
            "handle": HANDLE.casefold(),
            "mention": MENTION,
            "at": NOON,
            "by": "engine",
        },
    ),
    "what became of a mention": (
        upstream_changes,
        {
            "source": "mastodon",
            "external_id": theirs(1).external_id,
            "change": "edited",
            "at": NOON,
        },
    ),
    "a case": (
        cases,
        {
            "id": "c",
            "action_id": "a",
            "target": "queue care",
            "mention": MENTION,
            "thread": f"mastodon:{theirs(1).external_id}",
            "author": KEY,
            "policy": "care",
            "rule": "smoke",
            "severity": "minor",
            "state": "open",
            "opened_at": NOON,
            "clocks": {},
            "updated_at": NOON,
        },
    ),
    "what a case is about": (
        case_mentions,
        {
            "case_id": "c",
            "mention": MENTION,
            "named": f"mastodon:{theirs(1).external_id}",
            "thread": f"mastodon:{theirs(1).external_id}",
            "at": NOON,
        },
    ),
    "what needs no answer": (answers, {"key": "k", "mention": MENTION, "at": NOON}),
    "a note on a case": (
        case_acts,
        {"case_id": "c", "act": "note", "by": "lea", "at": NOON, "note": SAID},
    ),
    "what an ad was": (
        changes,
        {
            "action_id": "a",
            "account": "account:x",
            "object": "1",
            "field": "name",
            "name": SAID,
            "restore": "set",
            "before": SAID,
            "after": "other",
            "state": "done",
            "at": NOON,
        },
    ),
    "why publishing was suspended": (
        suspensions,
        {"id": "s", "scope": "all", "action_id": "a", "by": "lea", "reason": SAID, "at": NOON},
    ),
    "a note on an incident": (
        operator_acts,
        {"incident": "i", "act": "note", "by": "lea", "at": NOON, "note": SAID},
    ),
    "why a rule was silenced": (
        silences,
        {
            "id": "sil-1",
            "rule": "smoke",
            "author": "lea",
            "reason": SAID,
            "since": NOON,
            "until": NOON,
            "created_at": NOON,
        },
    ),
    "why a policy was put back": (
        policy_events,
        {"at": NOON, "kind": "rollback", "texts": "t", "reason": SAID, "detail": {"note": SAID}},
    ),
    "what a source has read": (
        source_cursors,
        {
            "source": "feed",
            "cursor": {"seen": [theirs(1).external_id, "other"]},
            "updated_at": NOON,
        },
    ),
    "an input that was set aside": (
        dead_letters,
        {
            "identity": "d",
            "source": "x",
            "place": "f:1",
            "reason": "text too long",
            "raw": json.dumps({"text": f"{TEXT} …", "name": NAME}),
            "at": NOON,
        },
    ),
    "a fault of the engine at a mention": (
        dead_letters,
        {
            "identity": "e",
            "source": "engine",
            "place": f"classify:{MENTION}",
            "reason": "a fault",
            "raw": "short",
            "at": NOON,
        },
    ),
    "a state kept by an author": (
        window_snapshots,
        {
            "key_hash": "k",
            "key": f'cooldown:["care", "smoke", "{ID}"]',
            "state": {"until": "x"},
            "at": NOON,
        },
    ),
    "different voices that a window counts": (
        window_snapshots,
        {
            "key_hash": "l",
            "key": "rule:[]",
            "state": {"states": [["distinct", 0, [[1, [HANDLE, "other"]]]]]},
            "at": NOON,
        },
    ),
}


@pytest.mark.parametrize(("table", "row"), ROWS.values(), ids=ROWS)
async def test_no_word_is_left_in(
    store: Store, store_url: str, table: Table, row: dict[str, Any]
) -> None:
    await lived(store, mentions=[theirs(1)], dead=())
    with outside(store_url) as connection:
        connection.execute(insert(table), row)

    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert left_of(store_url, *WORDS) == []


async def test_no_word_is_left_of_what_was_done_on_their_mentions(
    store: Store, store_url: str
) -> None:
    await lived(store, mentions=[theirs(1)], dead=())
    with outside(store_url) as connection:
        action = connection.execute(select(actions.c.id)).scalars().first()
        connection.execute(
            insert(attempts),
            {
                "action_id": action,
                "number": 9,
                "started_at": NOON,
                "detail": f"refused: {TEXT[:30]}",
            },
        )
        connection.execute(
            insert(verdicts),
            {
                "action_id": action,
                "judgement": "approved",
                "by": "lea",
                "at": NOON,
                "reason": SAID,
                "text": f"Bonjour {NAME}",
            },
        )
        held = {"mention_seq": 1, "policy": "care", "place": 9, "rule": "smoke", "action": "reply"}
        connection.execute(
            insert(held_back), held | {"reason": "cooldown", "detail": ID, "at": NOON}
        )

    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert left_of(store_url, *WORDS) == []


def test_every_column_that_may_hold_words_is_known() -> None:
    """A new table or column has to be thought of here: is it cleared, and how?"""
    told = {(table.name, name) for table, row in ROWS.values() for name in row}
    of_mentions = {
        "mentions",
        "classifications",
        "decisions",
        "held_back",
        "actions",
        "attempts",
        "verdicts",
        "incidents",
        "outcomes",
    }
    structure = {
        "brand",
        "queue",
        "person",
        "lifted_by",
        "restored_by",
        "ended_by",
        "by",
        "remote_id",
    }
    unknown = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, SafeText | JsonText)
        and table.name not in of_mentions
        and column.name not in structure
        and (table.name, column.name) not in told
    }
    # Of operators, and of the engine's own doings.
    assert (
        unknown
        - {
            "policy_texts.text",
            "policy_revisions.files",
            "policy_revisions.policies",
            "policy_revisions.modes",
            "policy_revisions.held",
            "chores.detail",
            "cards.action_id",
            "cards.channel",
            "cards.receipt",
        }
        == set()
    )


async def test_a_policy_that_names_the_person_is_told_of(store: Store, store_url: str) -> None:
    table = metadata.tables["policy_texts"]
    with outside(store_url) as connection:
        connection.execute(insert(table), {"hash": "1", "text": f"lists: {{vip: ['@{HANDLE}']}}"})

    assert (await store.privacy.forget(Named(HANDLE), leave=LEAVE)).policies == 1


async def test_an_incident_goes_on_without_the_name(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    [shown] = await store.incidents.recent()
    whole = await store.incidents.show(shown["id"])
    assert whole["cause"]["mentions"] == 4
    assert "[forgotten]" in str(whole["cause"]["authors"])


async def test_a_name_inside_another_stays(store: Store) -> None:
    text = f"{HANDLE}2 et x{HANDLE} sont d'autres"
    await lived(store, mentions=[theirs(1), of_others(2, text)], dead=())

    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert text in {row["text"] for row in await store.queries.mentions(limit=5)}


async def test_nobody_is_forgotten_by_an_empty_name(store: Store) -> None:
    with pytest.raises(StoreError, match="names nobody"):
        await store.privacy.forget(Named(" "), leave=LEAVE)
