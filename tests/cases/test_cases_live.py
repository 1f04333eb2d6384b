"""A running engine: what people settle reaches the rules that wait, through the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from engine.cases import Act, CaseAct
from engine.decision import ActionState
from engine.policy import load_text
from engine.ports import Settled, SourceBatch
from engine.store import Store
from engine.store.watched import Watched
from engine.testing import NOON, ManualClock, mention
from streams.embedded import EmbeddedRunner
from streams.pipeline import Pipeline
from streams.runner_parts import RunnerLimits
from tests.cases.case_samples import record_sent
from tests.windows.stories import NoLanguages

POLICY = """
policy: care
brands: [acme]
rules:
  - id: give
    when: {text: bad}
    mode: enforce
    then: [{assign: {queue: care, sla: first-reply}}]
  - {id: waiting, unanswered: {for: 30m, queue: care}}
---
queue: care
sla: {first-reply: {within: 1h}}
"""


class Told:
    """Brings one complaint, and another mention forty minutes later once the test says so."""

    name = "told"

    def __init__(self):
        self.goes_on = asyncio.Event()

    async def batches(self, cursor):
        if cursor is None:
            yield SourceBatch(self.name, (mention("bad", external_id="1"),), (), {"at": 1})
        await self.goes_on.wait()
        later = NOON + timedelta(minutes=40)
        one = mention("fine", external_id="2", author_id="78", published_at=later)
        yield SourceBatch(self.name, (one,), (), {"at": 2})


class Recorder:
    """Settles what is assigned as the dispatcher does, and says when a case was opened."""

    def __init__(self, store):
        self._store = store
        self.opened = asyncio.Event()

    async def run(self, stop, wake):
        while not stop.is_set():
            await wake.wait()
            wake.clear()
            items = await self._store.outbox.due(now=NOON, limit=10, kinds=["assign"])
            for item in items:
                sent = Settled(item.action.id, ActionState.SENT)
                await self._store.outbox.settle([sent], at=NOON)
                await record_sent(self._store, [item.action.id], at=NOON)
                self.opened.set()


@pytest.fixture
async def store(sqlite_url):
    opened = await Store.open(sqlite_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("is_settled", "fired"),
    [pytest.param(True, [], id="settled in time"), pytest.param(False, ["waiting"], id="left")],
)
async def test_a_case_that_somebody_settled_is_not_unanswered(store, is_settled, fired):
    policies, problems = load_text(POLICY, now=NOON)
    assert policies is not None, problems
    store.cases.queues = lambda: policies.queues
    source, sender = Told(), Recorder(store)
    runner = EmbeddedRunner(
        log=store.log,
        pipeline=Pipeline(
            identifier=NoLanguages(),
            classify=lambda found: [one.classifications for one in found],
            policies=policies,
        ),
        sources=[source],
        sender=sender,
        clock=ManualClock(),
        operators=Watched(store.incidents, store.silences, store.cases),
        limits=RunnerLimits(),
    )
    running = asyncio.create_task(runner.run(asyncio.Event(), until_drained=True))
    opened = asyncio.create_task(sender.opened.wait())
    await asyncio.wait({running, opened}, return_when=asyncio.FIRST_COMPLETED)
    if is_settled:
        [case] = await store.cases.recent(now=NOON)
        settled = CaseAct(case["id"], Act.RESOLVE, "lea", NOON + timedelta(minutes=10))
        await store.cases.act(settled)
    source.goes_on.set()
    await running

    entered = [one["rule"] for one in await store.queries.decisions() if one["firing"]]
    assert entered == fired
