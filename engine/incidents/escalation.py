"""Escalation: one run of a chain tells people in turn until somebody acknowledges.

Pure: time is handed in, and what was told comes out; sending it is another's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.units import format_instant, later

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.policy.shared_documents import Chain, Step

    # How many alerts there were in so long before, and at, an instant.
    Alerts = Callable[[datetime, timedelta], float]


class NotTold(StrEnum):
    """Why a step of a chain told nobody."""

    OUTSIDE_CALENDAR = "outside_calendar"
    TOO_FEW_ALERTS = "too_few_alerts"
    NOBODY_ON_CALL = "nobody_on_call"


@dataclass(frozen=True, slots=True)
class Telling:
    """What a ``notify`` step of a chain came to.

    Attributes:
        at: Aware UTC.
        step: Its place in the chain, waits counted too, from 0 through every repetition.
        channel: By which is told; None where a rota's people are only recorded.
        rota: Whose people are told; None where a channel is.
        people: Who was on call then.
        why_not: Why nobody was told; None where somebody was.
    """

    at: datetime
    step: int
    channel: str | None = None
    rota: str | None = None
    people: tuple[str, ...] = ()
    why_not: NotTold | None = None


@dataclass(slots=True)
class ChainRun:
    """One run of a chain; `begin` or `resume` makes one.

    Attributes:
        begun: Aware UTC.
        round: How often it began again.
        place: The next step's index in the chain.
        due: When that step happens; None once the run is over.
        acknowledged: When somebody acknowledged; None where nobody did.
    """

    chain: Chain
    begun: datetime
    round: int = 0
    place: int = 0
    due: datetime | None = None
    acknowledged: datetime | None = None

    @classmethod
    def begin(cls, chain: Chain, at: datetime) -> ChainRun:
        """Return a run whose first step is due at once.

        Args:
            at: Aware UTC.
        """
        return cls(chain, at, due=at if chain.steps else None)

    @classmethod
    def resume(cls, chain: Chain, snapshot: Mapping[str, Any]) -> ChainRun:
        """Return the run of a `snapshot`, going on where it stood.

        Args:
            chain: As it is now; where an edit made it shorter than where the run stood, the run
                is over.
        """
        run = cls(
            chain,
            datetime.fromisoformat(snapshot["begun"]),
            snapshot["round"],
            snapshot["place"],
            _instant(snapshot["due"]),
            _instant(snapshot["acknowledged"]),
        )
        run._end_if_done()
        return run

    def snapshot(self) -> dict[str, Any]:
        """Return all that `resume` needs, as JSON."""
        return {
            "chain": self.chain.id,
            "begun": format_instant(self.begun),
            "round": self.round,
            "place": self.place,
            "due": None if self.due is None else format_instant(self.due),
            "acknowledged": None
            if self.acknowledged is None
            else format_instant(self.acknowledged),
        }

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be told: acknowledged, or every step has been."""
        return self.due is None

    def next_due(self) -> datetime | None:
        """Return when `advance` has something to do next; None once the run is over."""
        return self.due

    def acknowledge(self, at: datetime) -> None:
        """Stop the run: what is due at that instant or later is not told.

        Call `advance` first for what was due before. A run that is over stays as it is.
        """
        if self.due is not None:
            self.acknowledged, self.due = at, None

    def advance(self, until: datetime, alerts: Alerts) -> list[Telling]:
        """Do every step that is due by an instant, inclusive, and return what was told.

        A step outside its calendar, or whose ``only_if`` is not met when it is due, is passed
        over: a ``wait`` then waits no time, a ``repeat`` does not begin again.

        Args:
            alerts: Returns how many alerts there were in a time before an instant.
        """
        told: list[Telling] = []
        while self.due is not None and self.due <= until:
            step, number = self.chain.steps[self.place], self._number
            why_not = _passed_over(step, self.due, alerts)
            if step.kind == "notify":
                told.append(_told(step, self.due, number, why_not))
            self._go_on(step, is_passed_over=why_not is not None)
        return told

    @property
    def _number(self) -> int:
        return self.round * len(self.chain.steps) + self.place

    def _go_on(self, step: Step, *, is_passed_over: bool) -> None:
        self.place += 1
        if is_passed_over or self.due is None:
            self._end_if_done()
            return
        if step.wait is not None:
            self.due = later(self.due, step.wait)
        elif step.kind == "repeat" and self.round < step.times:
            self.round, self.place = self.round + 1, 0
        self._end_if_done()

    def _end_if_done(self) -> None:
        """End the run behind its last step."""
        if self.place >= len(self.chain.steps):
            self.due = None


def telling_now(chain: Chain, at: datetime) -> Telling | None:
    """Return who would be told first if the chain began at an instant and nobody answered.

    Every ``only_if`` counts as met. People come before channels: the first step that tells people
    on call, else the first that tells a channel.

    Returns:
        The telling, at its own time; None where nobody would be told.
    """
    run, first = ChainRun.begin(chain, at), None
    while (due := run.next_due()) is not None:
        for told in run.advance(due, lambda _at, _within: math.inf):
            if told.people:
                return told
            if told.why_not is None:
                first = first or told
    return first


def _passed_over(step: Step, at: datetime, alerts: Alerts) -> NotTold | None:
    if not step.is_in_hours(at):
        return NotTold.OUTSIDE_CALENDAR
    asked = step.only_if
    if asked is not None and alerts(at, asked.within) <= asked.more_than:
        return NotTold.TOO_FEW_ALERTS
    return None


def _told(step: Step, at: datetime, number: int, why_not: NotTold | None) -> Telling:
    if step.rota is None:
        return Telling(at, number, channel=step.channel, why_not=why_not)
    people = () if why_not is not None else step.rota.on_call(at)
    why_not = why_not or (None if people else NotTold.NOBODY_ON_CALL)
    return Telling(at, number, step.rota.channel, step.rota.id, people, why_not)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
