"""How long time runs on past the last mention where there is an end: in tests and on history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.over_time import Sequence, Window
from engine.units import later

if TYPE_CHECKING:
    from datetime import datetime

    from engine.policy import PolicySet


def longest(policies: PolicySet) -> timedelta:
    """Return the longest window, `for`, `within` or `resolve` of rules that are not off."""
    found = [timedelta()]
    for policy in policies.policies:
        for rule in policy.rules:
            what = rule.over_time
            if rule.mode is Mode.OFF or what is None:
                continue
            if isinstance(what, Window):
                found += [what.over, what.lasting, what.resolve_for or timedelta()]
            else:
                found.append(what.within if isinstance(what, Sequence) else what.lasting)
    return max(found)


def end_of_run(policies: PolicySet, last: datetime) -> datetime:
    """Return when a run is over whose last mention is of an instant."""
    return later(last, longest(policies))
