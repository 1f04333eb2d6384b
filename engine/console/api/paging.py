"""Cursors and the parameters every list takes."""

# No postponed annotations: FastAPI reads them when the routes are made.

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime

LONGEST_NAME = 2000
MOST = 500


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = "is outside the years 1 to 9999"
        raise ValueError(message) from None


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
Since = Annotated[
    AwareDatetime | None,
    AfterValidator(lambda instant: instant and _in_utc(instant)),
    Query(description="An instant with a zone, such as 2026-03-02T09:00:00Z."),
]
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
