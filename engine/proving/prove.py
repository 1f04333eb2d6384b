"""All that policies say of themselves, run: their examples and their `tests` documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.proving.coverage import Coverage
from engine.proving.examples import ExampleRunner
from engine.proving.report import TestReport
from engine.proving.scenarios import ScenarioRunner

if TYPE_CHECKING:
    from engine.brand import BrandFinder
    from engine.policy import PolicySet
    from engine.proving.stages import Stages


def prove(policies: PolicySet, stages: Stages, *, brands: BrandFinder | None) -> TestReport:
    """Return how the examples and tests of policies end, and what they cover.

    Args:
        brands: Those of the stages: names the brand of mentions that do not say theirs.
    """
    report = TestReport(Coverage.of(policies))
    ExampleRunner(prepare=stages.prepare, classify=stages.classify).run(policies, report)
    classify = stages.classifier(policies.required_tasks)
    ScenarioRunner(classify=classify, identifier=stages, brands=brands).run(policies, report)
    return report
