"""`tests` documents about rules over time: what fires when, incidents, who is told, what misses."""

from __future__ import annotations

import pytest
from over_time_doubles import MINUTE, action, entered, resolved, told

from engine.decision import ActionState
from engine.policy import load_text
from engine.proving.coverage import Coverage
from engine.proving.judge import judge
from engine.proving.junit import junit_xml
from engine.proving.played import Played
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner
from engine.reasons import Reason
from engine.testing import NOON

POLICY = """policy: care
brands: [acme]
rules:
  - id: surge
    when: {sentiment: negative}
    window: {over: 10m, by: [brand], having: {count: {at_least: 20}}}
    resolve: {below: 50%, for: 5m}
    then:
      - incident: {title: Surge}
      - ads: {do: pause, select: {tag: brand}, restore: on_resolve}
      - escalate: {chain: on-call}
  - id: watched
    mode: shadow
    window: {over: 1m, having: {count: {at_least: 3}}}
  - id: silent
    absent: {for: 45m, by: [source]}
---
policy: press
rules:
  - id: silent
    absent: {for: 3h, by: [brand]}
---
chain: on-call
steps: [{notify: {channel: phones}}]
---
channel: phones
kind: log
---
"""
ANGRY = (
    "{every: 10s, times: 40, mention: {text: 'bad {{ i }}', language: en,"
    " classifications: {sentiment: {label: negative, score: 0.9}}}}"
)
FEW = ANGRY.replace("times: 40", "times: 17")


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def loaded(*expectations, given, silences="[]", policy=POLICY):
    text = policy + "tests:\n  - name: it works\n    clock: 2026-03-02T12:00:00Z\n"
    text += f"    silences: {silences}\n    given: [{given}]\n    expect:\n"
    text += "".join(f"      - {one}\n" for one in expectations)
    policies, problems = load_text(text, now=NOON)
    assert policies is not None, [one.as_text() for one in problems]
    return policies


def run(*expectations, given=ANGRY, silences="[]", policy=POLICY):
    policies = loaded(*expectations, given=given, silences=silences, policy=policy)
    report = TestReport(Coverage.of(policies))
    runner = ScenarioRunner(
        classify=lambda some: [one.classifications for one in some], identifier=Nobody()
    )
    runner.run(policies, report)
    return report


@pytest.mark.parametrize(
    "expectation",
    [
        pytest.param("{at: 10s, firing: []}", id="nothing fires yet"),
        pytest.param("{at: 3m9s, firing: [watched]}", id="one does, shadow rules too"),
        pytest.param("{at: 3m10s, firing: [surge, watched]}", id="the twentieth opens"),
        pytest.param("{at: 6m, firing: [watched, care/surge]}", id="in any order, with a policy"),
        pytest.param("{at: 19m59s, firing: [surge]}", id="until it resolves"),
        pytest.param("{at: 20m, firing: []}", id="at that instant it does not fire any more"),
        pytest.param("{at: 1h, firing: [silent]}", id="time runs on past the last mention"),
        pytest.param("{at: 4h, firing: [care/silent, press/silent]}", id="as long as is asked"),
        pytest.param("{at: 4h, firing: [silent]}", id="one name may mean two rules"),
        pytest.param("{action: incident, times: 1}", id="one incident"),
        pytest.param("{action: ads, do: pause, times: 1}", id="one pause"),
        pytest.param("{action: ads, do: restore, times: 1}", id="which is put back"),
        pytest.param("{action: ads, times: 1}", id="putting back is not one more action"),
        pytest.param("{rule: surge, times: 1}", id="resolving is no second match"),
        pytest.param("{suppressed: any, rule: watched, by: shadow}", id="a shadow holds back"),
        pytest.param("{never: reply}", id="never"),
        pytest.param("{incident: surge, state: open, at: 5m}", id="open while it fires"),
        pytest.param("{incident: care/surge, state: resolved, times: 1}", id="resolved at the end"),
        pytest.param("{incident: surge, state: open, at: 3m, times: 0}", id="not before it opens"),
    ],
)
def test_what_happens_over_time_passes(expectation):
    (case,) = run(expectation).cases

    assert (case.status, case.detail) == ("passed", "")


def test_a_silenced_firing_fires_opens_no_incident_and_says_what_was_held_back():
    report = run(
        "{at: 6m, firing: [surge, watched]}",
        "{suppressed: incident, by: silence, times: 1}",
        "{never: incident}",
        "{incident: surge, state: open, at: 6m, times: 0}",
        silences="[{rule: surge, until: 1h, reason: planned}]",
    )

    assert [(case.status, case.detail) for case in report.cases] == [("passed", "")] * 4


def test_a_rule_that_never_fired_says_how_near_it_came():
    (case,) = run("{at: 3m, firing: [surge, watched]}", given=FEW).cases

    assert case.detail.splitlines() == [
        "expected exactly surge, watched to fire at 3m, care/watched fired",
        "timeline:",
        "  care/surge: never fired; count reached 17 of 20 at 2m40s",
        "  care/watched: fired from 20s to 3m20s, peak 6",
    ]


def test_an_action_that_never_came_shows_how_near_its_rule_came():
    (case,) = run("{action: incident}", given=FEW).cases

    assert case.detail.splitlines() == [
        "expected incident to be planned at least once, happened not once",
        "timeline:",
        "  care/surge: never fired; count reached 17 of 20 at 2m40s",
    ]


def test_what_should_not_fire_shows_when_it_did():
    (case,) = run("{at: 30s, firing: []}").cases

    assert case.detail.splitlines() == [
        "expected exactly nothing to fire at 30s, care/watched fired",
        "timeline:",
        "  care/watched: fired from 20s to 7m10s, peak 6",
    ]


def test_an_incident_in_another_state_shows_which():
    (case,) = run("{incident: surge, state: acknowledged, at: 5m}").cases

    assert case.detail.splitlines()[0] == (
        "expected an incident of surge to be acknowledged at 5m: open"
    )


def test_a_failed_firing_is_a_failure_of_the_junit_file():
    report = run("{at: 3m, firing: [surge]}", given=FEW)

    assert b"count reached 17 of 20 at 2m40s" in junit_xml(report)
    assert b"skipped" not in junit_xml(report)


def test_a_rule_over_time_is_covered_when_it_fired_and_was_seen_quiet():
    fired = run("{action: incident, times: 1}").coverage.rules["care", "surge"]
    both = run("{at: 1m, firing: [watched]}", "{at: 4m, firing: [surge, watched]}")
    quiet = run("{never: incident}", given=FEW).coverage.rules["care", "surge"]

    assert (fired.fired, fired.quiet, fired.over_time.gap) == (True, False, "always held")
    surge = both.coverage.rules["care", "surge"]
    assert (surge.fired, surge.quiet, surge.over_time.gap) == (True, True, "")
    assert (quiet.fired, quiet.quiet, quiet.over_time.gap) == (False, True, "never held")


def test_a_time_at_which_nothing_should_fire_sees_every_rule_over_time_quiet():
    rules = run("{at: 1s, firing: []}", "{action: incident}").coverage.rules

    assert rules["care", "surge"].over_time.gap == ""
    assert rules["press", "silent"].over_time.gap == ""


# --- who is told --------------------------------------------------------------------------------


def telling(minute, **params):
    state = params.pop("state", ActionState.PLANNED)
    return told(
        minute, opened=3, actions=[action("notify", chain="on-call", state=state, **params)]
    )


def judged(expectation, *decisions):
    policies = loaded(expectation, given=FEW)
    (test,) = policies.tests
    played = Played(test, (), tuple(decisions))
    return judge(test.expectations[0], played, policies)


TIMELINE = (
    entered(3, actions=[action("incident"), action("escalate", chain="on-call")]),
    telling(3, channel="phones"),
    telling(13, people=["lea", "tom"], channel="phones"),
    telling(23, people=["zoe"]),
    resolved(30, opened=3),
)


@pytest.mark.parametrize(
    "expectation",
    [
        pytest.param("{at: 13m, told: [tom, lea]}", id="exactly these, in any order"),
        pytest.param("{at: 14m, told: [lea, tom], by: on-call}", id="in the minute after"),
        pytest.param("{at: 12m, told: [lea, tom], by: on-call}", id="in the minute before"),
        pytest.param("{at: 3m, told: [phones]}", id="a channel where no people are named"),
        pytest.param("{at: 18m, told: []}", id="nobody in between"),
        pytest.param("{action: notify, times: 0}", id="a step of a chain is no action of the rule"),
        pytest.param("{action: escalate, times: 1}", id="starting the chain is"),
    ],
)
def test_who_is_told(expectation):
    assert judged(expectation, *TIMELINE) == ("passed", "")


def test_whom_a_silence_or_a_mute_kept_from_being_told_was_not_told():
    held = telling(13, people=["lea"], state=ActionState.SUPPRESSED)

    assert judged("{at: 13m, told: []}", TIMELINE[0], held) == ("passed", "")


def test_a_wrong_person_shows_who_was_told_when_and_why():
    status, detail = judged("{at: 23m, told: [lea]}", *TIMELINE)

    assert status == "failed"
    assert detail.splitlines() == [
        "expected lea to be told at 23m, zoe was",
        "told:",
        "  at 3m: phones by on-call",
        "  at 13m: lea, tom by on-call",
        "  at 23m: zoe by on-call",
        "timeline:",
        "  care/surge brand=acme: fired from 3m to 30m, peak 3",
    ]


WEEK = POLICY.replace(
    "steps: [{notify: {channel: phones}}]",
    "steps: [{notify: {channel: phones}}, {wait: 10m}, {notify: {rota: nights}}]",
) + (
    "rota: nights\ntime_zone: Europe/Paris\nshifts:\n"
    "  - {who: lea, hours: {sun: ['00:00-08:00']}}\n  - {who: tom, hours: {mon: ['09:00-18:00']}}\n---\n"
)


@pytest.mark.parametrize(
    "expectation",
    [
        pytest.param("{at: 5d14h, told: [lea], by: on-call}", id="03:00 on Sunday in Paris"),
        pytest.param("{at: 1h, told: [tom], by: on-call}", id="Monday afternoon"),
        pytest.param(
            "{at: 1d, told: [phones], by: on-call}", id="a channel where nobody is on call"
        ),
        pytest.param("{at: 5d14h, told: [lea], by: nights}", id="a rota by itself"),
        pytest.param("{at: 1d, told: [], by: nights}", id="nobody"),
    ],
)
def test_without_mentions_it_is_asked_whom_a_chain_would_tell(expectation):
    (case,) = run(expectation, given="", policy=WEEK).cases

    assert (case.status, case.detail) == ("passed", "")


def test_whom_a_chain_would_tell_instead_is_said():
    (case,) = run("{at: 5d14h, told: [tom], by: on-call}", given="", policy=WEEK).cases

    assert case.detail == "expected tom to be told first by on-call at 5d14h, it would be lea"


def test_the_steps_of_a_chain_are_told_at_their_times():
    """The surge opens at 3m10s: the channel is told at once, and who is on call 10 minutes later."""
    report = run(
        "{at: 3m10s, told: [phones], by: on-call}",
        "{at: 13m10s, told: [tom], by: on-call}",
        "{at: 8m, told: []}",
        policy=WEEK,
    )

    assert [(case.status, case.detail) for case in report.cases] == [("passed", "")] * 3


def test_an_exception_in_the_middle_of_firings_is_a_happening_of_its_own():
    late = entered(3, held=[("ads", Reason.COOLDOWN)])

    assert judged("{suppressed: ads, by: cooldown, times: 1}", late) == ("passed", "")
    assert late.at == NOON + 3 * MINUTE
