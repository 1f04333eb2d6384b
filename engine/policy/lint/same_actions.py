"""When two rules do the same, as far as the lists of their actions say."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from engine.decision import Severity
from engine.policy.rule import PlannedAction
from engine.policy.templates import Template, TemplateSet

if TYPE_CHECKING:
    from engine.policy.lint.base import RuleSubject

_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}
_NAMES = tuple(
    one.name for one in fields(PlannedAction) if one.name not in ("index", "span", "tags", "mode")
)
_SAYS_WHICH_RULE = frozenset({"webhook"})  # what is sent names the rule


def action_key(action: PlannedAction) -> tuple[Any, ...]:
    """Return what is equal for actions that do the same, tags and modes aside."""
    return tuple(_plain(getattr(action, name)) for name in _NAMES)


def _plain(value: Any) -> Any:
    if isinstance(value, Template):
        return value.source
    if isinstance(value, TemplateSet):
        return tuple((language, text.source) for language, text in value.texts.items())
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def adds_nothing(later: RuleSubject, earlier: RuleSubject) -> bool:
    """Say whether all that a rule does, an earlier one does wherever both match.

    That takes equal actions, at least as free and as severe, and no cooldown that would hold the
    earlier one back while the later one acts.
    """
    if not later.rule.actions or _WEIGHT[earlier.rule.severity] < _WEIGHT[later.rule.severity]:
        return False
    if earlier.rule.cooldown is not None and earlier.rule.cooldown != later.rule.cooldown:
        return False
    return all(_is_done(action, earlier) for action in later.rule.actions)


def _is_done(action: PlannedAction, earlier: RuleSubject) -> bool:
    if action.kind in _SAYS_WHICH_RULE:
        return False
    same = [
        one
        for one in earlier.rule.actions
        if action_key(one) == action_key(action) and one.mode.freedom >= action.mode.freedom
    ]
    tags = {tag for one in same for tag in one.tags}
    return bool(same) and tags >= set(action.tags)
