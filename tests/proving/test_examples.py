"""Examples of rules, run as cases: what passes, what fails with which words, what they cover."""

import pytest

from engine.errors import MentionError
from engine.policy import load_text
from engine.proving.coverage import Coverage
from engine.proving.examples import ExampleRunner
from engine.proving.report import TestReport
from engine.testing import NOON, given

RULE = """
policy: care
brands: [acme]
rules:
  - id: refund
    mode: {mode}
    when: {{text: refund, sentiment: negative}}
    except: [{{name: staff, when: {{author.handle: {{is: "@acme"}}}}}}]
    then: [{{tag: [refund]}}]
    examples:
      fires: [{fires}]
      quiet: [{quiet}]
"""
ANGRY = '{text: "a refund", classifications: {sentiment: {label: negative, score: 0.9}}}'
HAPPY = '{text: "a refund", classifications: {sentiment: {label: positive, score: 0.9}}}'
STAFF = (
    '{text: "a refund", author: {handle: "@acme"}, '
    "classifications: {sentiment: {label: negative, score: 0.9}}}"
)


def report(fires, quiet, *, mode="draft", prepare=None, classify=None):
    policies, problems = load_text(RULE.format(fires=fires, quiet=quiet, mode=mode), now=NOON)
    assert policies is not None, problems
    runner = ExampleRunner(
        prepare=prepare or (lambda mention: mention),
        classify=classify or (lambda mention, _tasks: mention.classifications),
    )
    found = TestReport(Coverage.of(policies))
    runner.run(policies, found)
    return found


def test_examples_that_hold_pass_and_are_named_after_their_rule():
    found = report(ANGRY, HAPPY)

    assert [(one.name, one.status, one.line) for one in found.cases] == [
        ("care/refund fires 1", "passed", 11),
        ("care/refund quiet 2", "passed", 12),
    ]
    assert found.failed == 0


def test_an_exception_keeps_an_example_quiet():
    assert report(ANGRY, STAFF).failed == 0


def test_a_failure_says_what_was_wanted_what_happened_and_why():
    found = report(HAPPY, ANGRY)

    fires, quiet = (one.detail.splitlines() for one in found.cases)
    assert fires[0] == "expected to fire, stayed quiet:"
    assert any("✗" in line and "positive" in line for line in fires[1:])
    assert quiet[0] == "expected to stay quiet, fired:"
    assert not any("✗" in line for line in quiet[1:])


def test_a_label_nobody_gave_is_shown_as_undecided():
    (found, _) = report('{text: "a refund"}', HAPPY).cases

    assert found.status == "failed"
    assert "(saw absent)" in found.detail


def test_tasks_not_given_are_classified_only_when_the_rule_asks():
    asked = []

    def classify(mention, tasks):
        asked.append(tasks)
        return given(sentiment="negative")

    found = report('{text: "a refund"}', HAPPY, classify=classify)

    assert asked == [frozenset({"sentiment"})] * 2
    assert [one.status for one in found.cases] == ["passed", "failed"]


def test_an_example_that_is_no_mention_once_normalised_fails_and_the_rest_run():
    def prepare(mention):
        if "gone" in mention.text:
            message = "nothing is left of the text"
            raise MentionError(message)
        return mention

    found = report('{text: "gone"}', HAPPY, prepare=prepare)

    assert [one.detail for one in found.cases] == ["not a mention: nothing is left of the text", ""]


def test_a_rule_that_is_off_runs_no_example_and_counts_for_nothing():
    found = report(ANGRY, HAPPY, mode="off")

    assert (found.cases, found.coverage.rules) == ([], {})
    assert found.as_json()["coverage"] == {"rules": 1.0, "branches": 1.0}


def test_a_rule_in_shadow_is_proven_like_any_other():
    assert [one.status for one in report(ANGRY, HAPPY, mode="shadow").cases] == ["passed", "passed"]


@pytest.mark.parametrize(
    ("fires", "quiet", "rules", "branches"),
    [
        pytest.param(ANGRY, HAPPY, 1.0, 0.8333, id="the text never fails: one of six is missed"),
        pytest.param(ANGRY, STAFF, 1.0, 0.5, id="an exception reaches no branch of the condition"),
        pytest.param(ANGRY, "", 0.0, 0.5, id="a rule never seen quiet is not covered"),
        pytest.param("", "", 0.0, 0.0, id="a rule without examples is not covered"),
    ],
)
def test_coverage_counts_rules_and_branches_both_ways(fires, quiet, rules, branches):
    assert report(fires, quiet).coverage.as_json() == {"rules": rules, "branches": branches}


def test_nothing_to_cover_is_covered():
    assert Coverage().as_json() == {"rules": 1.0, "branches": 1.0}


def test_the_json_is_the_contract_s():
    found = report(ANGRY, ANGRY).as_json()

    assert list(found) == ["passed", "failed", "cases", "coverage"]
    assert (found["passed"], found["failed"]) == (1, 1)
    assert list(found["cases"][0]) == ["name", "file", "line", "status", "detail"]
