"""The index of one policy's rules, made once for each revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.decision import Mode
from engine.policy.index.answers import Predicates
from engine.policy.index.sieves import sieves, vague_dimensions
from engine.policy.index.ways import left_to_ask, ways_to_hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.policy.condition import Facts
    from engine.policy.index.answers import Answers, Ask
    from engine.policy.index.ways import Way
    from engine.policy.rule import Rule

_FEW = 16


class RuleIndex:
    """Knows which rules can hold for a mention, and asks those alone.

    Args:
        rules: In the policy's order; those that are off never match.
    """

    __slots__ = ("_asks", "_everything", "_is_sure", "_owners", "_rules", "_sieves")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rule for rule in rules if rule.mode is not Mode.OFF)
        entries: list[Way] = []
        owners: list[int] = []
        for number, rule in enumerate(self._rules):
            ways = ways_to_hold(rule.condition)
            entries += ways
            owners += [number] * len(ways)
        self._owners = tuple(owners)
        self._everything = (1 << len(entries)) - 1
        self._sieves = tuple(sieves(entries))
        vague = vague_dimensions(entries)
        # Where every demand is told apart exactly, what is left need not be asked.
        self._is_sure = tuple(
            entry.is_enough and vague.isdisjoint(entry.demands) for entry in entries
        )
        predicates = Predicates()
        self._asks: tuple[Ask, ...] = tuple(
            predicates.ask_all(left_to_ask(rule.condition, vague), rule.policy)
            for rule in self._rules
        )

    def matching(self, facts: Facts) -> list[Rule]:
        """Return the rules whose conditions hold, in order."""
        left = self._left(facts)
        if not left:
            return []
        answers: Answers = {}
        found: list[Rule] = []
        held = asked = -1
        for entry in _places(left):
            at = self._owners[entry]
            if at == held:
                continue
            if self._is_sure[entry] or (at != asked and self._asks[at](facts, answers)):
                held = at
                found.append(self._rules[at])
            else:
                asked = at
        return found

    def _left(self, facts: Facts) -> int:
        """Return the set of entries that no sieve holds back."""
        left = self._everything
        for sieve in self._sieves:
            left = sieve(facts, left)
            if not left:
                break
        return left


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
