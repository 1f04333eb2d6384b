"""Which rules are worth comparing: thousands of rules, and few that could have to do with another.

Each rule is filed under the rarest thing it cannot do without, and looks up what a mention that it
matches surely has. A pair that is missed costs a warning, never a wrong one: what is found here is
proved afterwards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.policy.reasoning import Claim, Context, Fits, HasAny, assume_all
from engine.policy.text_query.folding import fold
from engine.policy.text_query.tree import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.policy.lint.base import RuleSubject
    from engine.policy.reasoning import Formula, Literal, Some
    from engine.policy.reasoning.values import Values
    from engine.policy.text_query.tree import Term

Sign = tuple[Any, ...]
_MOST_COMPARED = 12  # earlier rules that one rule is compared with
_MOST_LOOKED_AT = 100  # earlier rules filed under one sign
_LARGEST_GROUP = 500  # signs; a longer list is no place to file a rule under
_MOST_SHOWN = 4  # of a group: whatever is broader has all of them
_STEM = 3
_MOST_PARTS = 10
_ANY: Sign = ("any",)
_SOME_TEXT: Sign = ("text",)


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of the mentions that a rule matches.

    Attributes:
        needed: Groups; a mention has one sign of each.
        shown: Signs that a narrower rule's mention shows, one way through its choices.
    """

    needed: tuple[frozenset[Sign], ...]
    shown: frozenset[Sign]


def earlier_and_broader(
    rules: Sequence[RuleSubject], signs: Sequence[Signs]
) -> Iterator[tuple[RuleSubject, RuleSubject]]:
    """Yield (rule, an earlier one that may match wherever it does), in the rules' order.

    Args:
        signs: Of each rule.
    """
    counts = Counter(sign for one in signs for sign in one.shown)
    filed: dict[Sign, list[int]] = defaultdict(list)
    for at, (rule, one) in enumerate(zip(rules, signs, strict=True)):
        found = {
            before
            for sign in (*one.shown, _ANY)
            for before in islice(filed.get(sign, ()), _MOST_LOOKED_AT)
            if all(not group.isdisjoint(one.shown) for group in signs[before].needed)
        }
        for before in sorted(found)[:_MOST_COMPARED]:
            yield rule, rules[before]
        rarest = min(
            one.needed, key=lambda group: sum(counts[sign] for sign in group), default={_ANY}
        )
        for sign in rarest:
            filed[sign].append(at)


def later_and_broader(
    rules: Sequence[RuleSubject], signs: Sequence[Signs]
) -> Iterator[tuple[RuleSubject, RuleSubject]]:
    """Yield (rule, a later one that may match wherever it does), the last rules first."""
    return earlier_and_broader(list(reversed(rules)), list(reversed(signs)))


def all_signs(rule: RuleSubject) -> Signs:
    """Return the signs of all that a rule asks."""
    return _signs(*rule.asked, rule.policy.context())


def _of_part(part: Formula) -> Signs:
    asked = Context()
    clash, choices = assume_all([part], asked)
    return Signs((), frozenset()) if clash is not None else _signs(asked, choices, Context())


def _signs(asked: Context, choices: Iterable[Some], context: Context) -> Signs:
    needed: list[frozenset[Sign]] = []
    shown: set[Sign] = set()
    for subject, values in asked.values.items():
        groups = _of_values(subject, values, context)
        needed += groups
        shown |= {sign for group in groups for sign in nsmallest(_MOST_SHOWN, group, key=repr)}
    for group in asked.words.needed:
        needed.append(frozenset(word_signs(group)))
        shown |= {_SOME_TEXT, *_shown_words(group)}
    for literal in asked.answers():
        if isinstance(literal.atom, Claim):
            needed.append(frozenset((_claimed(literal),)))
            shown.add(_claimed(literal))
    for choice in choices:
        _add_choice(choice, needed, shown)
    few = tuple(group for group in needed if len(group) <= _LARGEST_GROUP)
    return Signs(few, frozenset(shown))


def _add_choice(choice: Some, needed: list[frozenset[Sign]], shown: set[Sign]) -> None:
    if not 0 < len(choice.parts) <= _MOST_PARTS:
        return
    each = [_of_part(part) for part in choice.parts]
    if all(one.needed for one in each):
        needed.append(frozenset().union(*(one.needed[0] for one in each)))
    shown |= each[0].shown


def _of_values(subject: str, values: Values, context: Context) -> list[frozenset[Sign]]:
    groups: list[frozenset[Sign]] = []
    left = values.left()
    if left is not None and left != context.domains.get(subject):
        groups.append(frozenset((subject, value) for value in left))
    before = context.known(subject)
    if values.low != before.low:
        groups.append(frozenset(((subject, "low"),)))
    if values.high != before.high:
        groups.append(frozenset(((subject, "high"),)))
    if any(holds and isinstance(atom, Fits) for atom, holds in values.tests):
        groups.append(frozenset(((subject, "fits"),)))
    return groups


def _claimed(literal: Literal) -> Sign:
    return ("claim", literal.atom, literal.holds)


def word_signs(group: HasAny) -> Iterator[Sign]:
    """Yield the words of which a text has one; a wildcard may be any word."""
    for word in group.words:
        yield ("word", word)
    for other in group.others:
        yield _other(other)


def _other(other: Term | Phrase) -> Sign:
    terms = _terms(other)
    plain = next((term for term in terms if not term.is_wild), None)
    if plain is not None:
        return ("word", fold(plain.text))
    return _stem(terms[0].text)


def _terms(other: Term | Phrase) -> list[Term]:
    if isinstance(other, Phrase):
        return [term for block in other.blocks for term in block]
    return [other]


def _stem(text: str) -> Sign:
    """Return the first letters, which all that fits a wildcard shares; any text if too few."""
    begin = text[:_STEM]
    return ("stem", begin) if len(begin) == _STEM and not set(begin) & {"*", "?"} else _SOME_TEXT


def _shown_words(group: HasAny) -> Iterator[Sign]:
    for word in nsmallest(_MOST_SHOWN, group.words):
        yield ("word", word)
        yield _stem(word)
    for other in islice(sorted(group.others, key=repr), _MOST_SHOWN):
        for term in _terms(other):
            yield _stem(fold(term.text))
            if not term.is_wild:
                yield ("word", fold(term.text))
