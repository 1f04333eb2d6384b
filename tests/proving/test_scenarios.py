"""`tests` documents run on a virtual clock: what passes, what fails with which words."""

import re

import pytest

from engine.policy import load_text
from engine.proving.coverage import Coverage
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner
from engine.testing import NOON

POLICY = """policy: care
brands: [acme]
templates: {sorry: {en: "Sorry {{ author.handle }}", fr: "Pardon"}}
rules:
  - id: refund
    when: [{text: refund}, {sentiment: {is: negative, at_least: 0.6}}]
    except: [{name: staff, when: {author.handle: "@acme"}}]
    then: [{reply: {template: sorry}}, {tag: [refund]}]
    cooldown: {per: author, for: 1h}
  - id: watched
    mode: shadow
    when: {text: refund}
    then: [{tag: [watched]}]
  - id: surge
    when: {sentiment: negative}
    window: {over: 10m, having: {count: {at_least: 3}}}
    then: [{incident: {title: Surge}}]
---
"""
ANGRY = (
    "mention: {text: 'a refund {{ i }}', language: en, author: {id: '7', handle: '@zoe'},"
    " classifications: {sentiment: {label: negative, score: 0.9}}}"
)
GIVEN = f"[{{every: 20m, times: 5, {ANGRY}}}]"


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def run(*expectations, given=GIVEN, silences="[]"):
    text = POLICY + "tests:\n  - name: it works\n    clock: 2026-03-02T09:00:00Z\n"
    text += f"    silences: {silences}\n    given: {given}\n    expect:\n"
    text += "".join(f"      - {one}\n" for one in expectations)
    policies, problems = load_text(text, now=NOON)
    assert policies is not None, [one.as_text() for one in problems]
    report = TestReport(Coverage.of(policies))
    runner = ScenarioRunner(
        classify=lambda some: [one.classifications for one in some], identifier=Nobody()
    )
    runner.run(policies, report)
    return report


@pytest.mark.parametrize(
    "expectation",
    [
        pytest.param("{action: reply, times: 2}", id="a cooldown of an hour, five in 80 minutes"),
        pytest.param("{action: reply}", id="at least once"),
        pytest.param("{action: tag, rule: refund, times: 2}", id="only of one rule"),
        pytest.param("{action: tag, times: 2}", id="shadow plans nothing"),
        pytest.param("{action: hide, times: 0}", id="none"),
        pytest.param("{never: notify}", id="never"),
        pytest.param("{suppressed: reply, by: cooldown, times: 3}", id="held back by a cooldown"),
        pytest.param("{suppressed: tag, by: shadow, times: 5}", id="held back by shadow"),
        pytest.param("{suppressed: any, rule: refund, times: 6}", id="whatever is held back"),
        pytest.param("{rule: refund, times: 5}", id="a rule that matches, cooling down or not"),
        pytest.param("{rule: care/watched, times: 5}", id="a rule named with its policy"),
    ],
)
def test_what_happens_passes(expectation):
    (case,) = run(expectation).cases

    assert (case.status, case.detail) == ("passed", "")
    assert (case.line, case.name.startswith("it works: ")) == (25, True)


def test_an_exception_holds_back_the_whole_match():
    given = f"[{{{ANGRY.replace('@zoe', '@acme')}}}]"

    report = run(
        "{suppressed: any, by: except, rule: refund}", "{rule: refund, times: 0}", given=given
    )

    assert [case.status for case in report.cases] == ["passed", "passed"]


def test_a_silence_holds_back_until_its_end_and_starts_no_cooldown():
    report = run(
        "{suppressed: reply, by: silence, times: 2}",
        "{action: reply, times: 1}",
        "{suppressed: reply, by: cooldown, times: 2}",
        "{suppressed: tag, by: silence, rule: watched, times: 0}",
        silences="[{rule: refund, from: 0s, until: 40m, reason: planned}]",
    )

    assert [(case.status, case.detail) for case in report.cases] == [("passed", "")] * 4


def test_mentions_arrive_in_the_order_of_their_times():
    given = f"[{{at: 30m, {ANGRY}}}, {{at: 0s, {ANGRY}}}]"

    report = run("{action: reply, times: 1}", given=given)

    assert report.failed == 0


def test_a_failure_shows_what_happened_and_what_was_held_back():
    (case,) = run("{action: reply, times: 5}").cases

    assert case.detail.splitlines() == [
        "expected reply to be planned 5 times, happened 2 times",
        "this counted:",
        "  at 0s care/refund for given1#0: reply (awaiting approval)",
        "  at 1h care/refund for given1#3: reply (awaiting approval)",
        "held back:",
        "  at 20m care/refund for given1#1: reply held back by cooldown (author=import:7)",
        "  at 40m care/refund for given1#2: reply held back by cooldown (author=import:7)",
        "  at 1h20m care/refund for given1#4: reply held back by cooldown (author=import:7)",
    ]


def test_a_failure_shows_the_nearest_miss():
    given = "[{mention: {text: hello}}, {at: 1m, mention: {text: refund, id: near}}]"

    (case,) = run("{rule: refund, times: 1}", given=given).cases

    assert case.detail.splitlines()[:4] == [
        "expected rule refund to match once, happened not once",
        "nearest miss, for near:",
        "  care/refund: did not fire; one answer would change that (marked <-)",
        "    ✓ brands: [acme]  (saw 'acme')",
    ]
    assert "      ? sentiment: {is: negative, at_least: 0.6}  (saw absent)  <-" in case.detail


def test_of_many_the_first_are_shown():
    given = f"[{{every: 2h, times: 8, {ANGRY}}}]"

    (case,) = run("{never: reply}", given=given).cases

    lines = case.detail.splitlines()
    assert lines[0] == "expected reply never to be planned, happened 8 times"
    assert lines[-1] == "  and 3 more"


def test_a_mention_of_which_nothing_is_left_fails_where_it_is_given():
    report = run("{rule: refund, times: 0}", given="[{mention: {text: '<b></b>'}}]")

    first, _ = report.cases
    assert (first.status, "text is empty" in first.detail) == ("failed", True)


def test_a_test_covers_the_rules_it_speaks_about_and_no_others():
    given = f"[{{{ANGRY}}}, {{at: 1m, mention: {{text: hello}}}}]"

    rules = run("{rule: refund, times: 1}", given=given).coverage.rules

    assert (rules["care", "refund"].fired, rules["care", "refund"].quiet) == (True, True)
    assert (rules["care", "watched"].fired, rules["care", "watched"].quiet) == (False, False)
    root = rules["care", "refund"].branches[()]
    assert (root.held, root.failed, root.gap) == (True, True, "")


def test_each_test_begins_with_nothing_behind_it():
    text = (
        POLICY
        + "tests:\n"
        + "".join(
            f"  - {{name: t{n}, given: [{{{ANGRY}}}], expect: [{{action: reply, times: 1}}]}}\n"
            for n in range(2)
        )
    )
    policies, _ = load_text(text, now=NOON)
    report = TestReport(Coverage.of(policies))
    ScenarioRunner(
        classify=lambda some: [one.classifications for one in some], identifier=Nobody()
    ).run(policies, report)

    assert [case.status for case in report.cases] == ["passed", "passed"]


def test_the_tests_on_the_page_about_proving_pass(root):
    page = (root / "docs" / "proving.md").read_text("utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    policies, problems = load_text(text, now=NOON)
    assert problems == []
    report = TestReport(Coverage.of(policies))

    ScenarioRunner(
        classify=lambda some: [one.classifications for one in some], identifier=Nobody()
    ).run(policies, report)

    assert [(case.status, case.detail) for case in report.cases] == [("passed", "")] * 7
