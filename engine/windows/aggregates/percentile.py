"""A percentile of a number over a window."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any, ClassVar, Final, Self

from engine.windows.aggregates.contract import NEVER, bucket_of, floor_of, floor_piece, foreign

_ROOM: Final = 256
_FINE: Final = 128
"""Rounded values a power of two, twice over: 64 between 1 and 2, 64 between 2 and 4, and so on."""


class SlidingPercentile:
    """A percentile by nearest rank: the smallest value that ``rank`` of all values do not exceed.

    The values are kept as they are while at most 256 different ones (a value in two buckets is two)
    are held. Beyond that they are rounded to a grid that is 1/64 of a power of two wide, so that
    the reading is within 1/128 (0.8 percent) of the exact one, whatever its sign, and 0 stays 0;
    the room then doubles where rounding does not help, and returns to 256 when a window falls
    quiet. The same values in another order may be rounded at another time, within that error.

    Source: the grid is HdrHistogram's, and its promise DDSketch's (C. Masson, J. E. Rim, H. K. Lee,
    DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees, VLDB 2019),
    but no logarithm is taken, as two machines may disagree in its last bit. KLL of `datasketches`
    draws random numbers that cannot be seeded: two runs differ. `ddsketch` cannot give a bucket up.
    """

    __slots__ = (
        "_below",
        "_cursor",
        "_entries",
        "_floor",
        "_newest",
        "_oldest",
        "_room",
        "_total",
        "rank",
    )
    _KIND: ClassVar[str] = "percentile"

    def __init__(self, rank: float = 0.5) -> None:
        """Make an empty one.

        Args:
            rank: In [0, 1]; 0 asks for the smallest value.
        """
        self.rank = rank
        # Value, bucket and how often, sorted; one list, as most keys have a value or two.
        self._entries: list[tuple[float, int, int]] = []
        self._total = 0
        # The reading moves by a value or so with each that comes: the walk to it starts at the
        # last one, before which `_below` values stand.
        self._cursor = 0
        self._below = 0
        self._room = _ROOM
        self._floor = NEVER
        self._oldest: int | None = None
        self._newest: int | None = None

    def add(self, bucket: int, value: float) -> None:
        """Take a value in; one that is not finite is passed over."""
        if bucket < self._floor or not math.isfinite(value):
            return
        self._put(float(value) + 0.0, bucket, 1)  # + 0.0: -0.0 is 0.0 and is written so
        if len(self._entries) > self._room:
            self._make_room()

    def drop_before(self, bucket: int) -> None:
        """Let every bucket before this one leave, for good."""
        if bucket <= self._floor:
            return
        self._floor = bucket
        if self._oldest is not None and self._oldest < bucket:
            self._hold([entry for entry in self._entries if entry[1] >= bucket])
            if len(self._entries) <= _ROOM // 2:
                self._room = _ROOM

    def reading(self) -> float | None:
        """Return the percentile; None where nothing is held."""
        if not self._total:
            return None
        # What a rank such as 0.07 lacks of 7 percent must not make of 7 in 100 an eighth.
        wanted = max(math.ceil(self.rank * self._total - 1e-9), 1)
        entries, at, below = self._entries, self._cursor, self._below
        while below >= wanted:
            at -= 1
            below -= entries[at][2]
        while below + entries[at][2] < wanted:
            below += entries[at][2]
            at += 1
        self._cursor, self._below = at, below
        return entries[at][0]

    def oldest(self) -> int | None:
        """Return the first bucket held; None where nothing is."""
        return self._oldest

    def newest(self) -> int | None:
        """Return the last bucket held; None where nothing is."""
        return self._newest

    def merge(self, other: Self) -> None:
        """Take in what ``other`` holds; what has left either has left both.

        Raises:
            ValueError: ``other`` is of another rank.
        """
        if other.rank != self.rank:
            message = f"a percentile of rank {other.rank} is none of rank {self.rank}"
            raise ValueError(message)
        self.drop_before(other._floor)
        self._room = max(self._room, other._room)
        for value, bucket, times in list(other._entries):
            if bucket >= self._floor:
                self._put(value, bucket, times)
        if len(self._entries) > self._room:
            self._make_room()

    def snapshot(self) -> list[Any]:
        """Return the kind, the rank, the floor, the room and the sorted values with buckets."""
        entries = [list(entry) for entry in self._entries]
        return [self._KIND, self.rank, floor_piece(self._floor), self._room, entries]

    @classmethod
    def resume(cls, piece: Any) -> Self:
        """Return the percentile that a snapshot was taken of.

        Raises:
            ValueError: ``piece`` is no snapshot of this kind.
        """
        try:
            kind, rank, floor, room, entries = piece
            if kind != cls._KIND:
                raise foreign(cls._KIND, piece)
            again = cls(float(rank))
            again._floor = floor_of(floor)
            again._room = bucket_of(room)
            again._hold(sorted((float(v), bucket_of(b), bucket_of(n)) for v, b, n in entries))
        except TypeError as error:
            raise foreign(cls._KIND, piece) from error
        return again

    def _put(self, value: float, bucket: int, times: int) -> None:
        entries = self._entries
        at = bisect_left(entries, (value, bucket))
        if at < len(entries) and entries[at][:2] == (value, bucket):
            entries[at] = (value, bucket, entries[at][2] + times)
        else:
            entries.insert(at, (value, bucket, times))
            if at < self._cursor:
                self._cursor += 1
        if at < self._cursor:
            self._below += times
        self._total += times
        if self._newest is None or bucket > self._newest:
            self._newest = bucket
        if self._oldest is None or bucket < self._oldest:
            self._oldest = bucket

    def _make_room(self) -> None:
        rounded: dict[tuple[float, int], int] = {}
        for value, bucket, times in self._entries:
            where = (_rounded(value), bucket)
            rounded[where] = rounded.get(where, 0) + times
        self._hold(sorted((value, bucket, times) for (value, bucket), times in rounded.items()))
        self._room = max(self._room, 2 * len(self._entries))

    def _hold(self, entries: list[tuple[float, int, int]]) -> None:
        self._entries = entries
        self._cursor = self._below = 0
        self._total = sum(entry[2] for entry in entries)
        self._oldest = min((entry[1] for entry in entries), default=None)
        self._newest = max((entry[1] for entry in entries), default=None)


def _rounded(value: float) -> float:
    """Return the middle of the grid's cell that holds the value: it stays itself when repeated."""
    if not value:
        return value
    part, power = math.frexp(value)
    return math.ldexp(math.copysign(math.floor(abs(part) * _FINE) + 0.5, part) / _FINE, power)
