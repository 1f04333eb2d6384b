"""What lints of text queries share: every query is looked at, wherever it stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.written import queries_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.condition import Condition, QueryLeaf
    from engine.policy.lint.base import PolicySubject, RuleSubject
    from engine.policy.report import Report


class QueryLint(Lint, ABC):
    """Looks at the text queries of conditions, exceptions and macros, each once."""

    def validate(self, rule: RuleSubject) -> Iterator[Finding]:
        """Look at the queries of a rule and of its exceptions."""
        yield from self._in_condition(rule.rule.condition, rule.report)
        for exception in rule.rule.exceptions:
            yield from self._in_condition(exception.when, rule.report)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Look at the queries of macros."""
        for policy in policies:
            for name, (body, _) in policy.conditions.made.items():
                report = policy.report.within("macro", name, policy.conditions.macros[name][1])
                yield from self._in_condition(body, report)

    def _in_condition(self, condition: Condition | None, report: Report) -> Iterator[Finding]:
        for leaf in queries_in(condition):
            yield from self.in_query(leaf, report)

    @abstractmethod
    def in_query(self, leaf: QueryLeaf, report: Report) -> Iterator[Finding]:
        """Return what is to be said of one query."""
