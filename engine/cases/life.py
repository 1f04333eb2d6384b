"""How a case goes on: what people do to it, what customers write, what is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.cases.case import CaseState
from engine.cases.clock import ClockKind
from engine.errors import CaseActError
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.cases.case import Case

REOPENS_WITHIN = timedelta(days=7)


class Act(StrEnum):
    """What a person may do to a case."""

    TAKE = "take"
    GIVE = "give"
    WAIT = "wait"
    RESUME = "resume"
    ANSWER = "answer"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    NOTE = "note"


# After these nobody has to answer the mentions of the case any more.
SETTLING = frozenset({Act.WAIT, Act.ANSWER, Act.RESOLVE})


@dataclass(frozen=True, slots=True)
class CaseAct:
    """What a person does to a case.

    Attributes:
        case: Its id, or the beginning of it.
        at: Aware UTC.
        note: Words for others, and why; required to `note`.
        person: For `give`: whom to.
        queue: For `give`: which queue to; nobody has it then.
    """

    case: str
    act: Act
    by: str
    at: datetime
    note: str = ""
    person: str | None = None
    queue: str | None = None


def act_on(case: Case, act: CaseAct) -> Case:
    """Return the case after an act of a person.

    Raises:
        CaseActError: The act does not fit where the case stands, or does not say what it must.
    """
    if not act.by.strip():
        message = "an act needs to say by whom: others ask"
        raise CaseActError(message)
    return _ACTS[act.act](case, act)


def answer(case: Case, at: datetime) -> Case:
    """Return the case answered at an instant: the first answer stops the first response's clock."""
    if case.answered_at is not None:
        return case
    at = max(at, case.opened_at)
    clocks = [one.stop(at) if one.kind is ClockKind.FIRST_RESPONSE else one for one in case.clocks]
    return replace(case, answered_at=at, clocks=tuple(clocks))


def hear_customer(case: Case, at: datetime) -> Case:
    """Return the case after its customer wrote again.

    Its clocks go on where it waited for that; one resolved for at most seven days is open again.
    One that is open, or was resolved longer ago, stays as it is.
    """
    if case.state is CaseState.WAITING:
        return _go_on(case, at)
    if can_reopen(case, at):
        return _reopen(case, at)
    return case


def can_reopen(case: Case, at: datetime) -> bool:
    """Say whether a customer's word opens a case again that was resolved."""
    ended = case.resolved_at
    return case.state is CaseState.RESOLVED and ended is not None and at <= ended + REOPENS_WITHIN


def _take(case: Case, act: CaseAct) -> Case:
    _require_unresolved(case, act)
    return replace(case, person=act.by)


def _give(case: Case, act: CaseAct) -> Case:
    _require_unresolved(case, act)
    if bool(act.person) == bool(act.queue):
        message = "a case is given either to a person or to a queue"
        raise CaseActError(message)
    if act.queue:
        return replace(case, queue=act.queue, person=None)
    return replace(case, person=act.person)


def _wait(case: Case, act: CaseAct) -> Case:
    _require_unresolved(case, act)
    if case.state is CaseState.WAITING:
        message = f"{case.id} waits for the customer already"
        raise CaseActError(message)
    clocks = tuple(one.pause(act.at) for one in case.clocks)
    return replace(case, state=CaseState.WAITING, clocks=clocks)


def _resume(case: Case, act: CaseAct) -> Case:
    if case.state is not CaseState.WAITING:
        message = f"{case.id} is {case.state}: only what waits for the customer goes on"
        raise CaseActError(message)
    return _go_on(case, act.at)


def _answered(case: Case, act: CaseAct) -> Case:
    _require_unresolved(case, act)
    return answer(case, act.at)


def _resolve(case: Case, act: CaseAct) -> Case:
    _require_unresolved(case, act)
    at = max(act.at, case.opened_at)
    clocks = tuple(one.stop(at) for one in case.clocks)
    return replace(case, state=CaseState.RESOLVED, resolved_at=at, clocks=clocks)


def _reopened(case: Case, act: CaseAct) -> Case:
    if case.state is not CaseState.RESOLVED:
        message = f"{case.id} is {case.state}: only what is resolved can be reopened"
        raise CaseActError(message)
    return _reopen(case, act.at)


def _note(case: Case, act: CaseAct) -> Case:
    if not act.note.strip():
        message = "a note without words tells nobody anything"
        raise CaseActError(message)
    return case


def _go_on(case: Case, at: datetime) -> Case:
    clocks = tuple(one.go_on(at) for one in case.clocks)
    return replace(case, state=CaseState.OPEN, clocks=clocks)


def _reopen(case: Case, at: datetime) -> Case:
    is_answered = case.answered_at is not None
    clocks = tuple(
        one if is_answered and one.kind is ClockKind.FIRST_RESPONSE else one.restart(at)
        for one in case.clocks
    )
    return replace(case, state=CaseState.REOPENED, resolved_at=None, clocks=clocks)


def _require_unresolved(case: Case, act: CaseAct) -> None:
    if case.state is CaseState.RESOLVED:
        since = "" if case.resolved_at is None else f" since {format_instant(case.resolved_at)}"
        message = f"{case.id} is resolved{since}: reopen it to {act.act}"
        raise CaseActError(message)


_ACTS: dict[Act, Callable[[Case, CaseAct], Case]] = {
    Act.TAKE: _take,
    Act.GIVE: _give,
    Act.WAIT: _wait,
    Act.RESUME: _resume,
    Act.ANSWER: _answered,
    Act.RESOLVE: _resolve,
    Act.REOPEN: _reopened,
    Act.NOTE: _note,
}
