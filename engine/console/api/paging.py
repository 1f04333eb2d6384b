"""Cursors and the parameters every list takes."""

# No postponed annotations: FastAPI reads them when the routes are made.

import re
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Query

from engine.console.answers import RefusedError
from engine.console.parts import PartsOf
from engine.units import parse_duration, parse_instant

LONGEST_NAME = 2000
MOST = 500
# What is meant as a span, whether or not it is one: an instant holds `-` or `T`.
_SPAN = re.compile(r"[0-9dhms\s]+")


async def _since(
    parts: PartsOf,
    since: Annotated[
        str | None,
        Query(
            max_length=64,
            description="An instant with a zone, such as 2026-03-02T09:00:00Z, or a span counted "
            "back from now, such as 7d, 24h or 90m.",
        ),
    ] = None,
) -> datetime | None:
    """Return the instant asked for.

    Raises:
        RefusedError: 422, showing both right forms.
    """
    if since is None:
        return None
    is_span = _SPAN.fullmatch(since) is not None
    try:
        return parts.clock.now() - parse_duration(since) if is_span else parse_instant(since)
    except ValueError as error:
        other = "an instant, like 2026-03-02T09:00:00Z" if is_span else "a span, like 7d or 24h"
        message = f"since: {error}; or give {other}"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise RefusedError(status, "invalid_parameter", message) from None


Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows a page, at most.")]
# Fifteen digits: a row number fits the database's integers whatever is asked.
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="`next_cursor` of the page before."),
]
After = Annotated[
    int | None,
    Query(
        ge=0,
        lt=10**15,
        description="Rows after this `seq`, oldest first: give the last one seen to follow along. "
        "Not beside `cursor`.",
    ),
]
Since = Annotated[datetime | None, Depends(_since)]
Name = Annotated[str | None, Query(max_length=LONGEST_NAME, description="Exactly this one.")]


def as_page(
    rows: Sequence[dict[str, Any]], limit: int, *, is_forward: bool = False
) -> dict[str, Any]:
    """Return rows as a page; a full page is followed by another, though that may be empty.

    Args:
        is_forward: Oldest first: the reader goes on by ``after``, never to an end.
    """
    goes_on = len(rows) == limit and not is_forward
    return {"items": rows, "next_cursor": str(rows[-1]["seq"]) if goes_on else None}


def as_seq(cursor: str | None) -> int | None:
    """Return the row number a cursor stands for."""
    return None if cursor is None else int(cursor)
