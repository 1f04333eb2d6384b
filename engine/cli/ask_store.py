"""A question to the configured database, for commands that answer it and end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.settings import Configuration
    from engine.store import Store


def with_store(found: Configuration, ask: Callable[[Store], Awaitable[Any]]) -> Any:
    """Return what a question to the store answers; the database is left as it is.

    Raises:
        StoreError: The database cannot be used.
    """

    async def asked() -> Any:
        from engine.approving import ApprovalTerms
        from engine.store import Store

        settings = found.settings
        terms = ApprovalTerms.of(settings.approval)
        store = await Store.open(settings.database.url, upgrade=False, approval=terms)
        try:
            return await ask(store)
        finally:
            await store.close()

    return asyncio.run(asked())
