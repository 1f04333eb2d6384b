"""The rules that ship are proven by their own examples and tests: each fires, each stays quiet."""

import os

from engine.loading import load_policies
from engine.proving.coverage import Coverage
from engine.proving.examples import ExampleRunner
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner
from engine.proving.stages import Stages
from engine.settings_file import read_configuration
from engine.testing import NOON


def refuse():
    message = "a shipped example gives no label or language, and a model would have to guess it"
    raise AssertionError(message)


def test_every_shipped_rule_fires_and_stays_quiet_and_every_branch_is_seen_both_ways(root):
    found, _ = read_configuration(None, environment={"PATH": os.environ["PATH"]})
    policies, problems = load_policies(found, [root / "rules" / "demo"], now=NOON)
    assert policies is not None, problems
    report = TestReport(Coverage.of(policies))
    stages = Stages(refuse, Silent)

    ExampleRunner(prepare=stages.prepare, classify=stages.classify).run(policies, report)
    classify = stages.classifier(policies.required_tasks)
    ScenarioRunner(classify=classify, identifier=Silent()).run(policies, report)

    assert [case for case in report.cases if case.status != "passed"] == []
    assert report.coverage.gaps() == []
    assert report.coverage.as_json() == {"rules": 1.0, "branches": 1.0}


class Silent:
    """Names no language: no shipped example may hang on a guess."""

    def identify(self, texts, declared=None):
        return [None] * len(texts)
