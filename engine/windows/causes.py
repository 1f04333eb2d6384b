"""Feeds the causes of incidents: what a window held when it entered, then each that counts."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from engine.incidents import firing_id
from engine.policy.over_time import Sequence, Window
from engine.policy.shapes_windows import EmergingOf
from engine.windows.keys import Keys
from engine.windows.terms import terms_of

if TYPE_CHECKING:
    from datetime import timedelta

    from engine.decision import Firing
    from engine.incidents import Incidents
    from engine.policy import Facts, Rule


class Causes:
    """Remembers the latest mentions, so that an incident can say what led to it.

    Args:
        recalls: How many mentions are remembered; none: nothing is counted at all.
    """

    def __init__(self, incidents: Incidents, recalls: int) -> None:
        self._incidents = incidents
        self._recalls = recalls
        self._recent: deque[Facts] = deque(maxlen=recalls)

    def meet(self, facts: Facts) -> None:
        """Remember a mention."""
        if self._recalls:
            self._recent.append(facts)

    def entered(self, rule: Rule, firing: Firing) -> None:
        """Count what the rule's window held, as far as it is remembered."""
        what = rule.over_time
        if not self._recalls or not isinstance(what, Window | Sequence):
            return
        name = firing_id(rule.policy, rule.id, firing.key, opened_at=firing.opened_at)
        if self._incidents.of_firing(name) is None:
            return
        keys = Keys.by(what.by)
        wanted = keys.identity(tuple(firing.key.values()))
        since = firing.opened_at - _reach(what)
        for facts in self._recent:
            is_in_time = facts.mention.published_at >= since
            if is_in_time and wanted in (key for key, _ in keys.of(facts)) and _counts(rule, facts):
                self._count(name, facts)

    def counted(self, rule: Rule, firing: Firing, facts: Facts) -> None:
        """Count a mention that came while the rule fires."""
        if self._recalls:
            opened = firing.opened_at
            self._count(firing_id(rule.policy, rule.id, firing.key, opened_at=opened), facts)

    def _count(self, firing: str, facts: Facts) -> None:
        if self._incidents.of_firing(firing) is not None:
            mention = facts.mention
            self._incidents.count(firing, mention, terms_of(mention, EmergingOf.TERMS))


def _reach(what: Window | Sequence) -> timedelta:
    return what.within if isinstance(what, Sequence) else what.over + what.lasting


def _counts(rule: Rule, facts: Facts) -> bool:
    if rule.condition.evaluate(facts) is not True:
        return False
    what = rule.over_time
    if isinstance(what, Sequence):
        return any(step.evaluate(facts) is True for step in what.steps)
    return True
