"""The budget guard at its edges, and restores that wait for what they put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.budget_guard import BudgetLimits, judge_budget
from engine.changes import Change, Wanted
from engine.decision import ActionState, Mode
from engine.dispatch.gates.budget import BudgetGate
from engine.dispatch.gates.mode import ModeGate
from engine.dispatch.gates.restore_order import RestoreOrderGate
from engine.errors import PermanentActionError
from engine.reasons import Reason
from engine.testing import NOON, planned

LIMITS = BudgetLimits(Decimal("0.5"), Decimal("0.5"), objects=3, changes=5, floor=100)
ACCOUNT = "account:main"


def wanted(found, value, name="1", order="budget"):
    return Wanted(ACCOUNT, name, "", "daily_budget", order, str(found), str(value))


def made(before, after, name="1"):
    return Change("earlier", ACCOUNT, name, "daily_budget", str(before), str(after), NOON)


@pytest.mark.parametrize(
    ("wants", "before", "said"),
    [
        pytest.param([wanted(1000, 500)], [], None, id="half at once"),
        pytest.param([wanted(1000, 499)], [], "50.1% at once", id="more than half"),
        pytest.param([wanted(1000, 1500)], [], None, id="half more"),
        pytest.param([wanted(1000, 1501)], [], "50.1% at once", id="more than half more"),
        pytest.param([wanted(700, 500)], [made(1000, 700)], None, id="half in a day"),
        pytest.param(
            [wanted(700, 499)], [made(1000, 700)], "away from 1000", id="past it in a day"
        ),
        pytest.param([wanted(700, 499)], [made(1000, 700, "2")], None, id="another object's day"),
        pytest.param([wanted(150, 100)], [], None, id="down to the floor"),
        pytest.param([wanted(150, 99)], [], "below the floor of 100", id="below the floor"),
        pytest.param([wanted(60, 80)], [], None, id="up from below the floor"),
        pytest.param([wanted(0, 80)], [], "at once", id="from nothing"),
        pytest.param([wanted(1000, 900, str(n)) for n in range(3)], [], None, id="three objects"),
        pytest.param([wanted(1000, 900, str(n)) for n in range(4)], [], "at most 3", id="four"),
        pytest.param(
            [wanted(1000, 900)], [made(9, 8, f"x{n}") for n in range(4)], None, id="five a day"
        ),
        pytest.param(
            [wanted(1000, 900)],
            [made(9, 8, f"x{n}") for n in range(5)],
            "at most 5",
            id="six a day",
        ),
        pytest.param(
            [wanted("ACTIVE", "PAUSED", str(n), "pause") for n in range(50)],
            [made(9, 8)] * 50,
            None,
            id="a pause always goes",
        ),
        pytest.param(
            [wanted("PAUSED", "ACTIVE", str(n), "resume") for n in range(4)],
            [],
            "at most 3",
            id="too much is resumed at once",
        ),
        pytest.param([wanted(1000, 1000, str(n)) for n in range(9)], [], None, id="all so already"),
    ],
)
def test_the_guard_at_its_edges(wants, before, said):
    fault = judge_budget(wants, before, LIMITS)
    assert fault is None if said is None else said in fault


class Ledger:
    """What was changed within a day."""

    def __init__(self, *made):
        self.made, self.asked = made, []

    async def since(self, account, start):
        self.asked.append((account, start))
        return self.made


def ads(do, **params):
    return planned("ads", params={"do": do, "select": {}, **params})


def nothing(item):
    raise PermanentActionError(item.action.kind)


async def held(item, *made, account_of=lambda _: ACCOUNT):
    ledger = Ledger(*made)
    passage = await BudgetGate(ledger, LIMITS, account_of)([item], now=NOON)
    assert len(passage.kept) + len(passage.held) == 1
    return ledger, passage.held


@pytest.mark.parametrize(
    ("item", "count", "said"),
    [
        pytest.param(ads("budget", by=-0.5), 4, None, id="half, and the fifth of the day"),
        pytest.param(ads("budget", by=-0.501), 0, "50.1% at once", id="more than half"),
        pytest.param(ads("budget", by=0.6), 0, "60.0% at once", id="more than half more"),
        pytest.param(ads("budget", by=-0.1), 5, "5 changes within 24 hours", id="a sixth"),
        pytest.param(ads("resume"), 5, "5 changes within 24 hours", id="a sixth that resumes"),
    ],
)
async def test_the_gate_holds_back_what_the_guard_minds_with_its_figures(item, count, said):
    ledger, found = await held(item, *(made(9, 8, f"x{n}") for n in range(count)))
    assert [(one.by, one.until) for one in found] == (
        [] if said is None else [(Reason.BUDGET, None)]
    )
    assert said is None or said in found[0].detail
    assert all(asked == (ACCOUNT, NOON - timedelta(days=1)) for asked in ledger.asked)


async def test_what_an_earlier_attempt_of_the_same_did_is_not_held_against_it():
    item = ads("budget", by=-0.1)
    own = [replace(made(9, 8, f"x{n}"), action_id=item.action.id) for n in range(5)]
    assert (await held(item, *own))[1] == ()


@pytest.mark.parametrize("item", [ads("pause"), ads("restore", undoes="a"), planned("notify")])
async def test_nothing_is_asked_for_what_is_always_allowed(item):
    ledger, found = await held(item, *[made(9, 8)] * 50)
    assert (ledger.asked, found) == ([], ())


async def test_what_no_account_serves_is_left_to_the_receiver():
    assert (await held(ads("resume"), account_of=nothing))[1] == ()


class Originals:
    def __init__(self, state=None, *, is_changed=False):
        self.state, self.is_changed = state, is_changed

    async def states(self, action_ids):
        return {} if self.state is None else dict.fromkeys(action_ids, self.state)

    async def changed(self, action_ids):
        return set(action_ids) if self.is_changed else set()


@pytest.mark.parametrize("is_changed", [True, False])
@pytest.mark.parametrize(
    ("state", "kind", "by"),
    [
        (ActionState.SENT, "ads", None),
        (ActionState.SENDING, "ads", Reason.RESTORE_WAITS),
        (ActionState.PLANNED, "ads", Reason.RESTORE_WAITS),
        (ActionState.APPROVED, "publishing", Reason.RESTORE_WAITS),
        (ActionState.UNKNOWN, "ads", None),
        (ActionState.UNKNOWN, "publishing", Reason.RESTORE_WAITS),
        (ActionState.FAILED, "ads", Reason.NOTHING_TO_RESTORE),
        (ActionState.CANCELLED, "ads", Reason.NOTHING_TO_RESTORE),
        (ActionState.SUPPRESSED, "publishing", Reason.NOTHING_TO_RESTORE),
        (None, "ads", Reason.NOTHING_TO_RESTORE),
    ],
)
async def test_a_restore_goes_once_its_original_has_ended_having_changed_something(
    state, kind, by, is_changed
):
    item = planned(kind, params={"do": "restore", "undoes": "a"})
    passage = await RestoreOrderGate(Originals(state, is_changed=is_changed))([item], now=NOON)
    goes = by is None or (by is Reason.NOTHING_TO_RESTORE and is_changed)
    assert [one.by for one in passage.held] == ([] if goes else [by])
    assert all((one.until is None) == (by is not Reason.RESTORE_WAITS) for one in passage.held)
    if by is Reason.RESTORE_WAITS:
        assert passage.held[0].until == NOON + timedelta(seconds=15)


async def test_what_puts_nothing_back_is_not_looked_up():
    items = [planned("ads", params={"do": "pause"}), planned("notify", number=2)]
    passage = await RestoreOrderGate(Originals())(items, now=NOON)
    assert passage.kept == tuple(items)


async def test_a_rule_that_is_switched_off_still_puts_back_what_it_changed():
    item = planned("ads", params={"do": "restore", "undoes": "a"})
    assert (await ModeGate(lambda _: Mode.OFF)([item], now=NOON)).kept == (item,)
