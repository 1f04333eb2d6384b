"""Inhibition: while one rule over time fires, what matters less is held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decision import HeldBack
from engine.incidents.holding import hold_back_where
from engine.policy.fields import FIELDS, fold, show
from engine.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.classification import Classification
    from engine.decision import Decision, Match
    from engine.mention import Mention
    from engine.policy.over_time import Inhibition

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FiringNow:
    """A rule of the policy that fires.

    Attributes:
        key: What the firing is kept by.
    """

    rule: str
    key: Mapping[str, Any]


def hold_back(
    decision: Decision,
    inhibitions: Sequence[Inhibition],
    firing_now: Sequence[FiringNow],
    *,
    values: Callable[[str], Any],
) -> Decision:
    """Return the decision with nothing planned by what rules that fire hold back.

    Held back is a match of a target's severity, or of a target's rule, but never of the source
    itself, where every name in ``equal`` has an equal value on both sides; one that is absent on
    either side is equal to nothing. Text compares without regard to case.

    Args:
        firing_now: Of the decision's policy, at its time.
        values: Returns what the mention has under a field or task, as `mention_values` makes it;
            asked of matches of single mentions alone: a firing's own values are its key.
    """

    def inhibited(match: Match) -> HeldBack | None:
        own = values if match.firing is None else match.firing.key.get
        for one in inhibitions:
            if not _is_target(match, one):
                continue
            for firing in firing_now:
                if firing.rule == one.source and _are_equal(one.equal, firing.key, own):
                    return HeldBack(match.rule, "", Reason.INHIBIT, _detail(firing))
        return None

    return hold_back_where(decision, inhibited)


def mention_values(mention: Mention, classified: Iterable[Classification]) -> Callable[[str], Any]:
    """Return what gives a mention's value of a field, or its label of a task.

    Absent values and labels that are ``unknown`` are None; of several texts the whole is given.
    """
    labels = {one.task: one.label for one in classified if one.label != _UNKNOWN}

    def value(name: str) -> Any:
        field = FIELDS.get(name)
        return labels.get(name) if field is None else field.get(mention)

    return value


def _is_target(match: Match, inhibition: Inhibition) -> bool:
    if match.rule == inhibition.source:
        return False
    return match.severity in inhibition.severities or match.rule in inhibition.rules


def _are_equal(
    names: Sequence[str], source: Mapping[str, Any], target: Callable[[str], Any]
) -> bool:
    return all(_is_equal(name, source.get(name), target(name)) for name in names)


def _is_equal(name: str, source: Any, target: Any) -> bool:
    """Say whether a firing's value is the target's, or one of them."""
    if source is None or target is None:
        return False
    ones = [
        _plain(name, one) for one in (target if isinstance(target, tuple | list) else (target,))
    ]
    return _plain(name, source) in ones


def _plain(name: str, value: Any) -> Any:
    """Return a value as it compares: text folded and without its sign, a time as it is written."""
    shown = show(value)
    if not isinstance(shown, str):
        return shown
    return fold(shown).removeprefix(FIELDS[name].sigil if name in FIELDS else "")


def _detail(firing: FiringNow) -> str:
    """Return the source with its key, for a person."""
    key = ", ".join(f"{name}={show(value)}" for name, value in firing.key.items())
    return f"{firing.rule} ({key})" if key else firing.rule
