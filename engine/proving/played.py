"""All that happened in one test of policies, as expectations look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.decision import Phase
from engine.proving.alerts import all_alerts
from engine.proving.views import planned_actions
from engine.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from engine.decision import Action, Decision, Firing, HeldBack, Match
    from engine.policy.policy_test import PolicyTest
    from engine.ports import Decided
    from engine.proving.alerts import Alert


@dataclass(frozen=True, slots=True)
class Happening:
    """What one rule made of one mention, or came to as time went by.

    Attributes:
        at: Since the test's clock.
        match: None where an exception held the whole match back.
        held_back: What was held back, with reasons.
    """

    at: timedelta
    mention: str
    policy: str
    rule: str
    match: Match | None
    held_back: Sequence[HeldBack]

    @property
    def planned(self) -> Sequence[Action]:
        """The actions that are planned, drafts too."""
        return () if self.match is None else planned_actions(self.match)

    @property
    def is_match(self) -> bool:
        """Whether the rule matched, or entered: resolving is no match."""
        firing = None if self.match is None else self.match.firing
        return self.match is not None and (firing is None or firing.phase is Phase.ENTERED)

    def is_of(self, rule: str | None) -> bool:
        """Say whether it is the doing of a rule; None is any."""
        return rule is None or rule in (self.rule, f"{self.policy}/{self.rule}")

    def line(self, what: str) -> str:
        """Return it as a line of text."""
        firing = None if self.match is None else self.match.firing
        about = self.mention if firing is None else _key(firing)
        return f"  at {format_duration(self.at)} {self.policy}/{self.rule} for {about}: {what}"


def _key(firing: Firing) -> str:
    return ", ".join(f"{name} {value}" for name, value in firing.key.items()) or "all mentions"


@dataclass(frozen=True, slots=True)
class Played:
    """One test with what came of it.

    Attributes:
        decided: Every mention, in the order of arrival.
        later: What rules over time came to after the last mention, in order of time.
        peaks: By policy and rule: the highest a window's first measure ever was, and when.
    """

    test: PolicyTest
    decided: Sequence[Decided]
    later: Sequence[Decision] = ()
    peaks: Mapping[tuple[str, str], tuple[float, datetime]] = field(default_factory=dict)

    def over_time(self) -> Iterator[Decision]:
        """Yield what rules over time came to, in order of time."""
        for one in self.decided:
            yield from one.over_time
        yield from self.later

    def alerts(self) -> list[Alert]:
        """Return every firing of a rule over time, in order of opening."""
        return all_alerts(self.over_time())

    def told(self) -> Iterator[tuple[timedelta, Decision, Match]]:
        """Yield each time a chain told somebody: since the clock, and by which match."""
        for decision in self.over_time():
            for match in decision.matches:
                if match.firing is not None and match.firing.phase is Phase.TOLD:
                    yield decision.at - self.test.clock, decision, match

    def happenings(self) -> Iterator[Happening]:
        """Yield what every rule that matched, fired, or was held back, did.

        What chains tell people is not among it: rules plan actions, and these are their steps.
        """
        for one in self.decided:
            for decision in (*one.over_time, *one.decisions):
                yield from self._of_decision(decision)
        for decision in self.later:
            yield from self._of_decision(decision)

    def _of_decision(self, decision: Decision) -> Iterator[Happening]:
        at = decision.at - self.test.clock
        told = {
            match.rule
            for match in decision.matches
            if match.firing is not None and match.firing.phase is Phase.TOLD
        }
        matches = [one for one in decision.matches if one.rule not in told]
        matched = {one.rule for one in decision.matches}
        held = decision.held_back
        for match in matches:
            mine = [found for found in held if found.rule == match.rule]
            yield Happening(at, decision.mention, decision.policy, match.rule, match, mine)
        for rule in dict.fromkeys(one.rule for one in held if one.rule not in matched):
            mine = [found for found in held if found.rule == rule]
            yield Happening(at, decision.mention, decision.policy, rule, None, mine)
