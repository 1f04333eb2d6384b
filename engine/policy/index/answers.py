"""Conditions as functions that share what they find out about one mention.

Predicates that are written alike are one predicate: a label asked for by a thousand rules, a macro
used by ten, the same text query in two. Each is asked at most once a mention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.policy.condition import AllOf, Inner, MacroUse

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

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
            is_inner = isinstance(condition, Inner)
            asked = self._inner(condition, policy) if is_inner else _leaf(condition)
            known = self._asks[key] = _once(asked, len(self._asks))
        return known

    def ask_all(self, parts: Sequence[Condition], policy: str) -> Ask:
        """Return a function that says whether all of some conditions hold.

        The order of parts changes no answer; what is cheap may spare what is not.
        """
        asks = [self.ask(part, policy) for part in sorted(parts, key=lambda part: part.cost)]
        return asks[0] if len(asks) == 1 else _all_of(tuple(asks))

    def _inner(self, condition: Any, policy: str) -> Ask:
        if isinstance(condition, (AllOf, MacroUse)):
            return self.ask_all(condition.parts, policy)
        asks = [self.ask(part, policy) for part in condition.parts]
        combine = condition.combine
        return lambda facts, answers: combine(ask(facts, answers) for ask in asks)


def _all_of(asks: tuple[Ask, ...]) -> Ask:
    """Return what `AllOf.combine` says, without a generator: nearly every rule is one."""

    def all_of(facts: Facts, answers: Answers) -> bool | None:
        undecided = False
        for ask in asks:
            held = ask(facts, answers)
            if held is False:
                return False
            undecided = undecided or held is None
        return None if undecided else True

    return all_of


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
