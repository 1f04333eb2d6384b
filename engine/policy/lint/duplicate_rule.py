"""Rules that stand twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.lint.base import Finding, Lint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.lint.base import PolicySubject, RuleSubject


class DuplicateRule(Lint):
    """The same condition and the same actions, in one policy or in two that share a brand."""

    codes = ("R341",)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Point at each rule that stands a second time."""
        seen: dict[Any, list[RuleSubject]] = {}
        for rule in (rule for policy in policies for rule in policy.rules):
            key = duplicate_key(rule)
            if key is None:
                continue
            before = seen.setdefault(key, [])
            first = next((one for one in before if _meets(one, rule)), None)
            before.append(rule)
            if first is not None:
                yield _finding(rule, first)


def _meets(one: RuleSubject, other: RuleSubject) -> bool:
    # A rule that a policy takes over from another stands in one place only.
    return one.rule.span != other.rule.span and one.policy.shares_brands(other.policy)


def _finding(rule: RuleSubject, first: RuleSubject) -> Finding:
    where = first.place
    if first.policy is not rule.policy:
        where = f"'{first.rule.id}' of policy '{first.policy.id}' ({first.rule.span.file}"
        where += f":{first.rule.span.line})"
    return rule.finding(
        "R341",
        rule.rule.span,
        f"the rule is a duplicate: it asks and does the same as rule {where}",
        help_text="remove one of the two",
    )


def duplicate_key(rule: RuleSubject) -> Any:
    """Return what is equal for rules that match the same and do the same; None for no such rule."""
    if rule.fires is None or rule.is_timed or not rule.rule.is_active(rule.policy.now):
        return None
    return rule.form, frozenset(rule.deeds.items()), rule.rule.mode
