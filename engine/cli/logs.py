"""How the engine's own log lines look: for people, or as JSON; always on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from engine.settings import LogSettings


def configure_logs(settings: LogSettings, *, is_quiet: bool) -> None:
    """Set up structlog once for the process.

    Args:
        is_quiet: A live view has the terminal: only errors are written as lines.
    """
    level = logging.ERROR if is_quiet else logging.getLevelNamesMapping()[settings.level.upper()]
    # Plain tracebacks: the richer ones print local variables, and those hold secrets.
    renderers: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Libraries say less: httpx logs whole addresses at INFO, and those may hold tokens.
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)
    # Any stranger can cause its warnings, by speaking no HTTP.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
