"""What a policy would have to do with a stream: per rule, how often, when most, and for example."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.decision import Phase
from engine.proving.alerts import number
from engine.proving.views import planned_actions, shorten
from engine.units import format_duration, format_instant

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.decision import Decision
    from engine.mention import Mention
    from engine.policy import PolicySet
    from engine.ports import Decided
    from engine.proving.alerts import Alert

SAMPLES = 3
ALERTS = 5
_MOST_NAMED = 20
_DAY = timedelta(days=1)


@dataclass(slots=True)
class RuleLoad:
    """What one rule did.

    Attributes:
        held_back: By reason: actions held back, or whole matches.
        matches: For a rule over time: how often it entered.
        hours: Matches by hour of event time.
        samples: Id and text of the first mentions it matched.
        alerts: For a rule over time: the first times it fired; else None.
    """

    mode: str
    matches: int = 0
    planned: Counter[str] = field(default_factory=Counter)
    held_back: Counter[str] = field(default_factory=Counter)
    hours: Counter[datetime] = field(default_factory=Counter)
    samples: list[tuple[str, str]] = field(default_factory=list)
    alerts: dict[tuple[object, ...], Alert] | None = None


class Load:
    """Counts what every rule does; its memory grows with rules and hours, not with mentions.

    Args:
        policies: Rules that are off are left out.
    """

    def __init__(self, policies: PolicySet) -> None:
        self.mentions = 0
        self._unmet = [policy for policy in policies.policies if policy.brands]
        self.rules = {
            (policy.id, rule.id): RuleLoad(
                rule.mode.value, alerts=None if rule.over_time is None else {}
            )
            for policy in policies.policies
            for rule in policy.rules
            if rule.mode.freedom
        }
        self._first: datetime | None = None
        self._last: datetime | None = None

    def add(self, decided: Decided) -> None:
        """Take in what was decided of one mention."""
        at = decided.mention.published_at
        self.mentions += 1
        self._first = at if self._first is None else min(self._first, at)
        self._last = at if self._last is None else max(self._last, at)
        brand = decided.mention.brand
        self._unmet = [policy for policy in self._unmet if not policy.applies_to(brand)]
        for decision in decided.decisions:
            for match in decision.matches:
                rule = self.rules[decision.policy, match.rule]
                rule.planned.update(action.kind for action in planned_actions(match))
                _count(rule, decided.mention, at)
            self._add_held_back(decision)

    def add_over_time(self, decision: Decision) -> None:
        """Take in what rules over time came to at an instant."""
        for match in decision.matches:
            rule = self.rules[decision.policy, match.rule]
            rule.planned.update(action.kind for action in planned_actions(match))
            if match.firing is not None and match.firing.phase is Phase.ENTERED:
                rule.matches += 1
                rule.hours[_hour(decision.at)] += 1
        self._add_held_back(decision)

    def add_alert(self, alert: Alert) -> None:
        """Keep an alert, as it stands now, among the first of its rule."""
        kept = self.rules[alert.policy, alert.rule].alerts
        name = (*alert.state, alert.opened_at)
        if kept is not None and (name in kept or len(kept) < ALERTS):
            kept[name] = alert

    def _add_held_back(self, decision: Decision) -> None:
        for held in decision.held_back:
            self.rules[decision.policy, held.rule].held_back[held.by.value] += 1

    @property
    def span(self) -> timedelta:
        """Event time from the first mention to the last."""
        if self._first is None or self._last is None:
            return timedelta()
        return self._last - self._first

    def lines(self) -> list[str]:
        """Return the whole as lines of text."""
        if self._first is None or self._last is None:
            return ["no mention"]
        first, last = format_instant(self._first), format_instant(self._last)
        told = [f"{self.mentions:,} mention(s) over {_shown(self.span)}: {first} to {last}"]
        idle: dict[str, list[str]] = {"never matched": [], "never fired": []}
        for (policy, name), rule in self.rules.items():
            if rule.matches or rule.held_back:
                told += self._rule_lines(f"{policy}/{name}", rule)
            else:
                idle["never matched" if rule.alerts is None else "never fired"] += [
                    f"{policy}/{name}"
                ]
        for what, names in idle.items():
            if names:
                more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
                told += ["", f"{what}: {', '.join(names[:_MOST_NAMED])}{more}"]
        told += [
            f"no mention is of the brands of {policy.id}: {', '.join(sorted(policy.brands))}"
            for policy in self._unmet[:_MOST_NAMED]
        ]
        return told

    def _rule_lines(self, name: str, rule: RuleLoad) -> list[str]:
        what = "match(es)" if rule.alerts is None else "incident(s)"
        told = ["", f"{name} ({rule.mode}): {rule.matches:,} {what}{self._rate(rule)}"]
        if rule.planned:
            told.append(f"  planned: {_tally(rule.planned)}")
        if rule.held_back:
            told.append(f"  held back: {_tally(rule.held_back)}")
        told += [f"  {mention}  {shorten(text)}" for mention, text in rule.samples]
        if rule.alerts is not None:
            told += _alert_lines(rule.alerts.values(), rule.matches)
        return told

    def _rate(self, rule: RuleLoad) -> str:
        """Say how many matches a day; a stream shorter than a day says nothing about days."""
        if not rule.matches:
            return ""
        hour, most = max(rule.hours.items(), key=lambda one: (one[1], -one[0].timestamp()))
        peak = f"most in one hour {most:,} ({hour:%Y-%m-%d %H}:00 UTC)"
        if self.span < _DAY:
            return f"; {peak}"
        return f", {rule.matches / (self.span / _DAY):,.1f} a day; {peak}"


def _count(rule: RuleLoad, mention: Mention, at: datetime) -> None:
    rule.matches += 1
    rule.hours[_hour(at)] += 1
    if len(rule.samples) < SAMPLES:
        rule.samples.append((mention.id, mention.text))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _alert_lines(alerts: Collection[Alert], count: int) -> list[str]:
    told = []
    for one in sorted(alerts, key=lambda alert: (alert.opened_at, alert.state)):
        key = ", ".join(f"{name}={value}" for name, value in one.key.items())
        about = f"{shorten(key)}  " if key else ""
        opened = format_instant(one.opened_at)
        told.append(f"  {about}opened {opened}, {one.lasted}, peak {number(one.peak):g}")
    more = count - len(alerts)
    return [*told, f"  and {more:,} more"] if more > 0 else told


def _tally(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def _shown(span: timedelta) -> str:
    return f"{span / _DAY:.1f} days" if span >= _DAY else format_duration(span)
