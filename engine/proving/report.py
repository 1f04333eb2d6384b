"""How tests of policies end: cases, each passed or failed, and what they covered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.decision import TraceNode
    from engine.proving.coverage import Coverage

PASSED = "passed"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Case:
    """One example or expectation and how it ended.

    Attributes:
        line: Where the example or expectation stands, from 1.
        status: ``passed`` or ``failed``.
        detail: For what did not pass: what was expected, what happened, and why.
    """

    name: str
    file: str
    line: int
    status: str
    detail: str = ""


@dataclass(slots=True)
class TestReport:
    """All cases of a run with their coverage."""

    __test__ = False

    coverage: Coverage
    cases: list[Case] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(case.status == PASSED for case in self.cases)

    @property
    def failed(self) -> int:
        """How many cases failed."""
        return sum(case.status == FAILED for case in self.cases)

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of the command line's JSON."""
        return {
            "passed": self.passed,
            "failed": self.failed,
            "cases": [
                {
                    "name": case.name,
                    "file": case.file,
                    "line": case.line,
                    "status": case.status,
                    "detail": case.detail,
                }
                for case in self.cases
            ],
            "coverage": self.coverage.as_json(),
        }


def show_trace(node: TraceNode, depth: int = 1) -> list[str]:
    """Return a trace as indented lines: ✓ held, ✗ did not, ? undecided."""
    mark = {True: "✓", False: "✗", None: "?"}[node.held]
    saw = "" if node.children else f"  (saw {_value(node.value)})"
    lines = [f"{'  ' * depth}{mark} {node.condition}{saw}"]
    for child in node.children:
        lines += show_trace(child, depth + 1)
    return lines


def _value(value: Any) -> str:
    return "absent" if value is None else repr(value)
