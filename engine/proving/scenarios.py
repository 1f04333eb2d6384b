"""Run `tests` documents: mentions on a virtual clock, through the stages, nothing sent."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import MentionError
from engine.incidents import Silence, hold_back
from engine.policy import Facts
from engine.policy.read_tests import read_test_mention
from engine.proving.judge import concerned, judge
from engine.proving.judge_over_time import fires_at
from engine.proving.played import Played
from engine.proving.report import FAILED, Case
from engine.simulate import Arrivals, Side, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.brand import BrandFinder
    from engine.classification import Classification
    from engine.decision import Decision
    from engine.mention import Mention
    from engine.policy import Policy, PolicySet, Rule
    from engine.policy.policy_test import PolicyTest
    from engine.ports import Decided, LanguageIdentifier
    from engine.problem import Span
    from engine.proving.report import TestReport

_BATCH = 256


class ScenarioRunner:
    """Runs the tests of `tests` documents, each from a state in which nothing has happened yet.

    Args:
        classify: One Classification a task for each mention; given ones stay as they are.
        identifier: Names the language of mentions that do not say theirs.
        brands: Names the brand of mentions that do not say theirs; None leaves them without.
    """

    def __init__(
        self,
        *,
        classify: Callable[[Sequence[Mention]], list[tuple[Classification, ...]]],
        identifier: LanguageIdentifier,
        brands: BrandFinder | None = None,
    ) -> None:
        self._classify = classify
        self._identifier = identifier
        self._brands = brands

    def run(self, policies: PolicySet, report: TestReport) -> None:
        """Run every test: a case for each expectation, and one for each mention that is none."""
        for test in policies.tests:
            self._run_test(test, policies, report)

    def _run_test(self, test: PolicyTest, policies: PolicySet, report: TestReport) -> None:
        mentions = []
        for given in test.given:
            for number in range(given.times):
                try:
                    mentions.append(read_test_mention(given, number, test.clock))
                except MentionError as error:
                    detail = f"number {number} is no mention: {error}"
                    report.cases.append(_case(f"{test.name}: given", given.span, FAILED, detail))
                    return
        mentions.sort(key=lambda one: one.published_at)
        played = self._play(test, mentions, policies, report)
        for one in test.expectations:
            status, detail = judge(one, played, policies)
            report.cases.append(_case(f"{test.name}: {one.text}", one.span, status, detail))
        _cover(played, policies, report)

    def _play(
        self, test: PolicyTest, mentions: list[Mention], policies: PolicySet, report: TestReport
    ) -> Played:
        """Let the mentions arrive, and time run on to the last thing that is expected."""
        simulation = self._simulation(test, policies)
        last = max((one.at for one in test.expectations if one.at is not None), default=timedelta())
        decided: list[Decided] = []
        later: list[Decision] = []
        for some in simulation.run(_arrivals(mentions), until=test.clock + last):
            decided += [one for (one,) in some.decided]
            later += [decision for side in some.over_time for decision in side]
            for dead in some.dead:
                name = f"{test.name}: given"
                report.cases.append(_case(name, test.span, FAILED, f"{dead.place}: {dead.reason}"))
        (state,) = simulation.states
        return Played(test, decided, later, state.over_time.peaks())

    def _simulation(self, test: PolicyTest, policies: PolicySet) -> Simulation:
        silences = [
            Silence(one.rule, test.clock + one.since, test.clock + one.until, one.reason)
            for one in test.silences
        ]
        return Simulation(
            [Side(policies, self._classify)],
            identifier=self._identifier,
            brands=self._brands,
            hold_back=partial(hold_back, silences=silences),
        )


def _arrivals(mentions: Sequence[Mention]) -> Iterator[Arrivals]:
    for at in range(0, len(mentions), _BATCH):
        yield Arrivals(mentions[at : at + _BATCH])


def _case(name: str, span: Span, status: str, detail: str) -> Case:
    return Case(name, span.file, span.line, status, detail)


def _cover(played: Played, policies: PolicySet, report: TestReport) -> None:
    """Let the mentions count for the rules that the test speaks about, and for no others."""
    spoken = {
        (policy.id, rule.id): (policy, rule)
        for one in played.test.expectations
        for policy, rule in concerned(one, policies)
    }
    for policy, rule in spoken.values():
        for one in played.decided:
            if report.coverage.rules[policy.id, rule.id].is_whole:
                break
            if policy.applies_to(one.mention.brand):
                _see(policy, rule, one, report)
        if rule.over_time is not None:
            _see_over_time(rule, played, report)


def _see(policy: Policy, rule: Rule, decided: Decided, report: TestReport) -> None:
    trace = rule.condition.trace(Facts(decided.mention, decided.classifications))
    if rule.over_time is not None:
        report.coverage.rules[policy.id, rule.id].see_condition(trace)
        return
    matched = {
        match.rule
        for decision in decided.decisions
        if decision.policy == policy.id
        for match in decision.matches
    }
    report.coverage.rules[policy.id, rule.id].see(trace, fired=rule.id in matched)


def _see_over_time(rule: Rule, played: Played, report: TestReport) -> None:
    """Let a rule over time be seen firing, and quiet: all along, or when it is asked what fires."""
    coverage = report.coverage.rules[rule.policy, rule.id]
    name = f"{rule.policy}/{rule.id}"
    fired = any(one.is_of(name) for one in played.alerts())
    asked = [one.at for one in played.test.expectations if one.kind == "firing"]
    quiet = not fired or any(
        at is not None and not any(one.is_of(name) for one in fires_at(played, at)) for at in asked
    )
    if played.decided:
        coverage.see_over_time(fired=fired, quiet=quiet)
