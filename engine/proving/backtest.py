"""The engine on history: what a policy would have decided, and what another would have instead."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from engine.proving.alerts import Alerts, is_planning, is_telling
from engine.proving.compare import compare
from engine.proving.compare_alerts import AlertPairs
from engine.proving.lists import Lists
from engine.proving.load import Load
from engine.proving.views import decision_json, held_back_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.decision import Decision
    from engine.policy import PolicySet
    from engine.ports import Decided
    from engine.proving.alerts import Alert
    from engine.simulate import Simulated
    from engine.windows import WindowState


class Backtest:
    """What one policy set decides of a stream.

    Attributes:
        load: Counts a rule, for people.
        dead_letters: Inputs that are no mention.
        duplicates: Mentions known already, decided no second time.
    """

    def __init__(self, policies: PolicySet, lists: Lists) -> None:
        self.load = Load(policies)
        self.dead_letters = 0
        self.duplicates = 0
        self._revision = policies.revision
        self._lists = lists
        self._alerts = Alerts()
        self._places = {
            (policy.id, rule.id): place
            for place, (policy, rule) in enumerate(
                (policy, rule) for policy in policies.policies for rule in policy.rules
            )
        }

    @staticmethod
    def lists() -> Lists:
        """Return the lists of its result."""
        return Lists("decisions", "incidents", "suppressed", by_order=("incidents",))

    def add(self, some: Simulated) -> None:
        """Take in what became of some arrivals, and of time as it ran on."""
        self.dead_letters += len(some.dead)
        self.duplicates += some.duplicates
        for (decided,) in some.decided:
            self._add_over_time(decided.over_time)
            self.load.add(decided)
            self._add(decided)
        for decisions in some.over_time:
            self._add_over_time(decisions)

    def _add(self, decided: Decided) -> None:
        for decision in decided.decisions:
            for match in decision.matches:
                self._lists.add("decisions", decision_json(decision, match))
            self._add_held_back(decision)

    def _add_held_back(self, decision: Decision) -> None:
        for held in decision.held_back:
            self._lists.add("suppressed", held_back_json(decision.mention, held))

    def _add_over_time(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            for match in decision.matches:
                if is_planning(match):
                    self._lists.add("decisions", decision_json(decision, match))
            if not is_telling(decision):
                self._add_held_back(decision)
            self.load.add_over_time(decision)
            for alert in self._alerts.take(decision):
                self.load.add_alert(alert)
                if alert.resolved_at is not None:
                    self._add_incident(alert)

    def finish(self, state: WindowState) -> None:
        """Take in what fires to the end; called once, after everything else.

        Args:
            state: That of the simulation at its end, which knows how high they rose.
        """
        for alert in self._alerts.still_open():
            for firing in state.over_time.firing(alert.policy, alert.rule):
                risen = replace(alert, key=firing.key, peak=firing.peak)
                if risen.state == alert.state:
                    alert = risen  # noqa: PLW2901 - the same one, as it stands now
            self.load.add_alert(alert)
            self._add_incident(alert)

    def _add_incident(self, alert: Alert) -> None:
        opened = int(alert.opened_at.timestamp() * 1_000_000)
        order = (opened, self._places[alert.policy, alert.rule], alert.state[2])
        self._lists.add_at("incidents", order, alert.as_json())

    def write(self, out: IO[bytes]) -> None:
        """Write the result as JSON, in the contract's form."""
        head = {
            "revision": self._revision,
            "mentions": self.load.mentions,
            "dead_letters": self.dead_letters,
        }
        self._lists.write(out, head)


class Comparison:
    """What changes for a stream when one policy set takes the place of another.

    Args:
        policies: The new ones: the first side of the simulation.
        against: The old ones: its second side.

    Attributes:
        counts: By list (added, removed, changed): how many differences.
        samples: By list: the first differences, each with its mention's text if it has one.
    """

    LISTS = ("added", "removed", "changed")
    SAMPLES = 5

    def __init__(self, policies: PolicySet, against: PolicySet, lists: Lists) -> None:
        self.mentions = 0
        self.dead_letters = 0
        self.duplicates = 0
        self.counts = dict.fromkeys(self.LISTS, 0)
        self.samples: dict[str, list[tuple[dict[str, Any], str]]] = {
            name: [] for name in self.LISTS
        }
        self._revisions = (policies.revision, against.revision)
        self._lists = lists
        self._pairs = AlertPairs()

    @classmethod
    def lists(cls) -> Lists:
        """Return the lists of its result."""
        return Lists(*cls.LISTS)

    def add(self, some: Simulated) -> None:
        """Take in what became of some arrivals, and of time as it ran on, on both sides."""
        self.dead_letters += len(some.dead)
        self.duplicates += some.duplicates
        for new, old in some.decided:
            self.mentions += 1
            self._note(self._pairs.take(new.over_time, old.over_time), "")
            self._note(compare(new.decisions, old.decisions), new.mention.text)
        if some.over_time:
            new_later, old_later = some.over_time
            self._note(self._pairs.take(new_later, old_later), "")

    def finish(self) -> None:
        """Take in what fires to the end; called once, after everything else."""
        self._note(self._pairs.rest(), "")

    def _note(self, found: Iterable[tuple[str, dict[str, Any]]], text: str) -> None:
        for name, difference in found:
            self._lists.add(name, difference)
            self.counts[name] += 1
            if len(self.samples[name]) < self.SAMPLES:
                self.samples[name].append((difference, text))

    def write(self, out: IO[bytes]) -> None:
        """Write the differences as JSON."""
        revision, against = self._revisions
        head = {
            "revision": revision,
            "against": against,
            "mentions": self.mentions,
            "dead_letters": self.dead_letters,
        }
        self._lists.write(out, head)
