"""When two rules do the same, as far as the lists of their actions say."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from engine.decision import Severity
from engine.policy.rule import PlannedAction
from engine.policy.templates import Template, TemplateSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.policy.lint.base import RuleSubject

Deed = tuple[Any, ...]
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}
_NAMES = tuple(
    one.name for one in fields(PlannedAction) if one.name not in ("index", "span", "tags", "mode")
)
_SAYS_WHICH_RULE = frozenset({"webhook"})  # what is sent names the rule: never the same deed


def deeds_of(actions: Iterable[PlannedAction]) -> dict[Deed, int]:
    """Return what actions do, each tag a deed of its own, and how freely at most."""
    found: dict[Deed, int] = {}
    for action in actions:
        for deed in _deeds(action):
            found[deed] = max(found.get(deed, 0), action.mode.freedom)
    return found


def _deeds(action: PlannedAction) -> Iterator[Deed]:
    if action.kind == "tag":
        for tag in action.tags:
            yield (action.kind, tag)
        return
    own = id(action) if action.kind in _SAYS_WHICH_RULE else 0
    yield (own, *(_plain(getattr(action, name)) for name in _NAMES), action.tags)


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

    That takes equal deeds, at least as free and as severe, and no cooldown that would hold the
    earlier one back while the later one acts.
    """
    if not later.deeds or _WEIGHT[earlier.rule.severity] < _WEIGHT[later.rule.severity]:
        return False
    if earlier.rule.cooldown is not None and earlier.rule.cooldown != later.rule.cooldown:
        return False
    return all(earlier.deeds.get(deed, -1) >= freedom for deed, freedom in later.deeds.items())
