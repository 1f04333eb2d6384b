"""No sequence of events makes the engine answer twice, too soon, unasked or unapproved.

A state machine drives the shipped store, gates and dispatcher through mentions, edits, deletions,
verdicts of three people, halts, moves of the clock, restarts, crashes and every fault of a platform;
the truth is kept beside it. At the end everything is let go, and nothing may be lost.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

import pytest
from acting_world import DELETED, EDITED, FATES, World
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from engine.decision import FINAL_STATES, ActionState, Mode
from engine.halt import Scope
from engine.store import upgrade
from engine.verdict import Judgement

AUTHORS = st.sampled_from(["bob", "eve", "kim", "lou", "max", "ned", "ola", "pia"])
PEOPLE = st.sampled_from(["ann", "tom", "zoe"])
FREE = (Mode.ENFORCE, "none")
DRAFT = st.sampled_from(
    [FREE, FREE, FREE, (Mode.DRAFT, "none"), (Mode.ENFORCE, "required"), (Mode.DRAFT, "four_eyes")]
)
POST = st.tuples(
    AUTHORS,
    st.lists(DRAFT, min_size=1, max_size=2),
    st.sampled_from(["mastodon", "mastodon", "messenger"]),
    st.sampled_from(["@acme", "@acme", "about acme:"]),
)
SCOPES = st.sampled_from(["all", "action:reply", "brand:acme", "rule:other"])
EXAMPLES = int(os.environ.get("TOCSIN_TEST_EXAMPLES", "40"))
_TEMPLATE = {}


class Acting(RuleBasedStateMachine):
    """The engine acts, and the world does what it likes."""

    def __init__(self):
        super().__init__()
        self.world = None

    @initialize(nature=st.sampled_from(["keys readable", "keys", "readable", "blind"]))
    def begins(self, nature):
        self.world = World(_TEMPLATE["path"], nature)

    def do(self, call):
        self.world.do(call)

    @rule(posts=st.lists(POST, min_size=1, max_size=3))
    def somebody_writes(self, posts):
        for author, drafts, where, called in posts:
            text = f"{called} hello from {author}"
            self.do(self.world.arrives(author, text, drafts=drafts, where=where))

    @rule(author=AUTHORS)
    def somebody_says_stop(self, author):
        self.do(self.world.stops(author))

    @precondition(lambda self: self.world and self.world.mentions)
    @rule(data=st.data(), change=st.sampled_from([EDITED, DELETED]))
    def a_mention_is_changed_where_it_was_written(self, data, change):
        number = data.draw(st.sampled_from(sorted(self.world.mentions)))
        self.do(self.world.changes_upstream(number, change))

    @precondition(lambda self: self.world and self.world.drafts)
    @rule(
        data=st.data(), person=PEOPLE, judgement=st.sampled_from([*Judgement, Judgement.APPROVED])
    )
    def a_person_judges(self, data, person, judgement):
        waiting = sorted(key for key, one in self.world.drafts.items() if one["needed"])
        if waiting:
            key = data.draw(st.sampled_from(waiting))
            text = f"Better words, number {len(self.world.mentions)}" if judgement else None
            self.do(self.world.judges(key, person, judgement, text))

    @rule(scope=SCOPES)
    def somebody_halts(self, scope):
        world = self.world
        at = world.clock.now()
        self.do(world.store.halts.halt(Scope.parse(scope), reason="storm", by="ann", at=at))
        world.halted.add(scope)

    @precondition(lambda self: self.world and self.world.halted)
    @rule(data=st.data())
    def somebody_resumes(self, data):
        world = self.world
        scope = data.draw(st.sampled_from(sorted(world.halted)))
        at = world.clock.now()
        self.do(world.store.halts.resume(Scope.parse(scope), reason="over", by="ann", at=at))
        world.halted.discard(scope)

    @rule(minutes=st.sampled_from([0.1, 1, 5, 40, 90, 60 * 25]))
    def time_passes(self, minutes):
        self.world.clock.advance(timedelta(minutes=minutes))

    @rule()
    def the_engine_is_restarted(self):
        self.do(self.world.restarts())

    @rule(fates=st.lists(st.sampled_from(sorted(FATES)), max_size=4))
    def the_engine_sends_and_something_goes_wrong(self, fates):
        self.do(self.world.goes(fates))

    @rule()
    def the_engine_sends(self):
        self.do(self.world.goes(()))

    @rule()
    def drafts_expire(self):
        self.do(self.world.store.verdicts.expire(self.world.clock.now()))

    def teardown(self):
        if self.world is None:
            return
        try:
            self._nothing_is_lost()
        finally:
            self.world.close()

    def _nothing_is_lost(self):
        world = self.world
        rows = world.do(world.ends())
        assert set(rows) == set(world.actions), "every planned action is still there"
        left = {row["state"] for row in rows.values()}
        assert left <= {one.value for one in FINAL_STATES} | {ActionState.UNKNOWN.value}
        outcomes = world.do(world.store.queries.outcomes(limit=10_000))
        ended = [row for row in outcomes if row["kind"] == "action"]
        for key, row in rows.items():
            own = [one["state"] for one in ended if one["action_id"] == key]
            assert own.count(row["state"]) == 1, "its end stands in the log, once"
            effects = world.platform.effects[key]
            assert effects <= 1
            if row["state"] == ActionState.SENT.value:
                assert effects == 1, "what is called sent was sent"
            elif row["state"] != ActionState.UNKNOWN.value:
                assert effects == 0, f"what is called {row['state']} was not sent"
        if hasattr(world.platform, "look_up"):
            assert ActionState.UNKNOWN.value not in left, "a look settles every doubt"
        assert world.do(world.store.queries.verify_chain()).is_intact


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database with its tables, to be copied for each world."""
    path = tmp_path_factory.mktemp("acting") / "template.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


async def halted(world):
    await world.arrives("bob", "@acme hello", drafts=[FREE])
    await world.store.halts.halt(Scope("all"), reason="storm", by="ann", at=world.clock.now())
    world.halted.add("all")


async def stopped(world):
    await world.arrives("bob", "@acme hello", drafts=[FREE])
    await world.stops("bob")


async def changed(world):
    await world.arrives("bob", "@acme hello", drafts=[FREE])
    await world.changes_upstream(1, DELETED)


async def unapproved(world):
    await world.arrives("bob", "@acme hello", drafts=[(Mode.DRAFT, "four_eyes")])
    world.drafts[next(iter(world.drafts))]["needed"] = 2
    await world.judges(next(iter(world.drafts)), "ann", Judgement.APPROVED)
    await world.approved_by_nobody()


async def twice(world):
    await world.arrives("bob", "@acme hello", drafts=[FREE, FREE])


async def unasked(world):
    await world.arrives("bob", "about acme: hello", drafts=[FREE])


@pytest.mark.parametrize(
    ("without", "scene"),
    [
        pytest.param(["HaltGate"], halted, id="halt"),
        pytest.param(["OptOutGate"], stopped, id="opt-out"),
        pytest.param(["MentionChangedGate"], changed, id="mention changed"),
        pytest.param(["ApprovalGate"], unapproved, id="approval"),
        pytest.param(["DuplicateGate", "CapsGate"], twice, id="duplicate and caps"),
        pytest.param(["PlatformGate"], unasked, id="platform"),
    ],
)
def test_the_truth_notices_a_gate_that_is_missing(template, without, scene):
    """What the state machine watches for is seen where a gate is taken away, and only there."""
    for missing, is_broken in (((), False), (without, True)):
        world = World(template, "keys", without=missing)
        try:
            world.do(scene(world))
            noticed = False
            try:
                world.do(world.goes(()))
            except AssertionError:
                noticed = True
            assert noticed is is_broken
        finally:
            world.close()


@pytest.mark.slow
def test_no_sequence_of_events_is_unsafe(template):
    _TEMPLATE["path"] = template
    Acting.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    Acting.TestCase("runTest").runTest()
