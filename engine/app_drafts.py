"""Wires what shows drafts where people are: cards on Slack, their buttons taken off in the end."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from engine.actions.http import HttpClient, HttpLimits
from engine.actions.slack import SlackReceiver
from engine.dispatch.card_keeper import CardKeeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.life.running import Running
    from engine.settings import Configuration
    from engine.store import Store


def build_card_keeper(configuration: Configuration, store: Store, running: Running) -> CardKeeper:
    """Return what shows drafts in the channel that the settings name; nowhere where they do not."""
    limits = HttpLimits(answer=configuration.settings.dispatch.timeout)

    @asynccontextmanager
    async def slack() -> AsyncIterator[SlackReceiver]:
        async with HttpClient(limits) as client:
            yield SlackReceiver(running.channels, client)

    return CardKeeper(
        store.cards,
        slack,
        channel=running.channels.get,
        announce=configuration.settings.approval.announce,
    )
