"""Mutes: a policy's calendar says when rules are held back, week after week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import HeldBack
from engine.incidents.holding import hold_back_where
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.calendar import WorkingHours
    from engine.decision import Decision, Match
    from engine.policy.over_time import Mute


def hold_back(
    decision: Decision, mutes: Sequence[Mute], calendars: Mapping[str, WorkingHours]
) -> Decision:
    """Return the decision with nothing planned by rules that a calendar mutes at its time.

    Args:
        calendars: By id; those of the decision's own policies.
    """
    active = [one for one in mutes if calendars[one.calendar].is_open(decision.at) is one.is_during]

    def muted(match: Match) -> HeldBack | None:
        for one in active:
            if match.severity in one.severities or match.rule in one.rules:
                where = "during" if one.is_during else "outside"
                return HeldBack(match.rule, "", Reason.MUTE, f"{where} {one.calendar}")
        return None

    return hold_back_where(decision, muted)
