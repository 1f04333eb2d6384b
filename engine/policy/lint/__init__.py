"""What loads and may surprise: one lint a module, each shown every rule once.

`linter.LINTS` is the registry. To add a lint: a module with a `Lint`, its codes in
`engine.lint_codes`, its place in the registry, and a row in `tests/policy/lint_cases.py`.
"""

from __future__ import annotations

from engine.policy.lint.chain_reach import check_reach
from engine.policy.lint.linter import ALLOWABLE, LINTS, Linter, add_rule
from engine.policy.lint.stale_pack import check_reviews

__all__ = ["ALLOWABLE", "LINTS", "Linter", "add_rule", "check_reach", "check_reviews"]
