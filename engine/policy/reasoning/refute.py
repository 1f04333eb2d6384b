"""The search for a mention of which formulas could all hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.policy.reasoning.claims import Claim, Every, HasAny, Literal, Some, Stands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.policy.reasoning.claims import Formula
    from engine.policy.reasoning.context import Clash, Context

_MOST_STEPS = 2_000  # claims tried; past it the answer is "not proved"


@dataclass(slots=True)
class _Budget:
    left: int

    def spend(self) -> bool:
        self.left -= 1
        return self.left >= 0


def can_refute(
    formulas: Iterable[Formula], context: Context, *, most_steps: int = _MOST_STEPS
) -> bool:
    """Say whether it is certain that no mention satisfies all the formulas.

    Args:
        context: What is assumed beside them; left as it is.
    """
    return _refute(list(formulas), context.copy(), _Budget(most_steps))


def assume_all(formulas: Iterable[Formula], context: Context) -> tuple[Clash | None, list[Some]]:
    """Add all that surely follows; return the first clash, else the choices left open."""
    choices: list[Some] = []
    waiting = list(reversed(list(formulas)))
    while waiting:
        formula = waiting.pop()
        if isinstance(formula, Literal):
            clash = context.assume(formula)
            if clash is not None:
                return clash, choices
        elif isinstance(formula, Every):
            waiting.extend(reversed(formula.parts))
        else:
            choices.append(formula)
    return None, choices


def _refute(formulas: Sequence[Formula], context: Context, budget: _Budget) -> bool:
    clash, choices = assume_all(formulas, context)
    if clash is not None:
        return True
    settled = _settle(choices, context, budget)
    if settled is None:
        return True
    settled = _entangled(settled)
    if not settled or budget.left <= 0:
        return False
    narrowest = min(settled, key=lambda choice: len(choice.parts))
    others = [choice for choice in settled if choice is not narrowest]
    return all(_refute([part, *others], context.copy(), budget) for part in narrowest.parts)


def _entangled(choices: list[Some]) -> list[Some]:
    """Return the choices that share something with another: any part of the rest may be taken.

    To leave a choice out can only lose a proof.
    """
    topics = [set(_topics(choice)) for choice in choices]
    counts = Counter(topic for each in topics for topic in each)
    return [
        choice
        for choice, each in zip(choices, topics, strict=True)
        if _is_nested(choice) or any(counts[topic] > 1 for topic in each)
    ]


def _is_nested(choice: Some) -> bool:
    """Say whether there are choices within a choice, which have not been looked at yet."""
    return any(
        isinstance(inner, Some)
        for part in choice.parts
        if isinstance(part, Every)
        for inner in part.parts
    )


def _topics(formula: Formula) -> Iterator[object]:
    if isinstance(formula, Literal):
        atom = formula.atom
        if isinstance(atom, Claim):
            yield atom if atom.shows_presence else atom.subject
        else:
            yield "text" if isinstance(atom, (HasAny, Stands)) else atom.subject
    else:
        for part in formula.parts:
            yield from _topics(part)


def _settle(choices: list[Some], context: Context, budget: _Budget) -> list[Some] | None:
    """Drop parts of choices that cannot hold until nothing changes; None where one has none left.

    A choice with one part left is no choice: it is assumed.
    """
    is_changed = True
    while is_changed:
        is_changed = False
        left: list[Some] = []
        for choice in choices:
            parts = _possible(choice, context, budget)
            if not parts:
                return None
            if len(parts) > 1:
                left.append(Some(parts) if len(parts) < len(choice.parts) else choice)
                continue
            clash, inner = assume_all(parts, context)
            if clash is not None:
                return None
            left += inner
            is_changed = True
        choices = left
    return choices


def _possible(choice: Some, context: Context, budget: _Budget) -> tuple[Formula, ...]:
    parts = []
    for part in choice.parts:
        if not budget.spend():
            return choice.parts
        if isinstance(part, Literal):
            is_possible = not context.refuses(part)
        else:
            is_possible = isinstance(part, Some) or assume_all([part], context.copy())[0] is None
        if is_possible:
            parts.append(part)
    return tuple(parts)
