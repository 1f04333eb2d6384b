"""How far the engine may go with money, judged by what it would change and has changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.changes import Change, Wanted

# What a limit for a day looks back over, from the change at hand.
DAY = timedelta(days=1)
PAUSE, RESUME, BUDGET = "pause", "resume", "budget"


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What the guard allows; a pause is always allowed, and so is putting back what was found.

    Attributes:
        step: Largest change of a budget at once, as a share of what it was.
        day: Largest change of a budget within 24 hours, as a share of what it was at first.
        objects: Most campaigns and ad sets that one action may change.
        changes: Most changes on one account within 24 hours.
        floor: Least daily budget it may set, in the currency's smallest unit.
        resumes_any: Whether it may resume what people paused.
    """

    step: Decimal = Decimal("0.5")
    day: Decimal = Decimal("0.5")
    objects: int = 20
    changes: int = 100
    floor: int = 100
    resumes_any: bool = False


def judge_budget(
    wanted: Sequence[Wanted], made: Sequence[Change], limits: BudgetLimits
) -> str | None:
    """Say why changes must not be made; None where they may.

    Args:
        wanted: What one action would change on one account.
        made: What was changed on that account within the last `DAY`.

    Returns:
        The figures, for a person.
    """
    counted = [one for one in wanted if one.order != PAUSE and one.found != one.value]
    if not counted:
        return None
    if len(counted) > limits.objects:
        return f"{len(counted)} campaigns or ad sets at once, at most {limits.objects} are allowed"
    if len(made) + len(counted) > limits.changes:
        return (
            f"{len(made)} change(s) within 24 hours on {counted[0].account} and {len(counted)} "
            f"more, at most {limits.changes} are allowed"
        )
    faults = (_budget_fault(one, made, limits) for one in counted if one.order == BUDGET)
    return next((fault for fault in faults if fault is not None), None)


def _budget_fault(one: Wanted, made: Sequence[Change], limits: BudgetLimits) -> str | None:
    value, found = Decimal(one.value), Decimal(one.found)
    first = next(
        (
            Decimal(past.before)
            for past in made
            if past.place == (one.account, one.object, one.field)
        ),
        found,
    )
    what = f"{one.object}: {one.found} to {one.value}"
    if value < limits.floor and value < found:
        return f"{what} is below the floor of {limits.floor}"
    if _share(found, value) > limits.step:
        return f"{what} is {_share(found, value):.1%} at once, at most {limits.step:.1%} is allowed"
    if _share(first, value) > limits.day:
        return (
            f"{what} is {_share(first, value):.1%} away from {first} of 24 hours ago, at most "
            f"{limits.day:.1%} is allowed"
        )
    return None


def _share(before: Decimal, after: Decimal) -> Decimal:
    return abs(after - before) / before if before else Decimal(1)
