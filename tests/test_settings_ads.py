"""The settings of the budget guard."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from engine.budget_guard import BudgetLimits
from engine.settings_ads import AdsSettings


def test_left_out_they_are_the_guards_own():
    assert AdsSettings().limits() == BudgetLimits()


def test_each_takes_effect():
    chosen = AdsSettings(
        largest_step="12.5%",
        largest_day="30%",
        most_objects=7,
        most_changes=9,
        budget_floor=500,
        resume_any=True,
    )
    limits = BudgetLimits(Decimal("0.125"), Decimal("0.3"), objects=7, changes=9, floor=500)
    assert chosen.limits() == BudgetLimits(
        limits.step, limits.day, limits.objects, limits.changes, limits.floor, resumes_any=True
    )


@pytest.mark.parametrize("wrong", ["50", 0.5, "-5%", "0%", "a lot", "%", "١٠%x"])
def test_a_share_is_in_percent(wrong):
    with pytest.raises(ValidationError):
        AdsSettings(largest_step=wrong)
