"""Silences: an operator holds a rule back until a time, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.decision import HeldBack
from engine.incidents.holding import hold_back_where
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.decision import Decision, Match


@dataclass(frozen=True, slots=True)
class Silence:
    """One rule held back for a time.

    Attributes:
        rule: Its id, or ``policy/rule``.
        since: Aware UTC, inclusive.
        until: Aware UTC, exclusive.
        author: Who set it.
        id: Its id where it is stored; empty for one of a test.
    """

    rule: str
    since: datetime
    until: datetime
    reason: str = ""
    author: str = ""
    id: str = ""

    @property
    def detail(self) -> str:
        """What stands beside all that it holds back, so that it can be counted later."""
        return f"{self.id}: {self.reason}" if self.id else self.reason

    def covers(self, policy: str, rule: str, at: datetime) -> bool:
        """Say whether the rule is held back at an instant of event time."""
        is_its = self.rule in (rule, f"{policy}/{rule}")
        return is_its and self.since <= at < self.until


def hold_back(decision: Decision, silences: Sequence[Silence]) -> Decision:
    """Return the decision with nothing planned by silenced rules, and no cooldown begun by them.

    A match stays a match; what was held back already keeps its first reason.
    """

    def silenced(match: Match) -> HeldBack | None:
        for one in silences:
            if one.covers(decision.policy, match.rule, decision.at):
                return HeldBack(match.rule, "", Reason.SILENCE, one.detail)
        return None

    return hold_back_where(decision, silenced)
