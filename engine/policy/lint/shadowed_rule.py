"""Rules that add nothing to an earlier one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.duplicate_rule import duplicate_key
from engine.policy.lint.pairs import all_signs, earlier_and_broader
from engine.policy.lint.same_actions import adds_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.lint.base import PolicySubject, RuleSubject
    from engine.policy.lint.same_actions import Deed


class ShadowedRule(Lint):
    """All that it matches an earlier rule of its policy matches too, and does the same about."""

    codes = ("R342",)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Point at each such rule, naming the first that covers it."""
        for policy in policies:
            told: set[int] = set()
            for later, earlier in _pairs(policy):
                if id(later) not in told and _covers(earlier, later):
                    told.add(id(later))
                    yield later.finding(
                        "R342",
                        later.rule.span,
                        f"the rule adds nothing: rule {earlier.place} matches all that it matches"
                        " and does the same",
                        help_text="remove it, or narrow the earlier one",
                    )


def _pairs(policy: PolicySubject) -> Iterator[tuple[RuleSubject, RuleSubject]]:
    """Yield the pairs worth comparing: rules that share the later one's first deed."""
    doing: dict[Deed, list[RuleSubject]] = defaultdict(list)
    signs = {}
    for rule in policy.rules:
        if _is_comparable(rule):
            signs[id(rule)] = all_signs(rule)
            for deed in rule.deeds:
                doing[deed].append(rule)
    for deed, rules in doing.items():
        found = earlier_and_broader(rules, [signs[id(rule)] for rule in rules])
        yield from ((later, before) for later, before in found if deed == next(iter(later.deeds)))


def _is_comparable(rule: RuleSubject) -> bool:
    return rule.is_acting and bool(rule.rule.actions) and not rule.is_timed


def _covers(earlier: RuleSubject, later: RuleSubject) -> bool:
    return (
        adds_nothing(later, earlier)
        and not later.is_impossible
        and duplicate_key(earlier) != duplicate_key(later)
        and later.implies(earlier)
    )
