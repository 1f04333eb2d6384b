"""The walk along the outcome log: row after row, to the first that does not fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.audit.erasures import ERASURE
from engine.audit.form import GENESIS, fault_of
from engine.audit.report import ChainHead, ChainReport, Fault
from engine.audit.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.audit.erasures import Erasures

BEGINNING = ChainHead(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the log must have held at some row.

    Attributes:
        name: What says so, for a person: ``the head``.
        forged: Why it is not to be believed; empty where it is.
        is_signed: Whether it is a checkpoint.
        is_checked: Whether a trusted key is known to have signed it.
    """

    at: ChainHead
    name: str
    forged: str = ""
    is_signed: bool = False
    is_checked: bool = False


class Walk:
    """One walk; rows are handed to it in the order in which they stand.

    Args:
        start: The rows up to there are taken as right: they were walked before.
    """

    def __init__(
        self, erasures: Erasures, anchors: Iterable[Anchor] = (), *, start: ChainHead = BEGINNING
    ) -> None:
        self.report = ChainReport(start.rows, start.hash)
        self._erasures = erasures
        self._anchors: dict[int, list[Anchor]] = {}
        self._start = start
        self._vouched = start.rows
        self._astray: Mapping[str, Any] | None = None
        # The same checkpoint, stored and kept elsewhere, is one.
        for anchor in dict.fromkeys(anchors):
            self._anchors.setdefault(anchor.at.rows, []).append(anchor)
        self._check_start()

    def _check_start(self) -> None:
        """Look at anchors no row will be met for: those of no row, and those of the start."""
        start = self._start
        for number in sorted(number for number in self._anchors if number <= start.rows):
            for anchor in self._anchors.pop(number):
                if anchor.forged:
                    self._forge(max(1, number), anchor)
                elif 0 < number == start.rows and anchor.at.hash != start.hash:
                    self._break(number, self._rewritten(number, anchor), Fault.REWRITTEN)

    @property
    def sought(self) -> tuple[str, ...]:
        """Hashes of which `explain` wants the rows that follow; empty where nothing is astray."""
        if self._astray is None:
            return ()
        return (self.report.head, str(self._astray["hash"]))

    def step(self, row: Mapping[str, Any]) -> bool:
        """Check one more row, and say whether it fits; one that does not ends the walk."""
        if not self.report.is_intact:
            return False
        wanted = self.report.rows + 1
        if row["seq"] != wanted or row["previous"] != self.report.head:
            self._astray = row
            self._break(wanted, f"row {wanted} does not continue row {wanted - 1}", Fault.CHANGED)
            return False
        fault = fault_of(row, kept=self._erasures.kept(wanted))
        if fault:
            self._break(wanted, f"row {wanted} was changed: {fault}", Fault.CHANGED)
        elif row["erased"] and not self._may_be_erased(row):
            told = f"row {wanted} was blanked: no later row of the log says who erased it"
            self._break(wanted, told, Fault.ERASED)
        else:
            self._take(row)
        return self.report.is_intact

    def explain(self, followers: Sequence[Mapping[str, Any]]) -> None:
        """Say more of a row that does not continue the one before it.

        Args:
            followers: The rows of the log, wherever they stand, whose ``previous`` is `sought`.
        """
        if self._astray is not None:
            every = (one.at for anchors in self._anchors.values() for one in anchors)
            held = {at.hash: at.rows for at in every}
            bad_row, told, fault = whereabouts(self.report, self._astray, followers, ends=held)
            self.report = replace(self.report, bad_row=bad_row, problem=told, fault=fault)

    def stop(self, problem: str) -> ChainReport:
        """Say that what should be the next row is none, and return what was found."""
        self._break(self.report.rows + 1, problem, Fault.GARBLED)
        return self.report

    def end(self, *, head: ChainHead | None) -> ChainReport:
        """Say that no row is left, and return what was found.

        Args:
            head: Where the log ends by its own account; None where it gives none.
        """
        if not self.report.is_intact:
            return self.report
        rows = self.report.rows
        ahead = sorted(number for number in self._anchors if number > rows)
        for anchor in (one for number in ahead for one in self._anchors[number]):
            if anchor.forged:
                self._forge(anchor.at.rows, anchor)
                return self.report
        if ahead:
            told = f"row {rows + 1} is missing: {ahead[-1]} rows were written"
            self._break(rows + 1, told, Fault.TRUNCATED)
        elif head is None:
            told = f"the log has no head: whether row {rows} is its last nobody can say"
            self._break(rows + 1, told, Fault.TRUNCATED)
        elif head.rows < self._start.rows:
            told = f"row {head.rows + 1} is missing: {self._start.rows} rows were written"
            self._break(head.rows + 1, told, Fault.TRUNCATED)
        elif rows > head.rows:
            extra = f"row {head.rows + 1} was not written by the engine: its head stands at "
            self._break(head.rows + 1, f"{extra}{head.rows}", Fault.INSERTED)
        return self.report

    def _may_be_erased(self, row: Mapping[str, Any]) -> bool:
        return row["kind"] != ERASURE and self._erasures.name(row["seq"])

    def _take(self, row: Mapping[str, Any]) -> None:
        number = row["seq"]
        anchors = self._anchors.get(number, ())
        for anchor in anchors:
            if anchor.forged:
                self._forge(number, anchor)
                return
            if anchor.at.hash != row["hash"]:
                self._break(number, self._rewritten(number, anchor), Fault.REWRITTEN)
                return
        if anchors:
            self._vouched = number
        self.report = replace(
            self.report,
            rows=number,
            head=row["hash"],
            erased=self.report.erased + row["erased"],
            checkpoints=self.report.checkpoints + sum(one.is_checked for one in anchors),
            unchecked=self.report.unchecked
            + sum(one.is_signed and not one.is_checked for one in anchors),
        )

    def _rewritten(self, number: int, anchor: Anchor) -> str:
        told = f"row {number} is not the one {anchor.name} was noted for"
        if number - self._vouched > 1:
            told += f": it or one since row {self._vouched + 1} was rewritten"
        return told

    def _forge(self, number: int, anchor: Anchor) -> None:
        told = f"row {number}: {anchor.name} is forged: {anchor.forged}"
        self._break(number, told, Fault.FORGED)

    def _break(self, row: int, problem: str, fault: Fault) -> None:
        self.report = replace(self.report, bad_row=row, problem=problem, fault=fault)
