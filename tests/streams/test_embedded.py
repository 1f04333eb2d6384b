"""The embedded runner: what goes in comes out decided, whatever fails on the way."""

import asyncio
from datetime import timedelta

import pytest

from engine.errors import PermanentSourceError, RecoverableSourceError, StoreUnavailableError
from engine.policy import load_text
from engine.ports import DeadLetter, SourceBatch
from engine.store import Store
from engine.testing import NOON, ManualClock, ScriptedClassifier, mention
from models.hub import Hub
from streams.embedded import EmbeddedRunner
from streams.pipeline import Pipeline
from streams.runner_parts import RunnerLimits

POLICY = """
policy: care
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
  - id: angry
    when: {sentiment: negative}
    then: [{tag: [angry]}]
    cooldown: {per: author, for: 1h}
"""


class ListSource:
    """Brings mentions in batches of two and fails where told to.

    Args:
        faults: Exception to raise before the batch of that number (from 0), once each.
    """

    def __init__(self, texts, *, name="list", faults=None):
        self.name = name
        self.asked = 0
        self.opened_at = []
        self._texts = list(texts)
        self._faults = dict(faults or {})

    async def batches(self, cursor):
        start = cursor["at"] if cursor else 0
        self.opened_at.append(start)
        for at in range(start, len(self._texts), 2):
            self.asked += 1
            fault = self._faults.pop(at // 2, None)
            if fault is not None:
                raise fault
            found = [
                mention(
                    text, external_id=f"{self.name}-{number}", author_id=f"a{number}", language="en"
                )
                for number, text in enumerate(self._texts[at : at + 2], start=at)
                if text
            ]
            dead = [
                DeadLetter(self.name, f"{self.name}:{at}", "text is missing", "")
                for text in self._texts[at : at + 2]
                if not text
            ]
            yield SourceBatch(self.name, tuple(found), tuple(dead), {"at": at + 2})


class NoSender:
    """Sends nothing; ends when stopped."""

    async def run(self, stop, wake):
        await stop.wait()


class NoIdentifier:
    """Never asked: every mention here says its language."""


class FlakyLog:
    """A real log that is out of reach for the first calls of some of its methods."""

    def __init__(self, log, faults):
        self._log = log
        self._faults = dict(faults)

    def __getattr__(self, name):
        method = getattr(self._log, name)

        async def call(*args, **kwargs):
            if self._faults.get(name, 0) > 0:
                self._faults[name] -= 1
                message = "the database is locked"
                raise StoreUnavailableError(message)
            return await method(*args, **kwargs)

        return call


class BrokenClassifier(ScriptedClassifier):
    """Cannot classify texts that hold a word."""

    def classify(self, texts, languages):
        if any("poison" in text for text in texts):
            raise ZeroDivisionError
        return super().classify(texts, languages)


@pytest.fixture
async def sqlite(sqlite_url):
    opened = await Store.open(sqlite_url)
    yield opened
    await opened.close()


def pipeline(classifier=None):
    policies, problems = load_text(POLICY, now=NOON)
    assert policies is not None, problems
    scripted = classifier or ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})
    hub = Hub([scripted])
    return Pipeline(identifier=NoIdentifier(), classify=hub.classify_mentions, policies=policies)


def runner(log, sources, **options):
    async def no_sleep(_seconds):
        await asyncio.sleep(0)

    return EmbeddedRunner(
        log=log,
        pipeline=options.pop("pipeline", None) or pipeline(),
        sources=sources,
        sender=options.pop("sender", None) or NoSender(),
        clock=ManualClock(),
        sleep=no_sleep,
        limits=options.pop("limits", None) or RunnerLimits(batch=3),
    )


async def drained(run):
    await asyncio.wait_for(run.run(asyncio.Event(), until_drained=True), timeout=30)
    return run.stats


async def test_every_input_is_stored_decided_and_accounted_for(sqlite):
    texts = ["a refund", "awful", "", "refund, awful", "fine", "refund again", "awful awful"]

    stats = await drained(runner(sqlite.log, [ListSource(texts)]))

    assert (stats.read, stats.stored, stats.duplicates, stats.dead_letters) == (7, 6, 0, 1)
    assert stats.classified == stats.decided == 6
    assert stats.decisions == 6
    assert stats.finished == {"list": "ended"}
    assert (await sqlite.queries.counts())["backlog"] == 0


async def test_the_same_source_again_brings_nothing_new(sqlite):
    texts = ["a refund", "awful"]
    await drained(runner(sqlite.log, [ListSource(texts)]))

    again = ListSource(texts)
    again.batches = lambda cursor, batches=again.batches: batches(None)
    stats = await drained(runner(sqlite.log, [again]))

    assert (stats.read, stats.stored, stats.duplicates) == (2, 0, 2)
    assert stats.decided == stats.decisions == 0


async def test_a_source_that_fails_is_reopened_at_its_stored_cursor(sqlite):
    wait = RecoverableSourceError("no route", retry_after=timedelta(seconds=9))
    source = ListSource(["refund"] * 6, faults={1: wait, 2: wait})

    stats = await drained(runner(sqlite.log, [source]))

    assert source.opened_at == [0, 2, 4]
    assert (stats.stored, stats.decided, stats.waiting) == (6, 6, {})


async def test_a_source_that_is_gone_for_good_leaves_the_others_running(sqlite):
    gone = ListSource(["refund"] * 4, name="gone", faults={1: PermanentSourceError("410 Gone")})
    fine = ListSource(["refund"] * 4, name="fine")

    stats = await drained(runner(sqlite.log, [gone, fine]))

    assert stats.finished == {"gone": "failed: 410 Gone", "fine": "ended"}
    assert stats.decided == 6


@pytest.mark.parametrize("call", ["cursor", "append", "load_state", "undecided", "record"])
async def test_a_database_out_of_reach_is_waited_for_and_loses_nothing(sqlite, call):
    log = FlakyLog(sqlite.log, {call: 3})

    stats = await drained(runner(log, [ListSource(["refund", "awful", "refund"])]))

    assert (stats.stored, stats.decided, stats.decisions) == (3, 3, 3)
    assert stats.waiting == {}


async def test_a_mention_that_breaks_the_classifier_goes_on_without_labels(sqlite):
    run = runner(
        sqlite.log,
        [ListSource(["refund", "poison refund", "awful"])],
        pipeline=pipeline(BrokenClassifier({"awful": ("sentiment", "negative", 0.95)})),
    )

    stats = await drained(run)

    assert (stats.decided, stats.decisions, stats.faults) == (3, 3, 1)
    (dead,) = await sqlite.queries.dead_letters(limit=10)
    assert "ZeroDivisionError" in dead["reason"]
    assert dead["place"].startswith("classify:")


async def test_a_source_waits_while_too_much_is_undecided(sqlite):
    """A log that answers `undecided` only when told to holds the decider back."""
    gate = asyncio.Event()

    class Gated(FlakyLog):
        async def undecided(self, *, limit):
            await gate.wait()
            return await sqlite.log.undecided(limit=limit)

    source = ListSource(["refund"] * 40)
    run = runner(Gated(sqlite.log, {}), [source], limits=RunnerLimits(batch=3, backlog=6))
    task = asyncio.create_task(run.run(asyncio.Event(), until_drained=True))
    while run.stats.stored < 6:
        await sqlite.log.backlog()
    for _ in range(50):
        await sqlite.log.backlog()
    assert source.asked <= 4

    gate.set()
    await asyncio.wait_for(task, timeout=30)
    assert run.stats.decided == 40


async def test_a_stop_leaves_the_rest_to_the_next_start(sqlite):
    stop = asyncio.Event()

    class Stopping(ListSource):
        async def batches(self, cursor):
            async for batch in super().batches(cursor):
                if self.asked == 3 and cursor is None:
                    stop.set()
                yield batch

    texts = [f"refund {number}" for number in range(12)]
    first = runner(sqlite.log, [Stopping(texts)])
    await asyncio.wait_for(first.run(stop), timeout=30)
    assert first.stats.stored < 12

    second = await drained(runner(sqlite.log, [Stopping(texts)]))

    assert first.stats.stored + second.stored + second.duplicates >= 12
    counts = await sqlite.queries.counts()
    assert (counts["mentions"], counts["decided"], counts["decisions"]) == (12, 12, 12)


async def test_a_cooldown_outlives_a_restart(sqlite):
    by_one = [ListSource(["awful"], name="first"), ListSource(["awful"], name="second")]
    for source in by_one:
        await drained(runner(sqlite.log, [source]))

    states = {row["state"] for row in await sqlite.queries.actions(limit=10)}

    assert states == {"planned", "suppressed"}


async def test_a_sender_that_fails_ends_the_run_with_its_error(sqlite):
    class Failing:
        async def run(self, stop, wake):
            message = "the outbox is gone"
            raise RuntimeError(message)

    run = runner(sqlite.log, [ListSource(["refund"])], sender=Failing())

    with pytest.raises(RuntimeError, match="the outbox is gone"):
        await asyncio.wait_for(run.run(asyncio.Event()), timeout=30)


async def test_when_one_source_breaks_no_other_stores_after_the_run_is_over(sqlite):
    """A fault of a connector ends the run; the others must not outlive the database."""
    gate, gone, ended = asyncio.Event(), asyncio.Event(), []

    class Sender(NoSender):
        async def run(self, stop, wake):
            await super().run(stop, wake)
            gone.set()

    class Slow(ListSource):
        async def batches(self, cursor):
            async for batch in super().batches(cursor):
                yield batch
                gate.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    await gone.wait()
                    for _ in range(200):
                        await sqlite.log.backlog()
                    ended.append(self.name)

    class Broken(ListSource):
        async def batches(self, cursor):
            await gate.wait()
            raise ZeroDivisionError
            yield

    slow = Slow(["refund"] * 4, name="slow")
    run = runner(sqlite.log, [slow, Broken([], name="broken")], sender=Sender())

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(run.run(asyncio.Event()), timeout=30)

    assert (ended, run.stats.stored) == (["slow"], 2)


async def test_a_source_that_waits_for_room_sees_what_is_decided_while_another_looks(sqlite):
    """One source looks at the backlog, all is decided meanwhile, another comes by: none hangs."""
    looked, go_on = asyncio.Event(), asyncio.Event()

    class Stale(FlakyLog):
        async def backlog(self):
            count = await sqlite.log.backlog()
            if count and not looked.is_set():
                looked.set()
                await go_on.wait()
            return count

    class Second(ListSource):
        """Comes by with something known already once the first one looks."""

        async def batches(self, cursor):
            await looked.wait()
            while await sqlite.log.backlog():
                pass
            yield SourceBatch(self.name, (), (DeadLetter(self.name, "x", "why", ""),), {})
            go_on.set()

    sources = [ListSource(["refund"] * 6, name="first"), Second([], name="second")]
    run = runner(Stale(sqlite.log, {}), sources, limits=RunnerLimits(batch=10, backlog=2))

    stats = await drained(run)

    assert stats.decided == 6


async def test_a_source_that_came_back_and_ended_no_longer_waits(sqlite):
    fault = {0: RecoverableSourceError("no route")}

    class Late(ListSource):
        async def batches(self, cursor):
            async for batch in super().batches(cursor):
                del batch
                return
                yield

    stats = await drained(runner(sqlite.log, [Late(["refund"], faults=fault)]))

    assert (stats.waiting, stats.finished) == ({}, {"list": "ended"})
