"""The composition root: every part built once, started and stopped in one order.

Nothing here decides anything; it hands the parts to one another.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import structlog

from engine.actions.channel_settings import channel_faults
from engine.actions.channels import build_receivers
from engine.actions.http import HttpClient, HttpLimits
from engine.app_sources import build_sources
from engine.clock import SystemClock
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.gates.channel_exists import ChannelExistsGate
from engine.dispatch.gates.mode import ModeGate
from engine.errors import ConfigError
from engine.loading import (
    load_brands,
    load_hub,
    load_language_identifier,
    load_policies,
    unanswered_tasks,
)
from engine.ports import Backoff
from engine.store import Store
from engine.store.lease import remove_file, sole_engine
from streams.embedded import EmbeddedRunner, RunnerLimits
from streams.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AsyncExitStack
    from datetime import datetime
    from pathlib import Path

    from engine.brand import BrandFinder
    from engine.clock import Clock
    from engine.decision import Mode
    from engine.policy import PolicySet
    from engine.ports import OutboxItem, Source
    from engine.problem import Problem
    from engine.settings import Configuration, Settings
    from models.hub import Hub

_log = structlog.get_logger("tocsin")


@dataclass(slots=True)
class Engine:
    """A built engine: the parts others look at, and how to run it.

    Attributes:
        problems: Warnings of the policies.
        sources: By name.
        stop: Set to stop the engine gracefully.
    """

    configuration: Configuration
    clock: Clock
    store: Store
    policies: PolicySet
    problems: list[Problem]
    pipeline: Pipeline
    dispatcher: Dispatcher
    runner: EmbeddedRunner
    sources: Mapping[str, Source]
    stop: asyncio.Event

    @property
    def failed_sources(self) -> dict[str, str]:
        """Why each source that failed for good did."""
        finished = self.runner.stats.finished
        return {name: why for name, why in finished.items() if why.startswith("failed")}

    async def run(self) -> None:
        """Run until stopped."""
        await self.dispatcher.recover()
        await self.runner.run(self.stop)

    async def drain(self) -> None:
        """Run until the sources end and all they brought is decided and dispatched, or stopped."""
        await self.dispatcher.recover()
        await self.runner.run(self.stop, until_drained=True)
        await self.dispatcher.run_until_idle(self.stop)


async def build_engine(  # noqa: PLR0913 - each stands in for a part the settings name
    stack: AsyncExitStack,
    configuration: Configuration,
    *,
    policy_paths: Sequence[Path] | None = None,
    sources: Sequence[Source] | None = None,
    hub: Hub | None = None,
    starts_fresh: bool = False,
) -> Engine:
    """Build every part; the stack closes them in reverse order.

    Args:
        policy_paths: In place of the settings' own.
        sources: In place of the settings' own.
        hub: Classifiers in place of the settings' own.
        starts_fresh: Empty a SQLite file first, once it is sure that no other engine uses it.

    Raises:
        ConfigError: The policies have errors, or a part cannot be built as configured.
        StoreError: The database cannot be used, or another engine runs on it.
    """
    settings = configuration.settings
    clock, stop = SystemClock(), asyncio.Event()
    policies, problems = _policies(configuration, policy_paths, now=clock.now())
    brands, warnings = load_brands(configuration)
    problems += warnings
    hub = hub or load_hub(configuration, policies)
    _warn_of_unanswered_tasks(policies, hub)
    store = await _store(stack, settings, starts_fresh=starts_fresh)
    dispatcher = await _dispatcher(stack, configuration, policies, store=store, clock=clock)
    if sources is None:
        timeout = settings.dispatch.timeout.total_seconds()
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=timeout))
        sources = build_sources(configuration, client=client, clock=clock, stop=stop)
    pipeline = _pipeline(hub, policies, brands)
    runner = _runner(settings, store, pipeline, sources=sources, sender=dispatcher, clock=clock)
    by_name = {source.name: source for source in sources}
    return Engine(
        configuration, clock, store, policies, problems, pipeline, dispatcher, runner, by_name, stop
    )


def _pipeline(hub: Hub, policies: PolicySet, brands: BrandFinder | None) -> Pipeline:
    return Pipeline(
        identifier=load_language_identifier(),
        classify=hub.classify_mentions,
        policies=policies,
        brands=brands,
    )


def _warn_of_unanswered_tasks(policies: PolicySet, hub: Hub) -> None:
    for sentence in unanswered_tasks(policies, hub.tasks):
        _log.warning(sentence)


async def _store(stack: AsyncExitStack, settings: Settings, *, starts_fresh: bool) -> Store:
    url = settings.database.url
    await stack.enter_async_context(sole_engine(url))
    if starts_fresh:
        remove_file(url)
    store = await Store.open(url, busy_timeout=settings.database.busy_timeout)
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
        limits=RunnerLimits(settings.engine.batch, settings.engine.backlog),
    )


def _policies(
    configuration: Configuration, paths: Sequence[Path] | None, *, now: datetime
) -> tuple[PolicySet, list[Problem]]:
    """Load the policies that are to run, or say why they cannot."""
    if paths is None:
        paths = [configuration.path(named) for named in configuration.settings.policies]
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        message = f"no such policy file or folder: {', '.join(missing)}"
        raise ConfigError(message)
    policies, problems = load_policies(configuration, paths, now=now)
    if policies is None:
        message = f"the policies have {len(problems)} problem(s); `tocsin check` shows them too"
        raise ConfigError(message, problems=problems)
    if paths and not policies.policies:
        _log.warning("no policy found, nothing will be decided", paths=[str(one) for one in paths])
    faults = [
        f"channel '{channel}' needs {', '.join(names)} in the environment"
        for channel, names in policies.missing_environment.items()
    ]
    for channel in policies.channels.values():
        if channel.name not in policies.missing_environment:
            faults += [f"channel '{channel.name}': {fault}" for fault in channel_faults(channel)]
    if faults:
        raise ConfigError("; ".join(faults))
    return policies, problems


async def _dispatcher(
    stack: AsyncExitStack,
    configuration: Configuration,
    policies: PolicySet,
    *,
    store: Store,
    clock: Clock,
) -> Dispatcher:
    chosen = configuration.settings.dispatch
    client = await stack.enter_async_context(HttpClient(HttpLimits(answer=chosen.timeout)))
    return Dispatcher(
        store.outbox,
        build_receivers(policies.channels, client),
        clock,
        backoff=Backoff(chosen.first_pause, chosen.longest_pause, chosen.attempts),
        gates=(ModeGate(_current_modes(policies)), ChannelExistsGate(policies.channels)),
        concurrency=chosen.concurrency,
    )


def _current_modes(policies: PolicySet) -> Callable[[OutboxItem], Mode | None]:
    """Return what says the mode a rule has now; None for a rule that is gone."""
    modes = {(rule.policy, rule.id): rule.mode for one in policies.policies for rule in one.rules}
    return lambda item: modes.get((item.policy, item.rule))
