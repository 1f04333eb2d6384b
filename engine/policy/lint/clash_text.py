"""A clash of claims in an author's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.reasoning import Above, Among, Fits, Present
from engine.policy.reasoning.context import SCORE
from engine.policy.text_query.tree import Phrase
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.policy.reasoning import Clash, HasAny
    from engine.policy.reasoning.values import Limit, Values
    from engine.policy.text_query.tree import Term

_MOST_SHOWN = 5


def explain(clash: Clash) -> str:
    """Return what two claims ask that cannot be."""
    return f"{_core(clash)}: a contradiction"


def _core(clash: Clash) -> str:
    atom, before = clash.literal.atom, clash.before
    subject = f"'{clash.subject}'"
    if clash.subject.endswith(SCORE):
        subject = f"the score of '{clash.subject.removesuffix(SCORE)}'"
    if clash.group is not None:
        return f"the text can never both hold and not hold {shown_group(clash.group)}"
    if isinstance(atom, Present):
        return f"{subject} can never be both present and absent"
    if isinstance(atom, Above) and before is not None:
        return f"{subject} can never be both {_limits(before, clash)}"
    allowed = None if before is None else before.allowed
    if isinstance(atom, Among):
        return f"{subject} can never {_whole(atom, allowed, is_wanted=clash.literal.holds)}"
    if isinstance(atom, Fits):
        known = _fitting(before) if allowed is None else allowed
        verb = "be" if clash.literal.holds else "not be"
        beside = f"both be {_some(known)} and " if known else ""
        return f"{subject} can never {beside}{verb} {_some(atom.values)}"
    return f"{subject} can never be all that is asked of it at once"


def _whole(atom: Among, allowed: frozenset[Any] | None, *, is_wanted: bool) -> str:
    if is_wanted and allowed is not None and not allowed & atom.values:
        if not allowed:
            return f"be {_some(atom.values)} beside what is asked before"
        return f"be both {_some(allowed)} and {_some(atom.values)}"
    if not is_wanted and allowed is not None and allowed <= atom.values:
        return f"both be and not be {_some(allowed)}"
    return f"both be and not be {_some(atom.values)}"


def _fitting(before: Values | None) -> frozenset[str]:
    tests = () if before is None else before.tests
    held = [atom.values for atom, holds in tests if holds and isinstance(atom, Fits)]
    return frozenset().union(*held[:1])


def _limits(before: Values, clash: Clash) -> str:
    after = before.narrowed(clash.literal)
    known = [
        *_limit(after.low, "more than", "at least"),
        *_limit(after.high, "less than", "at most"),
    ]
    if not after.allowed:
        return " and ".join(known)
    return f"{_some(after.allowed)} and {' and '.join(known)}"


def _limit(limit: Limit | None, strict: str, weak: str) -> list[str]:
    if limit is None:
        return []
    value, is_out = limit
    shown = format_instant(value) if hasattr(value, "tzinfo") else value
    return [f"{strict if is_out else weak} {shown}"]


def _some(values: Iterable[Any]) -> str:
    return " or ".join(sorted(map(str, values))[:_MOST_SHOWN])


def shown_group(group: HasAny) -> str:
    """Return the words of which one is meant, quoted, the first few."""
    names = sorted([*group.words, *map(shown_term, group.others)])[:_MOST_SHOWN]
    return " or ".join(f"'{name}'" for name in names)


def shown_term(one: Term | Phrase) -> str:
    """Return a word or a phrase as a query would write it, folded."""
    if isinstance(one, Phrase):
        return " ".join(term.text for block in one.blocks for term in block)
    return f"{one.mark}{one.text}"
