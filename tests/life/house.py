"""An engine's thinking half over a real store and real files, with policies to edit."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from engine.life.loader import Basis, load_checked
from engine.life.places import Places
from engine.life.reload import Reloader, Swap, begin
from engine.life.running import Running
from engine.life.teacher import Teacher
from engine.ports import SourceBatch
from engine.settings import Configuration, ModelSettings, PromotionSettings, Settings
from engine.testing import ManualClock, ScriptedClassifier, mention
from models.hub import Hub
from streams.embedded import EmbeddedRunner
from streams.runner_parts import RunnerLimits

if TYPE_CHECKING:
    from pathlib import Path

    from engine.life.loader import Loaded
    from engine.store import Store

POLICY = """\
policy: care
rules:
  - id: refund
    when: {text: refund}
    then: [{tag: [refund]}]
"""
PATIENCE = 60


class Feed:
    """Brings one mention for each text it is told."""

    name = "feed"

    def __init__(self):
        self.texts: asyncio.Queue[str] = asyncio.Queue()
        self.brought = 0

    def say(self, *texts):
        for text in texts:
            self.texts.put_nowait(text)

    async def batches(self, cursor):
        while True:
            text = await self.texts.get()
            self.brought += 1
            said = mention(text, external_id=str(self.brought), language="en")
            yield SourceBatch(self.name, (said,), (), {"at": self.brought})


class NoSender:
    """Sends nothing; ends when stopped."""

    async def run(self, stop, wake):
        await stop.wait()


class NoIdentifier:
    """Never asked: every mention here says its language."""

    def identify(self, texts, declared=None):
        return [None for _ in texts]


async def no_sleep(_seconds):
    await asyncio.sleep(0)


@dataclass
class House:
    """A running engine to edit the policies of."""

    folder: Path
    store: Store
    places: Places
    running: Running
    reloader: Reloader
    runner: EmbeddedRunner
    feed: Feed
    stop: asyncio.Event
    loaded: Loaded
    seen: int = 0
    tasks: list[asyncio.Task] = field(default_factory=list)

    @property
    def status(self):
        return self.running.status

    def write(self, text, name="care.yaml"):
        (self.folder / name).write_text(text, "utf-8")

    async def decide(self, *texts):
        """Bring mentions and wait until they are decided."""
        self.feed.say(*texts)
        self.seen += len(texts)
        await self.until(lambda: self.runner.stats.decided == self.seen)

    async def until(self, holds):
        """Wait until something holds; asking the store lets everything else go on."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self.store.log.backlog()

    async def matches(self):
        """The matches stored: number of the mention, rule, revision of its policy."""
        rows = await self.store.queries.decisions(limit=100, after_seq=0)
        return [
            (row["mention"].removeprefix("import:"), row["rule"], row["policy_revision"])
            for row in rows
        ]


def configured(tmp_path, **settings):
    """Settings whose policies lie in a folder, without the shipped label sets: they take long."""
    (tmp_path / "labels").mkdir(exist_ok=True)
    chosen = Settings(policies=("policies",), models=ModelSettings(labels="labels"), **settings)
    return Configuration(chosen, tmp_path, "tocsin.yaml", {})


@pytest.fixture
def configure(tmp_path):
    """Makes settings in the test's folder."""
    return partial(configured, tmp_path)


@pytest.fixture
def open_house(tmp_path, store):
    """The way to open an engine on the files in ``policies``; it runs while the block does."""

    @asynccontextmanager
    async def opened(
        text=POLICY, *, watches=False, history=None, teach=None, promotion=None, classifier=None
    ):
        folder = tmp_path / "policies"
        if text is not None:
            folder.mkdir(exist_ok=True)
            (folder / "care.yaml").write_text(text, "utf-8")
        configuration = configured(tmp_path)
        clock, stop, feed = ManualClock(), asyncio.Event(), Feed()
        places = Places.of(configuration)
        hub = Hub([classifier or ScriptedClassifier({"awful": ("sentiment", "negative", 0.95)})])
        teacher = Teacher(configuration, NoIdentifier(), hub=hub)
        basis = Basis(places, store.policies, promotion or PromotionSettings(), clock)
        policies, _ = load_checked(places, now=clock.now())
        taught = teacher.teach(policies)
        loaded = await begin(policies, basis, taught=taught)
        running = Running(loaded.policies, loaded.held, since=clock.now())
        runner = EmbeddedRunner(
            log=store.log,
            pipeline=teacher.pipeline(loaded.policies, taught),
            sources=[feed],
            sender=NoSender(),
            clock=clock,
            sleep=no_sleep,
            limits=RunnerLimits(batch=3),
        )

        swap = Swap(
            teach or teacher.teach, teacher.pipeline, runner.use, runner.stats.waiting, no_sleep
        )
        if history is not None:
            basis = Basis(places, history, basis.promotion, clock)
        reloader = Reloader(basis, loaded, running=running, swap=swap)
        house = House(folder, store, places, running, reloader, runner, feed, stop, loaded)
        house.tasks.append(asyncio.create_task(runner.run(stop)))
        if watches:
            house.tasks.append(asyncio.create_task(reloader.watch(stop)))
        try:
            yield house
        finally:
            stop.set()
            for task in house.tasks[1:]:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*house.tasks)

    return opened
