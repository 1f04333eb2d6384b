"""Where a row went that is not in its place, and what the row is that stands there instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.audit.form import outcome_hash
from engine.audit.report import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.audit.report import ChainReport

    Row = Mapping[str, Any]

# How far from its place a row's own number is looked for: some seconds of work.
_FARTHEST = 50_000


def whereabouts(
    report: ChainReport,
    found: Row,
    followers: Sequence[Row],
    *,
    ends: Mapping[str, int],
) -> tuple[int, str, Fault]:
    """Return the number of the row that is wrong, what is wrong with it, and that in a word.

    Args:
        report: How far the rows fit.
        found: What stands where the next row should.
        followers: Rows, wherever they stand, that were written to follow the last one that fits,
            or to follow the one found.
        ends: Hashes of rows that heads and checkpoints were noted for, with their numbers.
    """
    wanted, last = report.rows + 1, report.rows
    own = _own_number(found, wanted, most=max([wanted, *ends.values()]))
    if any(one["previous"] == report.head and _fits_as(one, wanted) for one in followers):
        return wanted, *_displaced(found, wanted, own)
    if found["seq"] != wanted or own not in (None, wanted):
        return wanted, *_gone(found, wanted, own)
    is_followed = any(one["previous"] == found["hash"] for one in followers)
    if own == wanted and last and (is_followed or found["hash"] in ends):
        told = f"row {last} was changed with its hash: row {wanted} was written to follow another"
        return last, told, Fault.CHANGED
    return wanted, f"row {wanted} was changed: it does not continue row {last}", Fault.CHANGED


def _displaced(found: Row, wanted: int, own: int | None) -> tuple[str, Fault]:
    """Say what became of a row that is still there, elsewhere."""
    if own == wanted:
        return f"row {wanted} was moved: it bears the number {found['seq']}", Fault.MOVED
    if own is not None and own > wanted:
        return f"row {wanted} was moved: row {own} stands in its place", Fault.MOVED
    what = "the engine did not write it" if own is None else f"it is row {own} once more"
    return f"row {wanted} was inserted: {what}", Fault.INSERTED


def _gone(found: Row, wanted: int, own: int | None) -> tuple[str, Fault]:
    """Say what stands in the place of a row that is there no more."""
    if found["seq"] > wanted:
        told = f"row {wanted} is missing: row {found['seq']} follows row {wanted - 1}"
        return told, Fault.MISSING
    if found["seq"] == wanted and own is not None and own > wanted:
        told = f"row {wanted} is missing: what bears its number was written as row {own}"
        return told, Fault.MISSING
    what = found["seq"] if own is None else own
    return f"row {wanted} was inserted: it was written as row {what}", Fault.INSERTED


def _own_number(row: Row, near: int, *, most: int) -> int | None:
    """Return the number a row was written with; None where it fits its hash under none."""
    numbers = _numbers(row["seq"], near, most=most)
    return next((number for number in numbers if _fits_as(row, number)), None)


def _numbers(borne: int, near: int, *, most: int) -> Iterator[int]:
    yield borne
    yield near
    for away in range(1, min(most, _FARTHEST)):
        if near + away <= most:
            yield near + away
        if near > away:
            yield near - away


def _fits_as(row: Row, number: int) -> bool:
    try:
        return bool(outcome_hash({**row, "seq": number}) == row["hash"])
    except (ValueError, TypeError):
        return False
