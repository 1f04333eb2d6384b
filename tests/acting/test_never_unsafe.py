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

AUTHORS = st.sampled_from(["bob", "eve", "kim", "lou"])
PEOPLE = st.sampled_from(["ann", "tom", "zoe"])
DRAFT = st.tuples(
    st.sampled_from([Mode.ENFORCE, Mode.ENFORCE, Mode.DRAFT]),
    st.sampled_from(["none", "none", "required", "four_eyes"]),
)
SCOPES = st.sampled_from(["all", "action:reply", "brand:acme", "rule:other"])
EXAMPLES = int(os.environ.get("TOCSIN_TEST_EXAMPLES", "15"))
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

    @rule(
        author=AUTHORS,
        drafts=st.lists(DRAFT, min_size=1, max_size=2),
        where=st.sampled_from(["mastodon", "mastodon", "messenger"]),
        called=st.sampled_from(["@acme", "@acme", "about acme:"]),
    )
    def somebody_writes(self, author, drafts, where, called):
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


@pytest.mark.slow
def test_no_sequence_of_events_is_unsafe(tmp_path):
    path = tmp_path / "template.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    _TEMPLATE["path"] = path
    Acting.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    Acting.TestCase("runTest").runTest()
