"""What every sliding aggregate takes and answers."""

from __future__ import annotations

from typing import Any, Final, Protocol, Self

NEVER: Final = -(2**63)
"""The floor of an aggregate that nothing has left yet; below every bucket."""


class Sliding(Protocol):
    """A measure of what a run of integer buckets holds, which slides as old buckets leave.

    Equal calls give equal readings and equal snapshots, in every process. Where a reading is
    exact, the order of the values changes nothing either.
    """

    def add(self, bucket: int, value: Any) -> None:
        """Take one value in; buckets may come in any order.

        Args:
            bucket: One that has left already is passed over.
            value: What it means is each aggregate's own.
        """

    def drop_before(self, bucket: int) -> None:
        """Let every bucket before this one leave, for good: what comes for it later is ignored."""

    def reading(self) -> float | None:
        """Return the measure over all that is held; None where it cannot be told."""

    def oldest(self) -> int | None:
        """Return the first bucket that matters: dropping those before it changes no reading."""

    def newest(self) -> int | None:
        """Return the last bucket held; None where nothing is."""

    def merge(self, other: Self) -> None:
        """Take in all that ``other`` holds, which stays as it is.

        The readings are those of the two streams in one: the parts of a stream may be merged in any
        order and grouping. What has left either of the two has left both.
        """

    def snapshot(self) -> list[Any]:
        """Return the whole state as JSON, its kind first."""

    @classmethod
    def resume(cls, piece: Any) -> Self:
        """Return the aggregate that a snapshot was taken of.

        Raises:
            ValueError: ``piece`` is no snapshot of this kind.
        """


def foreign(kind: str, piece: Any) -> ValueError:
    """Return the error for a piece that is no snapshot of this kind of aggregate."""
    return ValueError(f"{str(piece)[:80]!r} is no snapshot of a sliding {kind}")


def floor_piece(floor: int) -> int | None:
    """Return a floor as a snapshot has it: None where nothing has left yet."""
    return None if floor == NEVER else floor


def floor_of(piece: Any) -> int:
    """Return the floor that a snapshot has.

    Raises:
        ValueError: It is no whole number.
    """
    if piece is None:
        return NEVER
    return bucket_of(piece)


def bucket_of(piece: Any) -> int:
    """Return a bucket, or another whole number, that a snapshot has.

    Raises:
        ValueError: It is no whole number.
    """
    if type(piece) is not int:
        message = f"{piece!r} is no whole number"
        raise ValueError(message)
    return piece
