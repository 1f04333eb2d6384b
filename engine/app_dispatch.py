"""Wires what sends: receivers, gates in their order, pace, breakers, the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.actions.accounts import build_accounts
from engine.actions.ads.meta import MetaAdsReceiver
from engine.actions.channels import build_receivers
from engine.actions.http import HttpClient, HttpLimits
from engine.app_gates import GateParts, build_gates, last_look
from engine.dispatch.breaker import Breakers
from engine.dispatch.disclosure import Disclosing
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.pacing import Pacer
from engine.loading import load_own_handles
from engine.ports import Backoff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from engine.actions.channels import Receivers
    from engine.clock import Clock
    from engine.dispatch.attempt import ReceiverRegistry
    from engine.dispatch.dispatcher import Sleep
    from engine.dispatch.gates.chain import Gate
    from engine.life.running import Running
    from engine.settings import Configuration
    from engine.store import Store


async def build_sending(
    stack: AsyncExitStack,
    configuration: Configuration,
    running: Running,
    *,
    store: Store,
    clock: Clock,
) -> Dispatcher:
    """Build the dispatcher and all it asks; the stack closes its connections.

    Raises:
        ConfigError: An account cannot be used as configured.
    """
    parts, receivers = await join_parts(stack, configuration, running, store=store)
    return dispatcher_of(parts, receivers, clock)


async def join_parts(
    stack: AsyncExitStack, configuration: Configuration, running: Running, *, store: Store
) -> tuple[GateParts, Receivers]:
    """Return what gates judge by, and who carries actions out; the stack closes connections.

    Raises:
        ConfigError: An account cannot be used as configured.
    """
    chosen = configuration.settings.dispatch
    client = await stack.enter_async_context(HttpClient(HttpLimits(answer=chosen.timeout)))
    accounts, pacer = build_accounts(configuration), Pacer(lambda _: None)
    handles, limits = load_own_handles(configuration), configuration.settings.ads.limits()
    receivers = build_receivers(
        running.channels,
        client,
        accounts=accounts,
        book=pacer,
        threads=store.threads,
        ads=MetaAdsReceiver(accounts, client, store.changes, limits=limits, book=pacer),
    )
    parts = GateParts(
        configuration.settings,
        store,
        running,
        accounts,
        account_of=receivers.account_of,
        own_handles=lambda: handles,
        pacer=pacer,
        breakers=Breakers(),
    )
    return parts, receivers


def dispatcher_of(  # noqa: PLR0913 - what stands in for the usual
    parts: GateParts,
    receivers: ReceiverRegistry,
    clock: Clock,
    *,
    gates: Sequence[Gate] | None = None,
    last: Sequence[Gate] | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Dispatcher:
    """Return the dispatcher over some parts.

    Args:
        gates: In place of the usual ones; so is `last` of those asked once more.
    """
    chosen = parts.settings.dispatch
    return Dispatcher(
        parts.store.outbox,
        receivers,
        clock,
        backoff=Backoff(chosen.first_pause, chosen.longest_pause, chosen.attempts),
        gates=build_gates(parts) if gates is None else gates,
        sleep=sleep,
        concurrency=chosen.concurrency,
        ledger=parts.store.sends,
        watchers=(parts.pacer, parts.breakers),
        complete=Disclosing(parts.packs),
        last_look=last_look(parts) if last is None else last,
    )
