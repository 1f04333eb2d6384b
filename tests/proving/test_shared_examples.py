"""The acceptance cases of rules over time that are handed out with the language's page."""

from __future__ import annotations

import io
import json

import pytest

from engine.policy import load_paths
from engine.proving.backtest import Backtest
from engine.proving.coverage import Coverage
from engine.proving.history import read_history
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner
from engine.simulate import Side, Simulation
from engine.testing import NOON


class Nobody:
    def identify(self, texts, declared=None):
        return [None] * len(texts)


def as_given(mentions):
    return [one.classifications for one in mentions]


@pytest.fixture
def examples(root):
    folder = root.parent / "shared" / "examples"
    if not folder.is_dir():
        pytest.skip("the examples (../shared/examples) are not here")
    return folder


def loaded(folder):
    policies, problems = load_paths([folder], now=NOON)
    assert policies is not None, [one.as_text() for one in problems]
    return policies


def test_every_test_of_the_surge_passes(examples):
    policies = loaded(examples / "clean" / "surge")
    report = TestReport(Coverage.of(policies))

    ScenarioRunner(classify=as_given, identifier=Nobody()).run(policies, report)

    assert report.cases
    assert [case for case in report.cases if case.status != "passed"] == []


def test_incidents_open_and_resolve_within_their_intervals(examples):
    for folder in sorted((examples / "windows").iterdir()):
        found = incidents(folder)
        expected = json.loads((folder / "expected_incidents.json").read_text("utf-8"))

        assert len(found) == len(expected), folder.name
        for one, wanted in zip(found, expected, strict=True):
            assert (one["rule"], one["key"]) == (wanted["rule"], wanted["key"])
            first, last = wanted["opens_between"]
            assert first <= one["opened_at"] <= last
            first, last = wanted["resolves_between"]
            assert first <= one["resolved_at"] <= last


def incidents(folder):
    policies = loaded(folder)
    simulation = Simulation([Side(policies, as_given)], identifier=Nobody())
    with Backtest.lists() as lists:
        result, out = Backtest(policies, lists), io.BytesIO()
        for some in simulation.run(read_history(folder / "mentions.jsonl")):
            result.add(some)
        result.finish(simulation.states[0])
        result.write(out)
        return json.loads(out.getvalue())["incidents"]
