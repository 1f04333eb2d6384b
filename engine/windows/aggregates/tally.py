"""Exact numbers a bucket and their running total: what count, sum and share stand on."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from engine.windows.aggregates.contract import NEVER, bucket_of, floor_of, floor_piece, foreign

if TYPE_CHECKING:
    from collections.abc import Iterator


class Tally:
    """One exact number for each bucket, added up.

    The newest bucket stands in the object itself and only those before it in a list, as most keys
    have but one: that keeps a key under 100 bytes and the usual addition at three steps.

    Attributes:
        total: Sum over the buckets held.
    """

    __slots__ = ("_floor", "_here", "_newest", "_older", "total")
    _KIND: ClassVar[str] = "tally"

    def __init__(self) -> None:
        self.total: int | Fraction = 0
        self._floor = NEVER
        self._newest: int | None = None
        self._here: int | Fraction = 0
        # Bucket, number, bucket, number, … in the order of time; None for no bucket.
        self._older: list[Any] | None = None

    def put(self, bucket: int, number: int | Fraction) -> None:
        """Add to the number of one bucket; one that has left is passed over."""
        if bucket == self._newest:
            self._here += number
        elif bucket < self._floor:
            return
        elif self._newest is None:
            self._newest, self._here = bucket, number
        elif bucket > self._newest:
            if self._older is None:
                self._older = [self._newest, self._here]
            else:
                self._older += (self._newest, self._here)
            self._newest, self._here = bucket, number
        else:
            self._put_late(bucket, number)
        self.total += number

    def drop_before(self, bucket: int) -> None:
        """Let every bucket before this one leave, for good."""
        if bucket <= self._floor:
            return
        self._floor = bucket
        if self._newest is None:
            return
        if self._newest < bucket:
            self._newest, self._here, self._older, self.total = None, 0, None, 0
        elif self._older is not None and self._older[0] < bucket:
            self._drop_older(self._older, bucket)

    def oldest(self) -> int | None:
        """Return the first bucket held; None where nothing is."""
        return self._newest if self._older is None else cast("int", self._older[0])

    def newest(self) -> int | None:
        """Return the last bucket held; None where nothing is."""
        return self._newest

    def merge(self, other: Self) -> None:
        """Add what ``other`` holds, bucket by bucket; what has left either has left both."""
        self.drop_before(other._floor)
        # A list of its own, as ``other`` may be this very tally.
        for bucket, number in list(other._buckets()):
            self.put(bucket, number)

    def snapshot(self) -> list[Any]:
        """Return the kind, the floor, and bucket and number in turns, in the order of time."""
        piece: list[Any] = [self._KIND, floor_piece(self._floor)]
        for bucket, number in self._buckets():
            piece += (bucket, number if isinstance(number, int) else _written(number))
        return piece

    @classmethod
    def resume(cls, piece: Any) -> Self:
        """Return the tally that a snapshot was taken of.

        Raises:
            ValueError: ``piece`` is no snapshot of this kind.
        """
        try:
            kind, floor, *turns = piece
            if kind != cls._KIND or len(turns) % 2:
                raise foreign(cls._KIND, piece)
            again = cls()
            again._floor = floor_of(floor)
            for bucket, number in zip(turns[::2], turns[1::2], strict=True):
                again.put(bucket_of(bucket), _read(number))
        except (TypeError, ZeroDivisionError) as error:
            raise foreign(cls._KIND, piece) from error
        return again

    def _buckets(self) -> Iterator[tuple[int, int | Fraction]]:
        older = self._older or []
        yield from zip(older[::2], older[1::2], strict=True)
        if self._newest is not None:
            yield self._newest, self._here

    def _put_late(self, bucket: int, number: int | Fraction) -> None:
        older = self._older = [] if self._older is None else self._older
        at = len(older)
        # From the end: what is late is seldom late by much.
        while at and older[at - 2] > bucket:
            at -= 2
        if at and older[at - 2] == bucket:
            older[at - 1] += number
        else:
            older[at:at] = (bucket, number)

    def _drop_older(self, older: list[Any], bucket: int) -> None:
        at = 0
        while at < len(older) and older[at] < bucket:
            self.total -= older[at + 1]
            at += 2
        del older[:at]
        if not older:
            self._older = None


def _written(number: Fraction) -> int | str:
    """Return a number as a snapshot has it: whole ones as they are, others as ``3/8``."""
    return number.numerator if number.denominator == 1 else str(number)


def _read(piece: Any) -> int | Fraction:
    return Fraction(piece) if isinstance(piece, str) else bucket_of(piece)
