"""Wires what looks after drafts: their expiry, and the cards that show them on Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.actions.http import HttpClient, HttpLimits
from engine.actions.slack import SlackReceiver
from engine.dispatch.keeper import DraftKeeper

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from engine.clock import Clock
    from engine.life.running import Running
    from engine.settings import Configuration
    from engine.store import Store


async def build_keeper(
    stack: AsyncExitStack,
    configuration: Configuration,
    running: Running,
    *,
    store: Store,
    clock: Clock,
) -> DraftKeeper:
    """Build what gives drafts up and shows them; the stack closes its connections."""
    settings = configuration.settings
    limits = HttpLimits(answer=settings.dispatch.timeout)
    client = await stack.enter_async_context(HttpClient(limits))
    return DraftKeeper(
        store.verdicts,
        store.cards,
        SlackReceiver(running.channels, client),
        clock,
        channel=running.channels.get,
        announce=settings.approval.announce,
    )
