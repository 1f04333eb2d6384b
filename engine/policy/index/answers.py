"""Conditions as functions that share what they find out about one mention.

Predicates that are written alike are one predicate: a label asked for by a thousand rules, a macro
used by ten, the same text query in two. Each is asked at most once a mention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.condition import Inner, MacroUse

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from engine.policy.condition import Condition, Facts

    # By number, what predicates asked so far have answered about one mention.
    Answers = dict[int, bool | None]
    Ask = Callable[[Facts, Answers], bool | None]


class Predicates:
    """Makes functions of conditions; those made by one object share their answers."""

    def __init__(self) -> None:
        self._asks: dict[Hashable, Ask] = {}

    def ask(self, condition: Condition, policy: str) -> Ask:
        """Return a function with the condition's own answers.

        Args:
            policy: Whose lists and macros the condition names.
        """
        if isinstance(condition, MacroUse):
            return self._shared(("macro", policy, condition.name), condition, policy)
        if isinstance(condition, Inner):
            return self._inner(condition, policy)
        subject = getattr(condition, "subject", "")
        wanted = getattr(condition, "wanted", None)
        # Where nothing says what was wanted, none is known to be like it.
        key = id(condition) if wanted is None else repr(wanted)
        return self._shared((type(condition), policy, subject, key), condition, policy)

    def _shared(self, key: Hashable, condition: Condition, policy: str) -> Ask:
        known = self._asks.get(key)
        if known is None:
            is_leaf = not isinstance(condition, Inner)
            asked = _leaf(condition) if is_leaf else self._inner(condition, policy)
            known = self._asks[key] = _once(asked, len(self._asks))
        return known

    def _inner(self, condition: Any, policy: str) -> Ask:
        # The order of parts changes no answer; what is cheap may spare what is not.
        cheapest_first = sorted(condition.parts, key=lambda part: part.cost)
        asks = tuple(self.ask(part, policy) for part in cheapest_first)
        combine = condition.combine
        if len(asks) == 1:
            only = asks[0]
            return lambda facts, answers: combine((only(facts, answers),))
        return lambda facts, answers: combine(ask(facts, answers) for ask in asks)


def _leaf(condition: Condition) -> Ask:
    evaluate = condition.evaluate
    return lambda facts, _: evaluate(facts)


def _once(ask: Ask, number: int) -> Ask:
    def once(facts: Facts, answers: Answers) -> bool | None:
        if number in answers:
            return answers[number]
        answer = answers[number] = ask(facts, answers)
        return answer

    return once
