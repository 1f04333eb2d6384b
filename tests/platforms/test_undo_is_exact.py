"""Whatever is paused, cut and put back, in any order: in the end all is as people had it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.store import Store
from tests.platforms.ads_parts import ads, carried_out, restore_of, running, world

CAMPAIGNS = ("1", "2", "3")
BUDGETS = ("1", "3", "21", "22")
SELECT = st.lists(st.sampled_from(CAMPAIGNS), min_size=1, unique=True)
FAULTS = ("cut_after", "cut_before", "cut_body", "transient", "server_error", "not_done")
STEP = st.one_of(
    st.tuples(st.just("pause"), SELECT),
    st.tuples(st.just("budget"), SELECT, st.sampled_from((-0.5, -0.3, 0.2))),
    st.tuples(st.just("restore"), st.integers(0, 9)),
    st.tuples(st.just("restore_again"), st.integers(0, 9)),
    st.tuples(st.just("status_by_hand"), st.sampled_from(CAMPAIGNS)),
    st.tuples(st.just("budget_by_hand"), st.sampled_from(BUDGETS)),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS), st.sampled_from(("CHANGE", "GET", ""))),
)


class Story:
    """Plays steps against a server, and remembers beside it what people chose last."""

    def __init__(self, server):
        self.server = server
        self.people = {field: dict(server.values(field)) for field in ("status", "daily_budget")}
        self.open, self.closed = [], []
        self.untold = set()  # changed by hand since the engine last looked
        self.number = 0

    async def play(self, receiver, step):
        kind, *more = step
        if kind in ("pause", "budget"):
            self.number += 1
            by = {"by": more[1]} if kind == "budget" else {}
            item = ads(self.number, kind, {"campaign": more[0]}, **by)
            await carried_out(receiver, item)
            self.open.append(item)
            self.told_of(item)
        elif kind == "restore" and self.open:
            await self.restore(receiver, self.open.pop(more[0] % len(self.open)))
        elif kind == "restore_again" and self.closed:
            await carried_out(receiver, restore_of(self.closed[more[0] % len(self.closed)]))
        elif kind == "status_by_hand" and more[0] not in self.untold:
            # Back and forth between two looks leaves no trace, so it is told of by nobody.
            now = "PAUSED" if self.server.values("status")[more[0]] == "ACTIVE" else "ACTIVE"
            self.by_hand(more[0], "status", now)
            self.untold.add(more[0])
        elif kind == "budget_by_hand":
            self.number += 1
            self.by_hand(more[0], "daily_budget", str(100_003 + 2 * self.number))
        elif kind == "fault":
            self.server.fault(more[0], at=more[1])

    async def restore(self, receiver, item):
        await carried_out(receiver, restore_of(item))
        self.closed.append(item)
        self.told_of(item)

    def told_of(self, item):
        if item.action.params.get("do") == "pause":
            self.untold -= set(item.action.params["select"]["campaign"])

    def by_hand(self, name, field, value):
        self.server.by_hand(name, **{field: value})
        self.people[field][name] = value

    def now(self):
        return {field: dict(self.server.values(field)) for field in self.people}


async def told(steps, seed):
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:///{Path(folder)}/t.db")
        try:
            server = world()
            story = Story(server)
            async with running(server, store.changes) as receiver:
                for step in steps:
                    await story.play(receiver, step)
                seed.shuffle(story.open)
                for item in story.open:
                    await carried_out(receiver, restore_of(item))
            assert story.now() == story.people
            assert await store.changes.held() == []
        finally:
            await store.close()


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEP, max_size=14), seed=st.randoms(use_true_random=False))
def test_in_any_order_all_is_as_people_had_it(steps, seed):
    asyncio.run(told(steps, seed))
