"""What a mention is about, as terms: words, hashtags, pairs of words, phrases.

A term is folded as text queries fold words, and a mention has each of its terms once. Left out:
stop words, numbers alone, words of one letter, emoji, handles, links and the brand's own name.

- *Words* are the words that are left. Chinese and Japanese have no spaces to cut at: any two
  characters side by side stand for a word, but for two of hiragana, which mostly are grammar.
- *Hashtags* keep their ``#``.
- *Bigrams* are two words side by side in one clause.
- *Phrases* are the noun chunks of spaCy where a model of the language is installed
  (``en_core_web_sm``, ``fr_core_news_sm``, …), else the runs of two or three words in one clause,
  and of a longer run every three in a row. What is installed thus changes what is found.

Bigrams and phrases of Chinese and Japanese are their pairs of characters.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.policy.shapes_windows import EmergingOf
from engine.policy.text_query.characters import CJK
from engine.policy.text_query.words import HASH, cut
from engine.windows.noun_phrases import noun_phrases
from engine.windows.stop_words import stop_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.mention import Mention
    from engine.policy.text_query.words import Words

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Marks inside a number or an address do not part clauses; those before a space do.
_CLAUSE_END = re.compile(
    r"[.,;:!?\u2026]+(?:\s|$)|[\r\n()\[\]{}\"\u00ab\u00bb\u201c\u201d|\u2014\u2013]"
)
_CHARACTER = re.compile(f"[{CJK}]")
_HIRAGANA = re.compile("[\u3041-\u309f]{2}")
_LONGEST_PHRASE = 3
_LONGEST_TERM = 60  # characters; what is longer is no word


def terms_of(mention: Mention, of: EmergingOf, *, own: frozenset[str] = frozenset()) -> list[str]:
    """Return the terms of a mention, each once, in alphabetical order.

    Args:
        of: ``terms`` are words, hashtags and bigrams together.
        own: What the brand is called, folded, one word each; the mention's brand id is taken for
            such a name anyway.
    """
    if mention.brand is not None:
        own = own.union(cut(mention.brand).folded)
    tags = {f"{HASH}{tag}" for tag in mention.hashtags if tag not in own}
    if of is EmergingOf.HASHTAGS:
        return sorted(tags)
    text = _LINK.sub(" \n ", mention.text)
    reader = _Reader(mention.language, own)
    for clause in _CLAUSE_END.split(text):
        if clause:
            reader.read(cut(clause))
    found = reader.pairs
    if of is EmergingOf.TERMS:
        found = reader.words | reader.pairs | tags
    elif of is EmergingOf.PHRASES:
        chunks = noun_phrases(text, mention.language, stop=reader.stop)
        found = reader.phrases if chunks is None else chunks | reader.characters
    return sorted(term for term in found if len(term) <= _LONGEST_TERM)


class _Reader:
    """Collects the terms of a text, clause by clause."""

    def __init__(self, language: str | None, own: frozenset[str]) -> None:
        self.stop = stop_words(language) | own
        self.words: set[str] = set()
        self.pairs: set[str] = set()
        self.phrases: set[str] = set()
        self.characters: set[str] = set()

    def read(self, clause: Words) -> None:
        """Take in the words of one clause."""
        for run in self._runs(clause):
            self.words.update(run)
            self.pairs.update(" ".join(two) for two in pairwise(run))
            length = min(len(run), _LONGEST_PHRASE)
            if length > 1:
                starts = range(len(run) - length + 1)
                self.phrases.update(" ".join(run[at : at + length]) for at in starts)
        if clause.run_ends is not None:
            self._read_characters(clause.folded, clause.run_ends)

    def _runs(self, clause: Words) -> Iterator[list[str]]:
        """Yield the stretches of words that say something, with nothing between them."""
        marked = clause.marked
        run: list[str] = []
        for position, word in enumerate(clause.folded):
            if position in marked or not self._says_something(word):
                if run:
                    yield run
                run = []
            else:
                run.append(word)
        if run:
            yield run

    def _says_something(self, word: str) -> bool:
        return (
            len(word) > 1
            and word not in self.stop
            # Digits, and emoji, have no letter.
            and any(char.isalpha() for char in word)
            and not _CHARACTER.match(word)
        )

    def _read_characters(self, words: list[str], run_ends: list[int]) -> None:
        for at, (one, two) in enumerate(pairwise(words)):
            pair = one + two
            is_side_by_side = run_ends[at] == run_ends[at + 1]
            if (
                is_side_by_side
                and _CHARACTER.match(one)
                and _CHARACTER.match(two)
                and not _HIRAGANA.match(pair)
                and pair not in self.stop
            ):
                self.characters.add(pair)
        self.words |= self.characters
        self.pairs |= self.characters
        self.phrases |= self.characters
