"""Rules that answer the same mention twice."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.lint.base import Finding, Lint
from engine.policy.lint.pairs import (
    Signs,
    all_signs,
    earlier_and_broader,
    later_and_broader,
    word_signs,
)
from engine.policy.lint.same_actions import adds_nothing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.lint.base import PolicySubject, RuleSubject
    from engine.policy.reasoning import HasAny
    from engine.policy.rule import PlannedAction


class TwoReplies(Lint):
    """Two replies to mentions about the same.

    Any two rules that do not exclude one another may meet in one mention: to say so of each pair
    would help nobody. Told is where one rule fires wherever another does, or where one asks for the
    same words (or, without words, the same labels) as another and nothing keeps them apart.
    """

    codes = ("R431",)

    def finalize(self, policies: Sequence[PolicySubject]) -> Iterator[Finding]:
        """Point at the reply of each later rule, naming the first earlier one."""
        rules = [rule for policy in policies for rule in policy.rules if _is_replying(rule)]
        order = {id(rule): at for at, rule in enumerate(rules)}
        first: dict[int, RuleSubject] = {}
        signs = [_signs(rule) for rule in rules]
        pairs = chain(earlier_and_broader(rules, signs), later_and_broader(rules, signs))
        for narrow, broad in pairs:
            earlier, later = sorted((narrow, broad), key=lambda one: order[id(one)])
            known = first.get(id(later))
            if known is not None and order[id(known)] <= order[id(earlier)]:
                continue
            if _meets(narrow, broad) and not adds_nothing(later, earlier):
                first[id(later)] = earlier
        for rule in rules:
            if id(rule) in first:
                yield _finding(rule, first[id(rule)])


def _finding(rule: RuleSubject, first: RuleSubject) -> Finding:
    where = first.place
    if first.policy is not rule.policy:
        where = f"'{first.rule.id}' of policy '{first.policy.id}'"
    return rule.finding(
        "R431",
        _replies(rule)[0].span,
        f"one mention may get two answers: rule {where} replies to such mentions too",
        help_text="let one rule leave out what the other answers: not, or except",
    )


def _is_replying(rule: RuleSubject) -> bool:
    return rule.is_acting and not rule.is_timed and bool(_replies(rule)) and not rule.is_impossible


def _replies(rule: RuleSubject) -> list[PlannedAction]:
    return [
        action
        for action in rule.rule.actions
        if action.kind == "reply" and action.mode.freedom > Mode.SHADOW.freedom
    ]


def _meets(narrow: RuleSubject, broad: RuleSubject) -> bool:
    if narrow.rule.span == broad.rule.span or not narrow.policy.shares_brands(broad.policy):
        return False
    words = _words(broad)
    if words:
        known = narrow.asked[0].words
        is_same = all(known.lacking(group).impossible() is not None for group in words)
    else:
        is_same = _has_the_labels(narrow, broad) or narrow.implies(broad)
    return is_same and not narrow.excludes(broad)


def _has_the_labels(narrow: RuleSubject, broad: RuleSubject) -> bool:
    labels, others = _labels(broad), _labels(narrow)
    return bool(labels) and all(
        task in others and others[task] <= wanted for task, wanted in labels.items()
    )


def _words(rule: RuleSubject) -> tuple[HasAny, ...]:
    return rule.asked[0].words.needed


def _labels(rule: RuleSubject) -> dict[str, frozenset[str]]:
    context = rule.asked[0]
    found = {task: context.values[task].left() for task in context.values.keys() & _tasks(rule)}
    return {
        task: left
        for task, left in found.items()
        if left is not None and left != context.domains.get(task)
    }


def _tasks(rule: RuleSubject) -> set[str]:
    return set(rule.policy.conditions.tasks)


def _signs(rule: RuleSubject) -> Signs:
    """Return the signs of the rule's subject, else of all that it asks."""
    known = all_signs(rule)
    about = tuple(frozenset(word_signs(group)) for group in _words(rule)) or tuple(
        frozenset((task, label) for label in labels) for task, labels in _labels(rule).items()
    )
    return Signs(about or known.needed, known.shown)
