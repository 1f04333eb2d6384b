"""The console's application, built for one engine."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from engine import __version__
from engine.console import health, metrics
from engine.console.answers import answer_errors
from engine.console.api import cases, drafts
from engine.console.api import routes as api
from engine.console.counts import CachedCounts
from engine.console.guards import HostGuard, SafeHeaders
from engine.console.hooks import slack
from engine.console.intake import routes as intake
from engine.console.pages import queue_routes
from engine.console.pages import routes as pages
from engine.console.pages.rates import RateHistory
from engine.console.pages.rendering import FOLDER
from engine.console.pages.view import Viewer
from streams.sources.rate_limit import RateLimiter

if TYPE_CHECKING:
    from engine.console.parts import ConsoleParts

_DESCRIPTION = (
    "What Tocsin took in, decided and did. Every error has the form "
    '`{"error": {"code", "message"}}`.'
)


def create_app(parts: ConsoleParts) -> FastAPI:
    """Return the application that shows and feeds one engine.

    FastAPI's own documentation pages are off: they load scripts from elsewhere; `/docs` is ours.
    """
    app = FastAPI(
        title="Tocsin",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    app.state.counts = CachedCounts(parts.reads, parts.clock, parts.cases)
    app.state.limiter = RateLimiter(parts.settings.rate, parts.settings.burst)
    # Ours until we end: a form that is older is refused, and its page asks to be opened again.
    app.state.form_key = secrets.token_bytes(32)
    app.state.viewer = Viewer(parts, app.state.counts, RateHistory())
    answer_errors(app)
    for part in (pages, queue_routes, api, cases, drafts, slack, intake, health, metrics):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    # The one added last stands first: even a refused host gets the safe headers.
    app.add_middleware(HostGuard, hosts=parts.hosts)
    app.add_middleware(SafeHeaders)
    return app
