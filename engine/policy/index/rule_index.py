"""The index of one policy's rules, made once for each revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.index.alternatives import alternatives
from engine.policy.index.answers import Predicates
from engine.policy.index.sieves import sieves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.condition import Facts
    from engine.policy.index.alternatives import Alternative
    from engine.policy.index.answers import Answers, Ask
    from engine.policy.rule import Rule

_FEW = 16


class RuleIndex:
    """Knows which rules can hold for a mention, and asks those alone.

    Args:
        rules: In the policy's order; those that are off or have no condition never match.
    """

    __slots__ = ("_asks", "_everything", "_owners", "_rules", "_sieves")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(
            rule for rule in rules if rule.mode is not Mode.OFF and rule.condition is not None
        )
        predicates = Predicates()
        self._asks: tuple[Ask, ...] = tuple(
            predicates.ask(rule.condition, rule.policy) for rule in self._rules
        )
        entries: list[Alternative] = []
        owners: list[int] = []
        for number, rule in enumerate(self._rules):
            ways = alternatives(rule.condition)
            entries += ways
            owners += [number] * len(ways)
        self._owners = tuple(owners)
        self._everything = (1 << len(entries)) - 1
        self._sieves = tuple(sieves(entries))

    def matching(self, facts: Facts) -> list[Rule]:
        """Return the rules whose conditions hold, in order."""
        left = self._left(facts)
        if not left:
            return []
        answers: Answers = {}
        asks, rules = self._asks, self._rules
        return [rules[at] for at in self._numbers(left) if asks[at](facts, answers)]

    def _left(self, facts: Facts) -> int:
        """Return the set of entries that no sieve holds back."""
        left = self._everything
        for sieve in self._sieves:
            left &= sieve(facts)
            if not left:
                break
        return left

    def _numbers(self, entries: int) -> Iterator[int]:
        """Yield the rules that own entries, each once, rising."""
        last = -1
        for entry in _places(entries):
            owner = self._owners[entry]
            if owner != last:
                yield owner
                last = owner


def _places(bits: int) -> Iterator[int]:
    """Yield a set's numbers, rising; quick where there are few among many."""
    if bits.bit_count() <= _FEW:
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest
        return
    written = f"{bits:b}"[::-1]
    at = written.find("1")
    while at >= 0:
        yield at
        at = written.find("1", at + 1)
