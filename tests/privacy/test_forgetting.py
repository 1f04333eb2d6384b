"""Forgetting a person: nothing of them is left anywhere, and everything else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.decision import ActionState
from engine.errors import StoreError
from engine.ports import Settled
from engine.store.erasing import Leave
from engine.store.forgetting import Named
from engine.testing import NOON
from tests.privacy.lives import (
    HANDLE,
    ID,
    NAME,
    TEXT,
    bytes_of,
    forms,
    left_of,
    lived,
    of_others,
    theirs,
)
from tests.store.samples import batch

if TYPE_CHECKING:
    from engine.store import Store

LEAVE = Leave("ops", "request 4711", NOON)
WORDS = (HANDLE, NAME, ID, TEXT, TEXT[:24], "la coquine de Plouescat", "Quimperlé")


async def test_what_is_looked_for_is_there_before(store: Store, store_url: str) -> None:
    await lived(store)

    held = bytes_of(store_url)
    assert {
        word
        for word in WORDS
        if any(form in data for form in forms(word) for data in held.values())
    } == set(WORDS)


async def test_a_name_that_no_database_holds_is_nobodys(store: Store) -> None:
    await lived(store)

    found = await store.privacy.forget(
        await store.privacy.named("\udcff\udcff\0"), leave=LEAVE, only_asks=True
    )
    assert found.erased.mentions == 0


@pytest.mark.parametrize("name", [HANDLE, f"@{HANDLE.lower()}", ID, f"mastodon:{HANDLE}"])
async def test_no_byte_of_the_person_is_left(store: Store, store_url: str, name: str) -> None:
    await lived(store)

    found = await store.privacy.forget(await store.privacy.named(name), leave=LEAVE)

    assert found.erased.mentions == 2
    assert left_of(store_url, *WORDS) == []


async def test_the_chain_of_the_log_still_fits(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert (await store.queries.verify_chain()).is_intact


async def test_what_others_wrote_stays_without_the_name(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    texts = {row["text"] for row in await store.queries.mentions(limit=10)}
    assert texts == {
        "[forgotten]",
        "la tondeuse rouge fume",
        "[forgotten] elle fume chez moi aussi, courage [forgotten] !",
        "merci [forgotten] pour la tondeuse",
    }


async def test_asking_what_would_go_changes_nothing(store: Store, store_url: str) -> None:
    await lived(store)
    before = bytes_of(store_url)

    asked = await store.privacy.forget(Named(HANDLE), leave=LEAVE, only_asks=True)

    told = await store.privacy.forget(Named(HANDLE), leave=LEAVE)
    assert (asked.erased, asked.outcomes) == (told.erased, told.outcomes)
    assert before.keys() == bytes_of(store_url).keys()


async def test_forgetting_twice_finds_nothing_more(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    again = await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert (again.erased.mentions, again.erased.elsewhere) == (0, {})


async def test_what_the_person_writes_later_stays_out(store: Store, store_url: str) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    again = await store.log.append(batch(theirs(1), theirs(9), of_others(9)), observed_at=NOON)

    assert (again.stored, again.forgotten, again.duplicates, again.dead_letters) == (1, 2, 0, 0)
    assert left_of(store_url, *WORDS) == []


async def test_one_of_whom_nothing_was_stored_stays_out_too(store: Store) -> None:
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert (await store.log.append(batch(theirs()), observed_at=NOON)).forgotten == 1


async def test_a_person_of_another_source_stays(store: Store) -> None:
    await lived(store, mentions=[theirs(1), theirs(2, source="x", author_id="x-1")])

    await store.privacy.forget(Named(HANDLE, "mastodon"), leave=LEAVE)

    shown = [row["text"] for row in await store.queries.mentions(limit=10)]
    assert sorted(shown) == sorted([TEXT, "[forgotten]"])


async def test_what_was_planned_for_the_person_is_not_sent(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    due = await store.outbox.due(now=NOON, limit=100)
    assert {item.mention.author.handle for item in due if item.rule == "smoke"} <= {
        "other_0",
        "other_2",
    }


async def test_what_was_not_begun_ends_in_an_outcome_that_says_why(store: Store) -> None:
    await lived(store, mentions=[theirs(1)], dead=())

    found = await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    ended = [row for row in await store.queries.outcomes(limit=20) if row["kind"] == "action"]
    assert found.erased.cancelled == len(ended) == 2
    assert {(row["state"], row["reason"], row["mention"]) for row in ended} == {
        ("suppressed", "forgotten", "")
    }


async def test_what_is_being_sent_is_told_of_and_ends(store: Store, store_url: str) -> None:
    await lived(store, mentions=[theirs(1)], dead=())
    [item] = await store.outbox.claim(now=NOON, limit=1)

    found = await store.privacy.forget(Named(HANDLE), leave=LEAVE)
    receipt = {"url": f"https://mastodon.example/@{HANDLE}/1"}
    await store.outbox.settle([Settled(item.action.id, ActionState.SENT, receipt=receipt)], at=NOON)
    again = await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    assert (found.erased.in_flight, again.erased.in_flight) == (1, 0)
    assert left_of(store_url, *WORDS) == []
    assert (await store.queries.verify_chain()).is_intact


async def test_a_running_engine_forgets_too(store: Store, store_url: str) -> None:
    """It decides in batches; the person is forgotten between two of them."""

    class Interrupted:
        def __init__(self) -> None:
            self._records = 0

        def __getattr__(self, name):
            return getattr(store.log, name)

        async def record(self, *args, **kwargs):
            self._records += 1
            if self._records == 2:
                await store.privacy.forget(Named(HANDLE), leave=LEAVE)
            return await store.log.record(*args, **kwargs)

    run = await lived(store, log=Interrupted())

    assert left_of(store_url, *WORDS) == []
    assert run.stats.decided == 4  # one of the person's was erased before it was decided
    assert await store.log.backlog() == 0


async def test_an_engine_goes_on_with_what_is_left(store: Store) -> None:
    await lived(store)
    await store.privacy.forget(Named(HANDLE), leave=LEAVE)

    run = await lived(store, mentions=[of_others(10), of_others(11)], dead=())

    assert run.stats.decided == 2


@pytest.mark.parametrize("leave", [Leave("", "why", NOON), Leave("ops", " ", NOON)])
async def test_needs_a_name_and_a_reason(store: Store, leave: Leave) -> None:
    with pytest.raises(StoreError, match="needs its"):
        await store.privacy.forget(Named(HANDLE), leave=leave)


async def test_the_reason_may_not_name_the_person(store: Store) -> None:
    with pytest.raises(StoreError, match="names the person"):
        await store.privacy.forget(Named(HANDLE), leave=Leave("ops", f"{HANDLE} asked", NOON))
