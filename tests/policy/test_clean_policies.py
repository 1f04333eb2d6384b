"""Sound policies, as different authors write them: no finding, and their own tests pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.policy import load_paths, read_label_set
from engine.proving.coverage import Coverage
from engine.proving.examples import ExampleRunner
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner
from engine.testing import NOON

FOLDER = Path(__file__).parent / "clean"
LABELS = Path(__file__).parents[2] / "rules" / "labels"
TASKS = {one.stem: read_label_set(one)[0].label_names for one in sorted(LABELS.glob("*.yaml"))}
NOT_JUDGED_YET = "R191"


class Everything(dict):
    """An environment in which every variable is set."""

    def __contains__(self, name):
        return True

    def get(self, name, default=None):
        return "c2VjcmV0"


class Nobody:
    """Names no language: the examples say theirs where it matters."""

    def identify(self, texts, declared=None):
        return [None] * len(texts)


def loaded(file):
    return load_paths([file], now=NOON, env=Everything(), tasks=TASKS)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_sound_policy_raises_nothing_and_its_own_tests_pass(file):
    policies, problems = loaded(file)

    assert [one.as_text() for one in problems if one.code != NOT_JUDGED_YET] == []
    report = TestReport(Coverage.of(policies))
    ExampleRunner(prepare=lambda one: one, classify=as_given).run(policies, report)
    ScenarioRunner(classify=given, identifier=Nobody()).run(policies, report)
    assert [case for case in report.cases if case.status != "passed"] == []


def as_given(mention, tasks):
    return mention.classifications


def given(mentions):
    return [one.classifications for one in mentions]


def test_all_sound_policies_may_be_given_together():
    policies, problems = loaded(FOLDER)

    assert len(policies.policies) >= 20
    assert [one.as_text() for one in problems if one.code != NOT_JUDGED_YET] == []
