"""The export of what is held about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import StoreError
from engine.store.erasing import Leave
from engine.store.forgetting import Named
from engine.testing import NOON
from tests.privacy.lives import HANDLE, ID, NAME, TEXT, lived

if TYPE_CHECKING:
    from engine.store import Store

LEAVE = Leave("ops", "request 12", NOON)


async def test_tells_all_that_is_held(store: Store) -> None:
    await lived(store)

    found = await store.held.about(Named(HANDLE), leave=LEAVE)

    assert found["accounts"] == [
        {"source": "mastodon", "id": ID},
        {"source": "mastodon", "handle": HANDLE.casefold()},
    ]
    assert found["names"] == [NAME]
    first = found["mentions"][0]
    assert first["text"] == TEXT
    assert first["classifications"]["sentiment"]["label"] == "negative"
    assert {one["rule"] for one in first["decisions"]} >= {"smoke"}
    assert found["named_by_others"] == ["mastodon:o2", "mastodon:o4"]


async def test_of_nobody_nothing_is_told_nor_logged(store: Store) -> None:
    with pytest.raises(StoreError, match="names nobody"):
        await store.held.about(Named("@"), leave=LEAVE)

    assert await store.queries.outcomes(limit=10) == []


async def test_that_it_was_asked_for_is_logged(store: Store) -> None:
    await store.held.about(Named(HANDLE), leave=LEAVE)

    [row] = await store.queries.outcomes(limit=10)
    assert (row["kind"], row["action"], row["payload"]["by"], row["payload"]["reason"]) == (
        "privacy",
        "export",
        "ops",
        "request 12",
    )


async def test_one_of_whom_nothing_is_held_gets_an_empty_answer(store: Store) -> None:
    found = await store.held.about(Named("nobody"), leave=LEAVE)

    assert found["mentions"] == found["outcomes"] == found["named_by_others"] == []


async def test_after_forgetting_no_word_is_told(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    found = str(await store.held.about(Named(HANDLE), leave=LEAVE))

    assert all(word not in found for word in (HANDLE, NAME, TEXT, ID))
