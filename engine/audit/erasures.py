"""Which rows the log itself says were erased: a row blanked without that is a row tampered with."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The kind of the row that says so; it can itself never be erased.
ERASURE = "erasure"


def as_ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return row numbers as ranges, first and last included, in order: ``[[3, 3], [7, 9]]``."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


class Erasures:
    """The rows that erasure rows name.

    Grows with the number of ranges erased, not with the log.
    """

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._kept: dict[int, str] = {}
        self._is_sorted = True

    def add(self, seq: int, payload: str) -> None:
        """Take in one erasure row; what in it is no erasure of earlier rows is passed over.

        Whether the row is genuine the walk itself finds out.
        """
        try:
            read = json.loads(payload)
            ranges = [(first, last) for first, last in read["rows"] if 0 < first <= last < seq]
            kept = {int(number): str(digest) for number, digest in read.get("kept", {}).items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        self._ranges += ranges
        self._kept |= kept
        self._is_sorted = False

    def name(self, seq: int) -> bool:
        """Say whether a later row of the log tells that this one was erased."""
        if not self._is_sorted:
            self._ranges.sort()
            self._is_sorted = True
        place = bisect_right(self._ranges, (seq, seq))
        around = self._ranges[max(0, place - 1) : place + 1]
        return any(first <= seq <= last for first, last in around)

    def kept(self, seq: int) -> str | None:
        """Return what an erasure noted of the rest of a row without seals."""
        return self._kept.get(seq)


def payload_of(
    numbers: Iterable[int], kept: Mapping[int, str], *, by: str, reason: str
) -> dict[str, Any]:
    """Return the payload of an erasure row.

    Args:
        numbers: The rows it erases.
        kept: `engine.audit.form.rest_hash` of those without seals.
    """
    found: dict[str, Any] = {"rows": as_ranges(numbers), "by": by, "reason": reason}
    if kept:
        found["kept"] = {str(number): digest for number, digest in kept.items()}
    return found
