"""The values of a field that a rule admits, where it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.reasoning import Fits, assume_all
from engine.policy.text_query.wildcards import is_wild

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.policy.reasoning import Context, Formula
    from engine.policy.reasoning.values import Values

_MOST_PARTS = 20
_DEEPEST = 3


def admitted(
    subject: str, formulas: Iterable[Formula], context: Context, *, depth: int = _DEEPEST
) -> frozenset[str] | None:
    """Return the values of a subject outside which the formulas cannot hold; None for any.

    Args:
        context: What is known beside them; left as it is.
    """
    trial = context.copy()
    clash, choices = assume_all(formulas, trial)
    if clash is not None:
        return frozenset()
    found = _known(trial.known(subject))
    for choice in choices if depth else ():
        if len(choice.parts) > _MOST_PARTS:
            continue
        each = [admitted(subject, [part], trial, depth=depth - 1) for part in choice.parts]
        known: list[frozenset[str]] = [one for one in each if one is not None]
        if len(known) == len(each):
            together: frozenset[str] = frozenset().union(*known)
            found = together if found is None else found & together
    return found


def _known(values: Values) -> frozenset[str] | None:
    left: frozenset[Any] | None = values.left()
    if left is not None:
        return left
    for atom, holds in values.tests:
        if holds and isinstance(atom, Fits) and not any(map(is_wild, atom.values)):
            return atom.values
    return None
