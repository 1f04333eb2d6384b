"""Whether a rule has earned `enforce`: its examples pass and a person has judged enough drafts.

What has not earned it runs as draft: it plans, and every outward action waits for a person, which
is how it earns it. Refusing the whole edit instead would keep an older policy deciding, with
whatever the same edit mends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.decide import OUTWARD_KINDS
from engine.decision import Mode
from engine.life.modes import Held, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.policy import Policy, PolicySet, Rule
    from engine.proving.report import TestReport
    from engine.settings import PromotionSettings

    Action = tuple[str, int]
    Prove = Callable[[PolicySet], TestReport]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A rule that an edit lets act without a person for the first time.

    Attributes:
        actions: Its outward actions that do so, by kind and number among the kind.
        is_whole: The rule itself was not at enforce before; else only these actions were not.
    """

    policy: Policy
    rule: Rule
    actions: tuple[Action, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a promotion needs and has.

    Attributes:
        needed: Reviewed drafts the settings ask for; 0 where the rule drafts nothing.
        reviewed: Those it has; of several kinds of action the fewest.
        tests: What is wrong with its tests; empty when they pass or are not asked for.
    """

    promotion: Promotion
    needed: int
    reviewed: int
    tests: str

    @property
    def is_earned(self) -> bool:
        """Whether the rule may act without a person."""
        return not self.tests and self.reviewed >= self.needed

    @property
    def why(self) -> str:
        """What is missing, for a person; empty when it is earned."""
        missing = [self.tests] if self.tests else []
        if self.reviewed < self.needed:
            missing.append(f"needs {self.needed} reviewed drafts, has {self.reviewed}")
        return "; ".join(missing)

    @property
    def held(self) -> list[Held]:
        """What has to run as draft until it is earned."""
        if self.is_earned:
            return []
        policy, rule = self.promotion.policy.id, self.promotion.rule.id
        if self.promotion.is_whole:
            return [Held(policy, rule, self.why)]
        return [Held(policy, rule, self.why, action) for action in self.promotion.actions]

    def as_json(self) -> dict[str, Any]:
        """Return it as the commands print it."""
        return {
            "policy": self.promotion.policy.id,
            "rule": self.promotion.rule.id,
            "actions": [kind for kind, _ in self.promotion.actions],
            "earned": self.is_earned,
            "reviewed_drafts": {"needed": self.needed, "has": self.reviewed},
            "tests": self.tests or "pass",
        }


def promotions(
    policies: PolicySet, before: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> list[Promotion]:
    """Return the rules that would act without a person and did not before.

    Args:
        before: The modes that ran last, as `modes_of` gives them.
    """
    found = []
    for policy in policies.policies:
        for rule in policy.rules:
            one = _promotion(policy, rule, before.get(policy.id, {}).get(rule.id))
            found += [] if one is None else [one]
    return found


def _promotion(policy: Policy, rule: Rule, was: Mapping[str, Any] | None) -> Promotion | None:
    if rule.mode is not Mode.ENFORCE:
        return None
    is_whole = was is None or was["mode"] != Mode.ENFORCE.value
    free = set() if is_whole or was is None else _free(was["actions"])
    actions = tuple(
        name
        for name, action in numbered(rule.actions)
        if action.kind in OUTWARD_KINDS and action.mode is Mode.ENFORCE and name not in free
    )
    return Promotion(policy, rule, actions, is_whole) if is_whole or actions else None


def _free(actions: Sequence[Sequence[str]]) -> set[Action]:
    """Return the actions, as `modes_of` lists them, that acted without a person."""
    found: set[Action] = set()
    seen: Counter[str] = Counter()
    for kind, mode in actions:
        if mode == Mode.ENFORCE.value:
            found.add((kind, seen[kind]))
        seen[kind] += 1
    return found


def judge(
    promotion: Promotion,
    policies: PolicySet,
    *,
    settings: PromotionSettings,
    reviewed: Mapping[tuple[str, str, str], int],
    prove: Prove,
) -> Verdict:
    """Say whether a promotion is earned. Blocking: a rule's examples may have to be classified.

    Args:
        reviewed: Drafts a person has judged, by policy, rule and kind of action.
        prove: Runs examples and tests; asked only where they count and there are any.
    """
    policy, rule = promotion.policy, promotion.rule
    counts = [reviewed.get((policy.id, rule.id, kind), 0) for kind, _ in promotion.actions]
    tests = ""
    if settings.require_tests:
        tests = _tests(rule, policies, prove)
    return Verdict(
        promotion,
        needed=settings.reviewed_drafts if counts else 0,
        reviewed=min(counts, default=0),
        tests=tests,
    )


def _tests(rule: Rule, policies: PolicySet, prove: Prove) -> str:
    """Return what is wrong with a rule's examples, or with the tests of all policies."""
    untested = replace(policies, tests=())
    alone = replace(untested, policies=tuple(_only(one, rule) for one in policies.policies))
    report = prove(alone) if rule.examples else None
    failed = 0 if report is None else report.failed
    if report is not None and failed:
        return f"{failed} of {len(report.cases)} examples fail"
    whole = None
    if policies.tests:
        plain = tuple(_without_examples(one) for one in policies.policies)
        whole = prove(replace(policies, policies=plain))
        if whole.failed:
            return f"{whole.failed} of {len(whole.cases)} expectations of `tests` fail"
    covered = whole is not None and whole.coverage.rules[rule.policy, rule.id].fired
    return "" if rule.examples or covered else "has no examples, and no test in which it fires"


def _only(policy: Policy, rule: Rule) -> Policy:
    return replace(policy, rules=tuple(one for one in policy.rules if one is rule))


def _without_examples(policy: Policy) -> Policy:
    return replace(policy, rules=tuple(replace(one, examples=()) for one in policy.rules))
