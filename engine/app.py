"""The composition root: every part built once, started and stopped in one order.

Nothing here decides anything; it hands the parts to one another.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx
import structlog

from engine.actions.accounts import build_accounts
from engine.app_chores import build_chores
from engine.app_dispatch import build_sending
from engine.app_sources import build_sources
from engine.approving import ApprovalTerms
from engine.cases.ours import written_by
from engine.clock import SystemClock
from engine.life.loader import Basis, Loaded, load_checked
from engine.life.places import Places
from engine.life.reload import Reloader, Swap, begin
from engine.life.running import Running
from engine.life.teacher import Teacher
from engine.loading import (
    load_brands,
    load_language_identifier,
    load_own_handles,
    unanswered_tasks,
)
from engine.store import Store
from engine.store.lease import remove_file, sole_engine
from engine.store.watched import Watched
from streams.embedded import EmbeddedRunner
from streams.runner_parts import RunnerLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AsyncExitStack
    from datetime import datetime
    from pathlib import Path

    from engine.app_chores import Chores
    from engine.clock import Clock
    from engine.dispatch.dispatcher import Dispatcher
    from engine.life.teacher import Taught
    from engine.policy import PolicySet
    from engine.ports import Source
    from engine.problem import Problem
    from engine.settings import Configuration, Settings
    from models.hub import Hub
    from streams.pipeline import Pipeline

_log = structlog.get_logger("tocsin")


@dataclass(slots=True)
class Engine:
    """A built engine: the parts others look at, and how to run it.

    Attributes:
        running: The policies that decide now, and what became of edits.
        problems: Warnings of the policies it started with.
        reloader: Takes edits of the policies up while it runs; None where it does not.
        chores: What is done from time to time; None where it does not live on.
        sources: By name.
        stop: Set to stop the engine gracefully.
    """

    configuration: Configuration
    clock: Clock
    store: Store
    running: Running
    problems: list[Problem]
    dispatcher: Dispatcher
    runner: EmbeddedRunner
    reloader: Reloader | None
    chores: Chores | None
    sources: Mapping[str, Source]
    stop: asyncio.Event

    @property
    def policies(self) -> PolicySet:
        """The policies that decide now."""
        return self.running.policies

    @property
    def failed_sources(self) -> dict[str, str]:
        """Why each source that failed for good did."""
        finished = self.runner.stats.finished
        return {name: why for name, why in finished.items() if why.startswith("failed")}

    async def run(self) -> None:
        """Run until stopped."""
        await self.dispatcher.recover()
        async with self._edits_followed(), self._chores_done():
            await self.runner.run(self.stop)

    async def drain(self) -> None:
        """Run until the sources end and all they brought is decided and dispatched, or stopped."""
        await self.dispatcher.recover()
        async with self._edits_followed():
            await self.runner.run(self.stop, until_drained=True)
        await self.dispatcher.run_until_idle(self.stop)

    @asynccontextmanager
    async def _chores_done(self) -> AsyncIterator[None]:
        """Do what comes up from time to time while the block runs, and once more at its end."""
        if self.chores is None:
            yield
            return
        work = asyncio.create_task(self.chores.run(self.stop), name="chores")
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self.chores.finish()

    @asynccontextmanager
    async def _edits_followed(self) -> AsyncIterator[None]:
        """Take edits of the policies up while the block runs."""
        if self.reloader is None:
            yield
            return
        watch = asyncio.create_task(self.reloader.watch(self.stop), name="policies")
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


async def build_engine(  # noqa: PLR0913 - each stands in for a part the settings name
    stack: AsyncExitStack,
    configuration: Configuration,
    *,
    policy_paths: Sequence[Path] | None = None,
    sources: Sequence[Source] | None = None,
    hub: Hub | None = None,
    starts_fresh: bool = False,
    is_live: bool = False,
) -> Engine:
    """Build every part; the stack closes them in reverse order.

    Args:
        policy_paths: In place of the settings' own; so are sources and hub.
        starts_fresh: Empty a SQLite file first, once it is sure that no other engine uses it.
        is_live: What runs counts as such: promotions have to be earned, edits are taken up.

    Raises:
        ConfigError: The policies have errors, or a part cannot be built as configured.
        StoreError: The database cannot be used, or another engine runs on it.
    """
    settings, clock, stop = configuration.settings, SystemClock(), asyncio.Event()
    places = Places.of(configuration, policy_paths)
    policies, problems = _policies(places, now=clock.now())
    teacher = _teacher(configuration, hub, problems)
    taught = _taught(teacher, policies)
    store = await _store(stack, configuration, starts_fresh=starts_fresh)
    basis = Basis(places, store.policies, settings.promotion, clock)
    loaded = await begin(policies, basis, taught=taught, is_live=is_live, warnings=len(problems))
    running = _running(loaded, store, configuration, clock)
    dispatcher = await build_sending(stack, configuration, running, store=store, clock=clock)
    sources = sources if sources is not None else await _sources(stack, configuration, clock, stop)
    pipeline = teacher.pipeline(loaded.policies, taught)
    runner = _runner(settings, store, pipeline, sources=sources, sender=dispatcher, clock=clock)
    edits = None
    if is_live and settings.reload:
        edits = Reloader(basis, loaded, running=running, swap=_swap(teacher, runner))
    chores = build_chores(configuration, running, store, clock) if is_live else None
    ends = (edits, chores, {source.name: source for source in sources}, stop)
    return Engine(configuration, clock, store, running, problems, dispatcher, runner, *ends)


def _teacher(configuration: Configuration, hub: Hub | None, problems: list[Problem]) -> Teacher:
    """Return what answers for policies; the warnings of the file of brands join the problems."""
    brands, warnings = load_brands(configuration)
    problems += warnings
    return Teacher(configuration, load_language_identifier(), brands=brands, hub=hub)


def _taught(teacher: Teacher, policies: PolicySet) -> Taught:
    """Return classifiers for the policies; what they ask for and nothing answers is said."""
    taught = teacher.teach(policies)
    for sentence in unanswered_tasks(policies, taught.hub.tasks):
        _log.warning(sentence)
    return taught


def _swap(teacher: Teacher, runner: EmbeddedRunner) -> Swap:
    """Return how a runner is given other policies."""
    return Swap(partial(_taught, teacher), teacher.pipeline, runner.use, runner.stats.waiting)


def _running(loaded: Loaded, store: Store, configuration: Configuration, clock: Clock) -> Running:
    """Return what runs; cases know its queues from here on, and who of all who write is ours."""
    running = Running(loaded.policies, loaded.held, since=clock.now())
    handles = load_own_handles(configuration)
    store.cases.queues = lambda: running.policies.queues
    store.cases.is_ours = written_by(build_accounts(configuration), lambda: handles)
    return running


async def _sources(
    stack: AsyncExitStack, configuration: Configuration, clock: Clock, stop: asyncio.Event
) -> list[Source]:
    timeout = configuration.settings.dispatch.timeout.total_seconds()
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=timeout))
    return build_sources(configuration, client=client, clock=clock, stop=stop)


def _policies(places: Places, *, now: datetime) -> tuple[PolicySet, list[Problem]]:
    """Load the policies to start with; that there are none is said."""
    policies, problems = load_checked(places, now=now)
    if places.roots and not policies.policies:
        paths = [str(path) for path in places.paths]
        _log.warning("no policy found, nothing will be decided", paths=paths)
    return policies, problems


async def _store(
    stack: AsyncExitStack, configuration: Configuration, *, starts_fresh: bool
) -> Store:
    settings, handles = configuration.settings, load_own_handles(configuration)
    url = settings.database.url
    await stack.enter_async_context(sole_engine(url))
    if starts_fresh:
        remove_file(url)
    store = await Store.open(
        url,
        busy_timeout=settings.database.busy_timeout,
        approval=ApprovalTerms.of(settings.approval),
        own_handles=lambda: handles,
    )
    stack.push_async_callback(store.close)
    return store


def _runner(  # noqa: PLR0913 - what it joins
    settings: Settings,
    store: Store,
    pipeline: Pipeline,
    *,
    sources: Sequence[Source],
    sender: Dispatcher,
    clock: Clock,
) -> EmbeddedRunner:
    return EmbeddedRunner(
        log=store.log,
        pipeline=pipeline,
        sources=sources,
        sender=sender,
        clock=clock,
        operators=Watched(store.incidents, store.silences, store.cases),
        limits=RunnerLimits(
            settings.engine.batch, settings.engine.backlog, settings.engine.lateness
        ),
    )
