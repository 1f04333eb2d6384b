"""Counts of names in little memory: which are the most frequent, and how many different ones.

The sketches are those of Apache DataSketches: exact while small, bounded beyond, mergeable, and the
same for the same input.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datasketches import (
    compact_theta_sketch,
    frequent_items_error_type,
    frequent_strings_sketch,
    theta_union,
    update_theta_sketch,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

# Log of the table's slots: three quarters of 512 names are counted exactly.
_LG_NAMES = 9
# Different names up to 1,024 are counted exactly; beyond, two thirds of answers are within 3.2%.
_LG_DISTINCT = 10
_ANY = frequent_items_error_type.NO_FALSE_NEGATIVES


@dataclass(frozen=True, slots=True)
class Tallied:
    """One name's count.

    Attributes:
        count: At least so often; exact while `Tally` has seen fewer than 384 different names.
    """

    name: str
    count: int


class Tally:
    """How often each name was met.

    Beyond 384 different names the rarest make way, and every count may be too low by at most 3.5
    divided by 512 of all that was counted; it is never too high.

    Source: Anderson et al., A High-Performance Algorithm for Identifying Frequent Items in Data
    Streams, 2017.
    """

    def __init__(self) -> None:
        self._sketch = frequent_strings_sketch(_LG_NAMES)

    def add(self, name: str) -> None:
        """Count a name once more."""
        self._sketch.update(_plain(name))

    def top(self, most: int) -> list[Tallied]:
        """Return the most frequent names, most first, equal ones by name."""
        return self._sorted()[:most]

    def repeated(self, least: int) -> int:
        """Return how often names were met that were met so often or more: at least so often."""
        return sum(one.count for one in self._sorted() if one.count >= least)

    def counts(self) -> dict[str, int]:
        """Return every name that is held, with its count, most first."""
        return {one.name: one.count for one in self._sorted()}

    def merge(self, other: Tally) -> None:
        """Add all that another tally counted."""
        self._sketch.merge(other._sketch)

    def renamed(self, rename: Callable[[str], str]) -> Tally:
        """Return the tally with its names changed; those that become one are counted as one."""
        held = self._sorted()
        if all(rename(one.name) == one.name for one in held):
            return self
        found = Tally()
        for one in held:
            found._sketch.update(_plain(rename(one.name)), one.count)
        return found

    def snapshot(self) -> str:
        """Return all of it as text."""
        return b64encode(self._sketch.serialize()).decode("ascii")

    @classmethod
    def resume(cls, piece: str) -> Self:
        """Return the tally that `snapshot` described; raises ValueError on anything else."""
        found = cls()
        found._sketch = _read(frequent_strings_sketch, piece)
        return found

    def _sorted(self) -> list[Tallied]:
        rows = self._sketch.get_frequent_items(_ANY, 0)
        found = [Tallied(name, int(lower)) for name, _, lower, _ in rows if lower > 0]
        return sorted(found, key=lambda one: (-one.count, one.name))


class Distinct:
    """How many different names were met."""

    def __init__(self) -> None:
        self._past: compact_theta_sketch | None = None
        self._live = update_theta_sketch(_LG_DISTINCT)

    def add(self, name: str) -> None:
        """Meet a name."""
        self._live.update(_plain(name))

    def reading(self) -> int:
        """Return the number: exact up to 1,024, then estimated."""
        estimate: float = self._whole().get_estimate()
        return round(estimate)

    def merge(self, other: Distinct) -> None:
        """Meet all that another has met."""
        union = theta_union(_LG_DISTINCT)
        union.update(self._whole())
        union.update(other._whole())
        self._past, self._live = union.get_result(), update_theta_sketch(_LG_DISTINCT)

    def snapshot(self) -> str:
        """Return all of it as text."""
        return b64encode(self._whole().serialize()).decode("ascii")

    @classmethod
    def resume(cls, piece: str) -> Self:
        """Return what `snapshot` described; raises ValueError on anything else."""
        found = cls()
        found._past = _read(compact_theta_sketch, piece)
        return found

    def _whole(self) -> compact_theta_sketch:
        union = theta_union(_LG_DISTINCT)
        if self._past is not None:
            union.update(self._past)
        union.update(self._live)
        return union.get_result()


def _plain(name: str) -> str:
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")


def _read(kind: Any, piece: str) -> Any:
    try:
        return kind.deserialize(b64decode(piece.encode("ascii"), validate=True))
    except (IndexError, RuntimeError) as error:
        message = f"{piece[:20]!r} is no snapshot of a sketch: {error}"
        raise ValueError(message) from error
