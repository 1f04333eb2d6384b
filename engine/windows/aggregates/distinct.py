"""How many different values a window holds."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

from engine.windows.aggregates.contract import NEVER, bucket_of, floor_of, floor_piece, foreign
from engine.windows.aggregates.sketches import DistinctSketches

_EXACT: Final = 1_000


class SlidingDistinct:
    """How many different values there are: exact up to 1,000, then within about 1.6 percent.

    While exact, all that is kept of a value is the last bucket it came in, which says when it
    leaves. Past 1,000 at a time each bucket has a HyperLogLog sketch (standard error 1.6 percent:
    nineteen readings in twenty are within 3.3), until nothing is held any more: a window whose
    values dwindle is not counted by two measures that disagree.

    Source: P. Flajolet et al., HyperLogLog: the analysis of a near-optimal cardinality estimation
    algorithm, 2007, as in Apache DataSketches.
    """

    __slots__ = ("_floor", "_last", "_newest", "_oldest", "_sketches")
    _KIND: ClassVar[str] = "distinct"

    def __init__(self) -> None:
        self._floor = NEVER
        self._last: dict[str, int] = {}
        self._newest: int | None = None
        # None where it is not known: the last value of that bucket came again since.
        self._oldest: int | None = None
        self._sketches: DistinctSketches | None = None

    def add(self, bucket: int, value: object) -> None:
        """Take a value in.

        Args:
            bucket: One that has left already is passed over.
            value: What is no text counts by its text.
        """
        if bucket < self._floor:
            return
        text = value if isinstance(value, str) else str(value)
        if self._newest is None or bucket > self._newest:
            self._newest = bucket
        if self._sketches is not None:
            self._sketches.add(bucket, text)
        else:
            self._put(bucket, text)
            if len(self._last) > _EXACT:
                self._sketch()

    def drop_before(self, bucket: int) -> None:
        """Let every bucket before this one leave, for good."""
        if bucket <= self._floor:
            return
        self._floor = bucket
        if self._newest is None:
            return
        if self._newest < bucket:
            self._last, self._newest, self._oldest, self._sketches = {}, None, None, None
        elif self._sketches is not None:
            self._sketches.drop_before(bucket)
        elif (oldest := self.oldest()) is not None and oldest < bucket:
            self._last = {text: last for text, last in self._last.items() if last >= bucket}
            self._oldest = None

    def reading(self) -> float | None:
        """Return how many different values are held."""
        if self._sketches is not None:
            return self._sketches.estimate()
        return float(len(self._last))

    def oldest(self) -> int | None:
        """Return the first bucket that a value came in for the last time; None where none did."""
        if self._sketches is not None:
            return self._sketches.oldest()
        if self._oldest is None and self._last:
            self._oldest = min(self._last.values())
        return self._oldest

    def newest(self) -> int | None:
        """Return the last bucket held; None where nothing is."""
        return self._newest

    def merge(self, other: Self) -> None:
        """Take in what ``other`` holds; what has left either has left both."""
        self.drop_before(other._floor)
        if other._sketches is None:
            for text, bucket in list(other._last.items()):
                self.add(bucket, text)
            return
        if self._sketches is None:
            self._sketch()
        if self._sketches is not None:
            self._sketches.merge(other._sketches)
            self._sketches.drop_before(self._floor)
            self._newest = self._sketches.newest()
            if self._newest is None:
                self._sketches = None

    def snapshot(self) -> list[Any]:
        """Return the kind, the floor, and each bucket with its values, sorted, or its sketch."""
        if self._sketches is not None:
            return [self._KIND, floor_piece(self._floor), self._sketches.snapshot()]
        buckets: dict[int, list[str]] = {}
        for text, last in sorted(self._last.items()):
            buckets.setdefault(last, []).append(text)
        held = [[bucket, texts] for bucket, texts in sorted(buckets.items())]
        return [self._KIND, floor_piece(self._floor), held]

    @classmethod
    def resume(cls, piece: Any) -> Self:
        """Return the count that a snapshot was taken of.

        Raises:
            ValueError: ``piece`` is no snapshot of this kind.
        """
        try:
            kind, floor, held = piece
            if kind != cls._KIND:
                raise foreign(cls._KIND, piece)
            again = cls()
            again._floor = floor_of(floor)
            if held and isinstance(held[0][1], str):
                again._sketches = DistinctSketches.resume(held)
                again._newest = again._sketches.newest()
            else:
                for bucket, texts in held:
                    for text in texts:
                        again.add(bucket_of(bucket), text)
        except (TypeError, LookupError) as error:
            raise foreign(cls._KIND, piece) from error
        return again

    def _put(self, bucket: int, text: str) -> None:
        before = self._last.get(text)
        if before is None:
            self._last[text] = bucket
            # Where it is not known it stays so, but for the first of all.
            if len(self._last) == 1 or (self._oldest is not None and bucket < self._oldest):
                self._oldest = bucket
        elif bucket > before:
            self._last[text] = bucket
            if before == self._oldest:
                self._oldest = None

    def _sketch(self) -> None:
        sketches = self._sketches = DistinctSketches()
        # Sorted, as a resumed run has them in another order and must write the same bytes.
        for text, bucket in sorted(self._last.items()):
            sketches.add(bucket, text)
        self._last, self._oldest = {}, None
