"""Whether a rule has earned `enforce`: its examples pass and a person has judged enough drafts.

What has not earned it runs as draft: it plans, and every outward action waits for a person, which
is how it earns it. Refusing the whole edit instead would keep an older policy deciding, with
whatever the same edit mends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.decision import Mode
from engine.life.modes import Held, numbered
from engine.plan import OUTWARD_KINDS

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
    found: Sequence[Promotion],
    policies: PolicySet,
    *,
    settings: PromotionSettings,
    reviewed: Mapping[tuple[str, str, str], int],
    prove: Prove,
) -> list[Verdict]:
    """Say of each promotion whether it is earned. Blocking: examples may have to be classified.

    Args:
        reviewed: Drafts a person has judged, by policy, rule and kind of action.
        prove: Runs examples and tests; asked only where they count and there are any.
    """
    proofs = _Proofs(policies, prove) if settings.require_tests else None
    verdicts = []
    for one in found:
        drafts = [(one.policy.id, one.rule.id, kind) for kind, _ in one.actions]
        verdict = Verdict(
            one,
            needed=settings.reviewed_drafts if drafts else 0,
            reviewed=min((reviewed.get(kind, 0) for kind in drafts), default=0),
            tests="" if proofs is None else proofs.fault(one),
        )
        verdicts.append(verdict)
    return verdicts


class _Proofs:
    """What examples and tests say of rules; the `tests` documents run once for all of them."""

    def __init__(self, policies: PolicySet, prove: Prove) -> None:
        self._policies = policies
        self._prove = prove

    def fault(self, promotion: Promotion) -> str:
        """Return what is wrong with a rule's examples or with the tests; empty where nothing."""
        rule = promotion.rule
        if rule.examples:
            alone = replace(promotion.policy, rules=(rule,))
            report = self._prove(replace(self._policies, policies=(alone,), tests=()))
            if report.failed:
                return f"{report.failed} of {len(report.cases)} examples fail"
        whole = self._whole
        if whole is not None and whole.failed:
            return f"{whole.failed} of {len(whole.cases)} expectations of `tests` fail"
        covered = whole is not None and whole.coverage.rules[rule.policy, rule.id].fired
        return "" if rule.examples or covered else "has no examples, and no test in which it fires"

    @cached_property
    def _whole(self) -> TestReport | None:
        if not self._policies.tests:
            return None
        plain = tuple(_without_examples(one) for one in self._policies.policies)
        return self._prove(replace(self._policies, policies=plain))


def _without_examples(policy: Policy) -> Policy:
    return replace(policy, rules=tuple(replace(one, examples=()) for one in policy.rules))
