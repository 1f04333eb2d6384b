"""Wires what sends: receivers, gates in their order, pace, breakers, the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.actions.accounts import build_accounts
from engine.actions.channels import build_receivers
from engine.actions.http import HttpClient, HttpLimits
from engine.dispatch.breaker import Breakers
from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.gates.accounts import AccountGate
from engine.dispatch.gates.channel_exists import ChannelExistsGate
from engine.dispatch.gates.halt import HaltGate
from engine.dispatch.gates.mode import ModeGate
from engine.dispatch.pacing import Pacer
from engine.ports import Backoff
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from engine.actions.channels import Receivers
    from engine.clock import Clock
    from engine.dispatch.dispatcher import Sleep
    from engine.dispatch.gates.chain import Gate
    from engine.life.running import Running
    from engine.settings import Configuration
    from engine.store import Store


async def build_sending(  # noqa: PLR0913 - what it joins
    stack: AsyncExitStack,
    configuration: Configuration,
    running: Running,
    *,
    store: Store,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> Dispatcher:
    """Build the dispatcher and all it asks; the stack closes its connections.

    Raises:
        ConfigError: An account cannot be used as configured.
    """
    chosen = configuration.settings.dispatch
    client = await stack.enter_async_context(HttpClient(HttpLimits(answer=chosen.timeout)))
    accounts, pacer, breakers = build_accounts(configuration), Pacer(lambda _: None), Breakers()
    receivers = build_receivers(running.channels, client, accounts=accounts, book=pacer)
    return Dispatcher(
        store.outbox,
        receivers,
        clock,
        backoff=Backoff(chosen.first_pause, chosen.longest_pause, chosen.attempts),
        gates=_gates(running, store, receivers=receivers, pacer=pacer, breakers=breakers),
        sleep=sleep,
        concurrency=chosen.concurrency,
        ledger=store.sends,
        watchers=(pacer, breakers),
    )


def _gates(
    running: Running, store: Store, *, receivers: Receivers, pacer: Pacer, breakers: Breakers
) -> Sequence[Gate]:
    """Return the gates in their order; the first that minds gives the reason.

    What forbids for good comes before what only makes wait, and what takes a token is the last.
    """
    return (
        HaltGate(store.halts.holding),
        ModeGate(running.mode_of),
        ChannelExistsGate(running.channels),
        AccountGate(
            receivers.account_of,
            lambda account, now: breakers.ask(account, now=now),
            reason=Reason.BREAKER,
        ),
        AccountGate(
            receivers.account_of,
            lambda account, now: pacer.take(account, now=now),
            reason=Reason.PACED,
        ),
    )
