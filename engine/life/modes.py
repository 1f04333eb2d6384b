"""Which mode each rule and action runs in; what has not earned `enforce` is held at `draft`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.decision import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.policy import PlannedAction, Policy, PolicySet, Rule

Modes = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Held:
    """What runs as draft although its file says enforce.

    Attributes:
        action: The kind and number among its kind, from 0, of the one action that is held; None
            where it is the whole rule.
        why: What is missing, for a person.
    """

    policy: str
    rule: str
    why: str
    action: tuple[str, int] | None = None

    @property
    def what(self) -> str:
        """The rule, and the action where it is only one of them."""
        return f"{self.policy}/{self.rule}" + ("" if self.action is None else f" {self.action[0]}")

    def as_json(self) -> dict[str, Any]:
        """Return it as the store and the commands have it."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "action": None if self.action is None else list(self.action),
            "why": self.why,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Held:
        """Read `as_json` back."""
        action = data["action"]
        found = None if action is None else (str(action[0]), int(action[1]))
        return cls(data["policy"], data["rule"], data["why"], found)


def numbered(actions: Iterable[PlannedAction]) -> list[tuple[tuple[str, int], PlannedAction]]:
    """Return actions with what they are known by over edits: their kind and number among it."""
    seen: Counter[str] = Counter()
    found = []
    for action in actions:
        found.append(((action.kind, seen[action.kind]), action))
        seen[action.kind] += 1
    return found


def modes_of(policies: PolicySet) -> Modes:
    """Return the mode of every rule and action, and each rule's revision, as JSON for the store."""
    return {
        policy.id: {
            rule.id: {
                "revision": rule.revision,
                "mode": rule.mode.value,
                "actions": [[action.kind, action.mode.value] for action in rule.actions],
            }
            for rule in policy.rules
        }
        for policy in policies.policies
    }


def hold(policies: PolicySet, held: Sequence[Held]) -> PolicySet:
    """Return the policies with what is held running as draft.

    Its revisions differ from those of the files: equal revisions always decide alike.
    """
    if not held:
        return policies
    made = tuple(
        _hold_policy(policy, [one for one in held if one.policy == policy.id])
        for policy in policies.policies
    )
    revision = _derived(policies.revision, [policy.revision for policy in made])
    return replace(policies, policies=made, revision=revision)


def _hold_policy(policy: Policy, held: Sequence[Held]) -> Policy:
    if not held:
        return policy
    rules = tuple(
        _hold_rule(rule, [one for one in held if one.rule == rule.id]) for rule in policy.rules
    )
    revision = _derived(policy.revision, [rule.revision for rule in rules])
    return replace(policy, rules=rules, revision=revision)


def _hold_rule(rule: Rule, held: Sequence[Held]) -> Rule:
    if not held:
        return rule
    is_whole = any(one.action is None for one in held)
    names = {one.action for one in held}
    actions = tuple(
        replace(action, mode=min(action.mode, Mode.DRAFT, key=lambda mode: mode.freedom))
        if is_whole or name in names
        else action
        for name, action in numbered(rule.actions)
    )
    what = ["rule"] if is_whole else sorted(f"{name[0]} {name[1]}" for name in names if name)
    return replace(
        rule,
        mode=Mode.DRAFT if is_whole else rule.mode,
        actions=actions,
        revision=_derived(rule.revision, what),
    )


def _derived(revision: str, more: Sequence[str]) -> str:
    written = json.dumps([revision, "held at draft", list(more)])
    return hashlib.sha256(written.encode("ascii")).hexdigest()
