"""Runs the lints over all policies, once everything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.policy.lint.allowances import take_out_allowed
from engine.policy.lint.always_matches import AlwaysMatches
from engine.policy.lint.base import PolicySubject, RuleSubject
from engine.policy.lint.covered_by_exceptions import CoveredByExceptions
from engine.policy.lint.duplicate_rule import DuplicateRule
from engine.policy.lint.enforce_without_examples import EnforceWithoutExamples
from engine.policy.lint.expired import Expired
from engine.policy.lint.longer_than_window import LongerThanWindow
from engine.policy.lint.missing_language import MissingLanguage
from engine.policy.lint.never_fills import NeverFills
from engine.policy.lint.never_matches import NeverMatches
from engine.policy.lint.reply_too_long import ReplyTooLong
from engine.policy.lint.reply_without_cooldown import ReplyWithoutCooldown
from engine.policy.lint.resolved_while_held import ResolvedWhileHeld
from engine.policy.lint.shadowed_rule import ShadowedRule
from engine.policy.lint.stale_pack import StalePack
from engine.policy.lint.two_replies import TwoReplies
from engine.policy.lint.unbounded_wildcard import UnboundedWildcard
from engine.policy.lint.unreachable_term import UnreachableTerm
from engine.policy.lint.unused import Unused
from engine.policy.lint.waits_for_person import WaitsForPerson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from engine.policy.lint.base import Finding, Lint
    from engine.policy.platform import PlatformPack
    from engine.policy.read_condition import Scope
    from engine.policy.report import Report
    from engine.policy.rule import Rule
    from engine.policy.shape import Part

LINTS: tuple[type[Lint], ...] = (
    NeverMatches,
    AlwaysMatches,
    DuplicateRule,
    ShadowedRule,
    CoveredByExceptions,
    Expired,
    LongerThanWindow,
    NeverFills,
    ResolvedWhileHeld,
    UnreachableTerm,
    UnboundedWildcard,
    MissingLanguage,
    ReplyTooLong,
    ReplyWithoutCooldown,
    EnforceWithoutExamples,
    TwoReplies,
    StalePack,
    WaitsForPerson,
    Unused,
)
_OF_READER = ("R310", "R315")  # warnings about one rule that reading it gives
ALLOWABLE = frozenset(
    {*_OF_READER, *(code for lint in LINTS for code in lint.codes if lint is not Unused)}
)


@dataclass(slots=True)
class Linter:
    """Gathers what is compiled and, at the end, lints it.

    Attributes:
        now: Aware UTC, for what has expired.
        platforms: All platform packs by id.
        own_platforms: Ids of those that documents give.
    """

    report: Report
    now: datetime
    platforms: Mapping[str, PlatformPack] = field(default_factory=dict)
    own_platforms: frozenset[str] = frozenset()
    policies: list[PolicySubject] = field(default_factory=list)

    def add_policy(
        self,
        part: Part,
        conditions: Scope,
        brands: tuple[str, ...],
        *,
        used_elsewhere: frozenset[str] = frozenset(),
    ) -> PolicySubject:
        """Take note of a policy; its rules follow."""
        name = part.get("policy", "")
        made = PolicySubject(
            name,
            part,
            brands,
            conditions,
            self.report,
            self.now,
            used_elsewhere,
            self.platforms,
            self.own_platforms,
        )
        self.policies.append(made)
        return made

    def run(self) -> None:
        """Report what the lints find, but for what rules allow."""
        lints = [lint() for lint in LINTS]
        rules = [rule for policy in self.policies for rule in policy.rules]
        for rule in rules:
            for lint in lints:
                _add(lint.validate(rule))
        for lint in lints:
            _add(lint.finalize(self.policies))
        take_out_allowed(rules, self.report)


def add_rule(policy: PolicySubject, rule: Rule, part: Part, report: Report) -> Rule:
    """Take note of a rule of a policy, and return it."""
    policy.rules.append(RuleSubject(rule, part, report, policy))
    return rule


def _add(findings: Iterable[Finding]) -> None:
    for one in findings:
        one.report.warning(one.code, one.span, one.message, help_text=one.help_text)
