"""A mention as queries see it: cut into words once, the rest worked out when first asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.policy.text_query.wildcards import wildcard
from engine.policy.text_query.words import Words, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.mention import Mention
    from engine.policy.text_query.tree import Phrase, Term

_FEW = 64


class Document:
    """One mention, shared by all the queries asked of it.

    Sets of positions are whole numbers whose bit *i* stands for the word at position *i*: NEAR and
    phrases are then shifts, in C, however long the text.
    """

    __slots__ = ("_exact", "_places", "_sequences", "_terms", "_vocabulary", "_words", "mention")

    def __init__(self, mention: Mention) -> None:
        self.mention = mention
        self._words: Words | None = None
        self._vocabulary: frozenset[str] | None = None
        self._places: dict[str, list[int]] | None = None
        self._exact: dict[str, list[int]] | None = None
        self._terms: dict[Term, int] = {}
        self._sequences: dict[Phrase, list[tuple[int, int, int]]] = {}

    @classmethod
    def of(cls, mention: Mention) -> Document:
        """Return the document of a mention; nothing is read before it is asked for."""
        return cls(mention)

    @property
    def words(self) -> Words:
        """The text's words in order."""
        if self._words is None:
            self._words = cut(self.mention.text)
        return self._words

    @property
    def vocabulary(self) -> frozenset[str]:
        """The folded words of the text, each once."""
        if self._vocabulary is None:
            self._vocabulary = frozenset(self.words.folded)
        return self._vocabulary

    @property
    def line(self) -> str:
        """The folded words in a row, a space at the edges of each."""
        return f" {' '.join(self.words.folded)} "

    @property
    def sequences(self) -> dict[Phrase, list[tuple[int, int, int]]]:
        """Where loose phrases can stand, kept by the evaluator."""
        return self._sequences

    def everywhere(self) -> int:
        """Return the set of all positions."""
        return (1 << len(self.words.folded)) - 1

    def at(self, term: Term) -> int:
        """Return the set of positions at which a term stands."""
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = self._find(term)
        return found

    def _find(self, term: Term) -> int:
        places = self._index(is_exact=term.is_exact)
        if term.is_wild:
            fits = wildcard(term.text).fits
            found = [place for word, all_of in places.items() if fits(word) for place in all_of]
        else:
            found = places.get(term.text, [])
        if term.mark:
            marked = self.words.marked
            found = [place for place in found if marked.get(place) == term.mark]
        run_ends = self.words.run_ends
        if term.ends_run and run_ends is not None:
            found = [place for place in found if run_ends[place] == place]
        return positions(found)

    def _index(self, *, is_exact: bool) -> dict[str, list[int]]:
        if is_exact:
            if self._exact is None:
                self._exact = _by_word(self.words.exact)
            return self._exact
        if self._places is None:
            self._places = _by_word(self.words.folded)
        return self._places


def positions(places: Iterable[int]) -> int:
    """Return places as a set of positions; time is linear in their number and the highest."""
    places = list(places)
    if len(places) <= _FEW:
        bits = 0
        for place in places:
            bits |= 1 << place
        return bits
    buffer = bytearray(max(places) // 8 + 1)
    for place in places:
        buffer[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(buffer, "little")


def _by_word(words: list[str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        index.setdefault(word, []).append(place)
    return index
