"""Retention: words go when their time is over, and within a day of their deletion elsewhere."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine.privacy.retention import Kept, Retention
from engine.sending import UpstreamChange
from engine.settings_privacy import PrivacySettings, RetentionSettings
from engine.store.keeping import Ages
from engine.testing import NOON, ManualClock
from tests.privacy.lives import NAME, TEXT, left_of, lived, of_others, theirs
from tests.store.samples import batch

if TYPE_CHECKING:
    from datetime import datetime

    from engine.store import Store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONG = Ages(timedelta(days=400))


def settings(**fields) -> PrivacySettings:
    return PrivacySettings(retention=RetentionSettings(**fields))


async def texts(store: Store) -> list[str]:
    return [row["text"] for row in reversed(await store.queries.mentions(limit=50))]


def deletion(number: int = 1) -> UpstreamChange:
    return UpstreamChange("mastodon", theirs(number).external_id, "deleted", NOON)


@pytest.mark.parametrize(
    ("ages", "gone"),
    [
        (Ages(timedelta(days=30)), {0, 1}),
        (Ages(timedelta(days=400), {"youtube": timedelta(days=30)}), {1}),
        (Ages(timedelta(days=30), {"youtube": timedelta(days=400)}), {0, 1}),
        (Ages(timedelta(days=400)).within({"youtube": timedelta(days=30)}), {1}),
        (Ages(timedelta(days=400), {"youtube": 30 * DAY}).within({"youtube": 90 * DAY}), {1}),
    ],
    ids=[
        "by the default",
        "by its source",
        "by the shortest of both",
        "by what a platform demands",
        "by the shortest of settings and platform",
    ],
)
async def test_words_go_by_their_age(store: Store, ages: Ages, gone: set[int]) -> None:
    old = [of_others(0), of_others(1, source="youtube"), of_others(2, published_at=NOON + 20 * DAY)]
    await store.log.append(batch(*old), observed_at=NOON)

    await store.keeping.erase_old(ages, now=NOON + 40 * DAY)

    shown = await texts(store)
    assert {at for at, text in enumerate(shown) if text == "[removed]"} == gone


@pytest.mark.parametrize(
    ("age", "gone"), [(-1, 0), (1, 1)], ids=["a second before", "a second after"]
)
async def test_the_age_is_exact(store: Store, age: int, gone: int) -> None:
    await store.log.append(batch(of_others(0)), observed_at=NOON)

    now = NOON + 30 * DAY + timedelta(seconds=age)
    assert (await store.keeping.erase_old(Ages(30 * DAY), now=now)).mentions == gone


async def test_words_go_by_the_rule_that_matched(store: Store) -> None:
    await lived(store, mentions=[theirs(1), of_others(2, "rien de spécial")], dead=())
    ages = Ages(400 * DAY, {}, {"care/smoke": 30 * DAY})

    await store.keeping.erase_old(ages, now=NOON + 31 * DAY)

    assert await texts(store) == ["[removed]", "rien de spécial"]


async def test_figures_stay(store: Store) -> None:
    await lived(store)
    before = await store.queries.counts()

    await store.keeping.erase_old(Ages(DAY), now=NOON + 2 * DAY)

    assert (await store.queries.counts())["decisions"] == before["decisions"]
    assert (await store.queries.verify_chain()).is_intact


async def test_a_mention_deleted_elsewhere_is_erased(store: Store, store_url: str) -> None:
    await lived(store, mentions=[theirs(1)], dead=())
    await store.log.append(batch(upstream=(deletion(),)), observed_at=NOON)

    kept = await Retention(store, settings()).run(NOON + HOUR)

    assert kept == Kept(old=0, deleted=1, is_compact=True)
    assert left_of(store_url, TEXT, NAME) == []
    assert await texts(store) == ["[removed]"]


async def test_a_deletion_that_came_before_its_mention_is_followed(store: Store) -> None:
    await store.log.append(batch(upstream=(deletion(),)), observed_at=NOON)
    retention = Retention(store, settings())
    await retention.run(NOON)
    await store.log.append(batch(theirs(1)), observed_at=NOON)

    assert (await retention.run(NOON + HOUR)).deleted == 1


async def test_what_was_erased_does_not_come_back(store: Store) -> None:
    await store.log.append(batch(theirs(1), upstream=(deletion(),)), observed_at=NOON)
    await store.keeping.follow_deletions(now=NOON)

    again = await store.log.append(batch(theirs(1)), observed_at=NOON)

    assert (again.stored, again.duplicates, again.dead_letters) == (0, 1, 0)


async def test_an_edit_replaces_the_words(store: Store, store_url: str) -> None:
    await store.log.append(batch(theirs(1)), observed_at=NOON)
    change = UpstreamChange("mastodon", theirs(1).external_id, "edited", NOON)

    stored = await store.log.append(
        batch(theirs(1, "finalement tout va bien"), upstream=(change,)), observed_at=NOON
    )

    assert (stored.duplicates, stored.dead_letters) == (1, 0)
    assert await texts(store) == ["finalement tout va bien"]
    await store.keeping.compact()
    assert left_of(store_url, TEXT) == []


async def test_nothing_is_erased_that_was_erased(store: Store) -> None:
    await store.log.append(batch(theirs(1)), observed_at=NOON)
    retention = Retention(store, settings(default=DAY))

    runs = [await retention.run(NOON + 2 * DAY + hours * HOUR) for hours in (0, 1)]

    assert [run.old for run in runs] == [1, 0]


async def test_it_is_due_every_so_often(store: Store) -> None:
    retention = Retention(store, settings())
    assert await retention.due(NOON)
    await retention.run(NOON)

    assert not await retention.due(NOON + timedelta(minutes=59))
    assert await retention.due(NOON + HOUR)


class StoppingClock(ManualClock):
    """A clock after whose first reading everything stops."""

    def __init__(self, stop: asyncio.Event) -> None:
        super().__init__(NOON + 2 * DAY)
        self._stop = stop

    def now(self) -> datetime:
        self._stop.set()
        return super().now()


async def test_it_runs_by_itself_until_stopped(store: Store) -> None:
    await store.log.append(batch(theirs(1)), observed_at=NOON)
    stop = asyncio.Event()

    await Retention(store, settings(default=DAY)).watch(stop, StoppingClock(stop))

    assert await texts(store) == ["[removed]"]


async def test_a_preview_counts_and_changes_nothing(store: Store) -> None:
    await store.log.append(batch(theirs(1), theirs(2), upstream=(deletion(2),)), observed_at=NOON)
    retention = Retention(store, settings(default=DAY))

    assert await retention.preview(NOON + 2 * DAY) == Kept(old=2, deleted=1)
    assert TEXT in await texts(store)


async def test_many_are_erased_in_small_steps(store: Store) -> None:
    await store.log.append(batch(*(of_others(one) for one in range(5))), observed_at=NOON)

    steps = [
        (await store.keeping.erase_old(Ages(DAY), now=NOON + 9 * DAY, most=2)).mentions
        for _ in range(4)
    ]

    assert steps == [2, 2, 1, 0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("every", "25h"), ("every", "1s"), ("retention", {"default": "1h"})],
    ids=["longer than a day", "all the time", "texts kept for an hour"],
)
def test_settings_without_sense_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="day"):
        PrivacySettings.model_validate({field: value})
