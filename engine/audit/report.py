"""What a walk along the outcome log found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with the first row that does not fit.

    ``truncated``: cut off at the end; ``missing``: gone from inside; ``inserted``: one too many;
    ``erased``: blanked, and no later row of the log says by whom; ``rewritten``: fits the rest,
    and is not what a head or checkpoint was made for; ``forged``: a checkpoint that no trusted key
    signed; ``garbled``: a line of a file that is no row.
    """

    CHANGED = "changed"
    MISSING = "missing"
    MOVED = "moved"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    ERASED = "erased"
    REWRITTEN = "rewritten"
    FORGED = "forged"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain at some time: how many rows, and the last one's hash."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found.

    Attributes:
        rows: Rows that fit, from the first on.
        head: Hash of the last row that fits.
        bad_row: Number of the first row that is changed, missing or too many; None where all fit.
        problem: What is wrong with it, for a person; empty where all fit.
        fault: The same in a word; None where all fit.
        erased: Rows among those that fit whose words were erased.
        checkpoints: Checkpoints that fit and that a trusted key signed.
        unchecked: Checkpoints that fit, of which nobody could say who signed them.
    """

    rows: int
    head: str
    bad_row: int | None = None
    problem: str = ""
    fault: Fault | None = None
    erased: int = 0
    checkpoints: int = 0
    unchecked: int = 0

    @property
    def is_intact(self) -> bool:
        """Whether every row fits."""
        return self.bad_row is None
