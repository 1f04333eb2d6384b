"""From demands to sets of entries: for each thing about a mention, which entries it lets through.

A sieve is given the facts of a mention and a set of entries, and returns those of them that do not
fail there: that demand nothing of it, or whose demand is met. Sets are whole numbers whose bit *i*
stands for entry *i*.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any

import ahocorasick_rs

from engine.classification import UNKNOWN
from engine.policy.fields import FIELDS, FieldKind, fold
from engine.policy.index.ways import WORDS, Dimension, Range
from engine.policy.text_query import positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine.policy.condition import Facts
    from engine.policy.index.ways import Way
    from engine.policy.text_query import Clause

    Sieve = Callable[[Facts, int], int]

_MOST_STEPS = 256  # of a range's limits; between them entries are let through and asked
# Sets are kept whole where they hold at least a thousandth of the entries, so that memory stays
# within a few thousand bits an entry however many keys there are.
_SPARSE_SHARE = 1024
_SPARSE_LEAST = 4
_WINDOW = 1_000  # characters searched at a time, so that memory is bounded however many are found
_MANY = 32  # numbers from which on a set made of them is quicker than looking at each
_ORDER = ("label", "score", "value", "range", "part", "words")


class Postings:
    """The entries let through for each key.

    Args:
        free: Those that demand nothing.
        rows: By key, the numbers of those that demand it among others, rising.
        count: How many entries there are in all.
    """

    __slots__ = ("_free", "_rows")

    def __init__(self, free: int, rows: Mapping[Any, Sequence[int]], count: int) -> None:
        self._free = free
        # The whole set, or the numbers themselves where they are few among many.
        self._rows: dict[Any, int | tuple[int, ...]] = {}
        fewest = _SPARSE_LEAST + count // _SPARSE_SHARE
        known: dict[tuple[int, ...], int] = {}
        for key, numbers in rows.items():
            row = tuple(numbers)
            if len(row) < fewest and count > _SPARSE_SHARE:
                self._rows[key] = row
                continue
            if row not in known:
                known[row] = free | positions(row)
            self._rows[key] = known[row]

    def one(self, key: Any, left: int) -> int:
        """Return those of `left` that are let through where this is the value."""
        row = self._rows.get(key, self._free)
        if isinstance(row, tuple):
            row = self._free | positions(row)
        return left & row

    def some(self, keys: Iterable[Any], left: int) -> int:
        """Return those of `left` that are let through where these are the values."""
        rows, found = self._rows, self._free
        single: list[int] = []
        for key in keys:
            row = rows.get(key, 0)
            if isinstance(row, tuple):
                single += row
            else:
                found |= row
        kept = left & found
        if len(single) > _MANY:
            return kept | (left & positions(single))
        for number in single:
            if left >> number & 1:
                kept |= 1 << number
        return kept


class Parts:
    """All texts that are sought within others, found in one pass."""

    __slots__ = ("_automaton", "_parts", "_window")

    def __init__(self, parts: Iterable[str]) -> None:
        self._parts = sorted(parts)
        self._automaton = ahocorasick_rs.AhoCorasick(self._parts)
        self._window = _WINDOW + max(map(len, self._parts))

    def within(self, text: str) -> set[str]:
        """Return those that a text holds."""
        if len(text) <= self._window:
            return self._found(text)
        # A part within a part within a part can be found at every letter of a hostile text.
        starts = range(0, len(text), _WINDOW)
        return set().union(*(self._found(text[at : at + self._window]) for at in starts))

    def _found(self, text: str) -> set[str]:
        try:
            found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate, which JSON can carry and no part holds
            text = text.encode("utf-8", "replace").decode("utf-8")
            found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        parts = self._parts
        return {parts[number] for number, _, _ in found}


def sieves(entries: Sequence[Way]) -> list[Sieve]:
    """Return the sieves of all the entries' demands, those that look at the words last."""
    by_dimension = _by_dimension(entries)
    ordered = sorted(by_dimension, key=lambda one: (_ORDER.index(one.kind), one.subject))
    return [_sieve(one, by_dimension[one], len(entries)) for one in ordered]


def vague_dimensions(entries: Sequence[Way]) -> set[Dimension]:
    """Return where entries may be let through although their demand is not met.

    Such are ranges with too many limits for each to be a step.
    """
    return {
        dimension
        for dimension, demands in _by_dimension(entries).items()
        if any(_is_thinned(ends) for ends in _limits(demands))
    }


def _by_dimension(entries: Sequence[Way]) -> dict[Dimension, dict[int, Any]]:
    found: dict[Dimension, dict[int, Any]] = {}
    for number, entry in enumerate(entries):
        for dimension, demand in entry.demands.items():
            found.setdefault(dimension, {})[number] = demand
    return found


def _sieve(dimension: Dimension, demands: dict[int, Any], count: int) -> Sieve:
    free = ((1 << count) - 1) & ~positions(demands)
    if dimension == WORDS:
        return _words_sieve(_rarest(demands), free, count)
    if dimension.kind in ("score", "range"):
        return _range_sieve(dimension, free, _steps(demands, free, count))
    postings = Postings(free, _rows(demands), count)
    if dimension.kind == "label":
        return _label_sieve(dimension.subject, free, postings)
    if dimension.kind == "part":
        parts = Parts({part for demand in demands.values() for part in demand})
        return _part_sieve(dimension.subject, free, parts, postings=postings)
    return _value_sieve(dimension.subject, free, postings)


def _rows(demands: Mapping[int, Iterable[Any]]) -> dict[Any, list[int]]:
    rows: dict[Any, list[int]] = {}
    for number, keys in demands.items():
        for key in keys:
            rows.setdefault(key, []).append(number)
    return rows


def _label_sieve(task: str, free: int, postings: Postings) -> Sieve:
    one = postings.one

    def sieve(facts: Facts, left: int) -> int:
        found = facts.classified.get(task)
        if found is None or found.label == UNKNOWN:
            return left & free
        return one(fold(found.label), left)

    return sieve


def _value_sieve(path: str, free: int, postings: Postings) -> Sieve:
    field = FIELDS[path]
    get = field.get
    one, some = postings.one, postings.some

    def text(facts: Facts, left: int) -> int:
        value = get(facts.mention)
        return left & free if value is None else one(fold(value), left)

    def texts(facts: Facts, left: int) -> int:
        values = get(facts.mention)
        if not values:
            return left & free
        return some({fold(value) for value in values}, left)

    def other(facts: Facts, left: int) -> int:
        value = get(facts.mention)
        return left & free if value is None else one(value, left)

    return {FieldKind.TEXT: text, FieldKind.TEXTS: texts}.get(field.kind, other)


def _part_sieve(path: str, free: int, parts: Parts, *, postings: Postings) -> Sieve:
    field = FIELDS[path]
    get, is_many = field.get, field.kind is FieldKind.TEXTS

    def sieve(facts: Facts, left: int) -> int:
        value = get(facts.mention)
        if not value:
            return left & free
        # A part that reaches over a line's end lets an entry through that is asked in vain.
        text = "\n".join(map(fold, value)) if is_many else fold(value)
        return postings.some(parts.within(text), left)

    return sieve


def _steps(demands: dict[int, Range], free: int, count: int) -> Callable[[Any], int]:
    lows, highs = _limits(demands)
    everything = (1 << count) - 1
    low_at, high_at = _grid(lows), _grid(highs)
    # Between two steps: those whose low is below the next one, whose high is above the last one.
    above = [
        everything & ~positions(number for number, low in lows.items() if low >= step)
        for step in low_at
    ]
    below = [
        everything & ~positions(number for number, high in highs.items() if high <= step)
        for step in high_at
    ]
    above.append(everything)
    below.insert(0, everything)
    free_of_lows = free | (everything & ~positions(lows))

    def steps(value: Any) -> int:
        if value != value:  # noqa: PLR0124 - not a number: neither above nor below anything
            return free
        found = above[bisect_right(low_at, value)] if low_at else free_of_lows
        return found & below[bisect_left(high_at, value)] if high_at else found

    return steps


def _limits(demands: Mapping[int, Any]) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the lows and the highs of those demands that are ranges."""
    ranges = {number: one for number, one in demands.items() if isinstance(one, Range)}
    lows = {number: one.low for number, one in ranges.items() if one.low is not None}
    return lows, {number: one.high for number, one in ranges.items() if one.high is not None}


def _is_thinned(limits: Mapping[int, Any]) -> bool:
    return len(set(limits.values())) > _MOST_STEPS


def _grid(limits: Mapping[int, Any]) -> list[Any]:
    distinct = sorted(set(limits.values()))
    return distinct[:: -(-len(distinct) // _MOST_STEPS) or 1]


def _range_sieve(dimension: Dimension, free: int, steps: Callable[[Any], int]) -> Sieve:
    subject = dimension.subject
    if dimension.kind == "score":

        def score(facts: Facts, left: int) -> int:
            found = facts.classified.get(subject)
            if found is None or found.label == UNKNOWN:
                return left & free
            return left & steps(found.score)

        return score
    get = FIELDS[subject].get

    def value(facts: Facts, left: int) -> int:
        found = get(facts.mention)
        return left & (free if found is None else steps(found))

    return value


def _rarest(demands: Mapping[int, tuple[Clause, ...]]) -> dict[int, Clause]:
    """Return for each entry the clause it is filed under: its words are asked for by few others.

    What many rules ask for, a brand's name above all, most mentions have.
    """
    uses = Counter(
        word
        for clauses in demands.values()
        for word in {word for clause in clauses for word in clause.words | clause.parts}
    )

    def rarity(clause: Clause) -> tuple[int, Any]:
        return sum(uses[word] for word in clause.words | clause.parts), clause.commonness

    return {number: min(clauses, key=rarity) for number, clauses in demands.items()}


def _words_sieve(demands: Mapping[int, Clause], free: int, count: int) -> Sieve:
    words = Postings(free, _rows({at: one.words for at, one in demands.items()}), count)
    inner = Postings(free, _rows({at: one.parts for at, one in demands.items()}), count)
    known = frozenset(word for one in demands.values() for word in one.words)
    sought = {part for one in demands.values() for part in one.parts}
    parts = Parts(sought) if sought else None

    def sieve(facts: Facts, left: int) -> int:
        document = facts.document
        found = words.some(document.vocabulary & known, left)
        if parts is not None:
            within = parts.within(document.line)
            found |= inner.some(within, left) if within else 0
        return found

    return sieve
