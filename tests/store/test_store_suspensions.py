"""Suspensions: each lifted by what made it, and publishing goes on once none is left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.errors import StoreError
from engine.store.outbox import _ITEM
from engine.store.suspensions import record_publishing
from engine.store.tables import actions
from engine.testing import NOON
from tests.store.samples import LATER, action, plan

ACME = {"brand": "acme", "source": "feed"}


def publishing(number, do, scope="brand", **params):
    return action(number, kind="publishing", params={"do": do, "scope": scope, **params})


async def settled(store, *numbers):
    """Let actions take effect in one transaction, as the outbox does with those just sent."""
    names = [f"action-{number}" for number in numbers]
    async with store._database.write() as connection:
        found = await connection.execute(_ITEM.where(actions.c.id.in_(names)))
        rows = {row.id: row for row in found}
        sent = [SimpleNamespace(row=rows[name]) for name in names]
        await record_publishing(connection, sent, at=LATER)


async def sent(store, *planned):
    await plan(store, *planned)
    await settled(store, *(one.id.removeprefix("action-") for one in planned))


async def test_what_a_rule_suspends_covers_its_brand_until_exactly_that_is_put_back(store):
    await sent(store, publishing(1, "suspend"), publishing(2, "suspend"))
    assert await store.suspensions.is_suspended(**ACME)
    assert await store.suspensions.is_suspended(brand="velo", source="feed") is None
    await sent(store, publishing(3, "restore", undoes="action-1"))
    assert await store.suspensions.is_suspended(**ACME)
    await sent(store, publishing(4, "restore", undoes="action-2"))
    assert await store.suspensions.is_suspended(**ACME) is None


async def test_recorded_again_it_suspends_once_and_other_kinds_have_no_effect(store):
    await plan(store, publishing(1, "suspend"), action(3))
    await settled(store, 1, 3)
    await settled(store, 1)
    assert [row["scope"] for row in await store.suspensions.recent()] == ["brand:acme"]


async def test_a_rule_lifts_what_rules_suspended_and_its_restore_puts_exactly_that_back(store):
    await sent(store, publishing(1, "suspend", "source"))
    mine = await store.suspensions.suspend("source:import", by="zoe", reason="audit", at=NOON)
    await sent(store, publishing(2, "resume", "source"))
    rows = await store.suspensions.recent(only_open=True)
    assert [row["id"] for row in rows] == [mine]
    await sent(store, publishing(3, "restore", "source", undoes="action-2"))
    assert len(await store.suspensions.recent(only_open=True)) == 2


@pytest.mark.parametrize("scope", ["all", "brand:acme", "source:feed"])
async def test_people_suspend_and_resume_with_a_reason_that_is_logged(store, scope):
    name = await store.suspensions.suspend(scope, by="zoe", reason="a recall", at=NOON)
    assert await store.suspensions.is_suspended(**ACME) == name
    assert await store.suspensions.resume(scope, by="max", reason="it is over", at=LATER) == [name]
    assert await store.suspensions.is_suspended(**ACME) is None
    log = [(row["kind"], row["state"], row["payload"]) for row in await store.queries.outcomes()]
    assert log == [
        ("suspension", "resumed", {"by": "max", "why": "it is over", "scope": scope}),
        ("suspension", "suspended", {"by": "zoe", "why": "a recall", "scope": scope}),
    ]


async def test_what_makes_no_sense_is_refused(store):
    with pytest.raises(StoreError, match="'brand:' is no scope"):
        await store.suspensions.suspend("brand:", by="zoe", reason="x", at=NOON)
    with pytest.raises(StoreError, match="somebody and a reason"):
        await store.suspensions.suspend("all", by="zoe", reason=" ", at=NOON)
    for named in ("all", "sus-\udcff\0"):
        with pytest.raises(StoreError, match=r"no suspension '.+' holds"):
            await store.suspensions.resume(named, by="zoe", reason="x", at=NOON)
