"""Finds the brands, products and competitors that texts name.

Names are looked for by spaCy's PhraseMatcher over its tokens, folded: case and accents do not
matter. Handles and listed hashtags count as they stand. No model of a language is needed.

All languages are read by one of its tokenizers, which parts words at every sign: an elision
(``l'Acme``) or a hyphen hides no name, even where a short text was taken for another language. The
rules of single languages found nothing more, and preparing the French ones alone takes two seconds
and 35 MB.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import TYPE_CHECKING

from engine.brand import BrandMatches, BrandSpan
from models.brand_terms import CloseSpellings, collect_terms
from models.brand_text import MARKS, fold_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from spacy.matcher import PhraseMatcher
    from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # no stub
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from engine.brand import Brand
    from models.brand_terms import Target, Targets, Terms
    from models.brand_text import Folded, Tag

_TEXTS_HELD = 512  # between two clearings of spaCy's memory of words
_Place = tuple[int, int]  # start and end in the text as written
_Found = tuple[_Place, "Targets"]


class BrandMatcher:
    """Says which brands, products and competitors texts name.

    Safe to call from several threads; they wait for one another. spaCy takes a second to import,
    so that happens when the first text is asked about.

    Args:
        brands: In the order that decides between equals.
    """

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._brands = brands
        self._reader: _Reader | None = None
        self._lock = threading.Lock()

    def match(self, text: str) -> BrandMatches:
        """Return what one text names."""
        return self.match_all([text])[0]

    def match_all(self, texts: Sequence[str]) -> list[BrandMatches]:
        """Return what each text names; the same text gets the same answer in any batch."""
        with self._lock:
            if self._reader is None:
                self._reader = _Reader(collect_terms(self._brands))
            answers: list[BrandMatches] = []
            for start in range(0, len(texts), _TEXTS_HELD):
                answers += self._reader.read_all(texts[start : start + _TEXTS_HELD])
            return answers


class _Reader:
    """Finds terms in texts."""

    def __init__(self, terms: Terms) -> None:
        # A second to import: only those who watch brands pay for it.
        from spacy.matcher import PhraseMatcher  # noqa: PLC0415
        from spacy.matcher.levenshtein import (  # type: ignore[import-not-found]  # noqa: PLC0415
            levenshtein,
        )
        from spacy.vocab import Vocab  # noqa: PLC0415

        self._terms = terms
        self._spellings = CloseSpellings(terms.spelt, levenshtein)
        self._vocab: Vocab = Vocab()
        self._tokenizer = _tokenizer(self._vocab)
        self._matcher: PhraseMatcher = PhraseMatcher(self._vocab)
        self._phrases: dict[int, str] = {}
        for phrase in sorted({*terms.phrases, *terms.excluding}):
            tokens = self._tokenizer(phrase)
            if len(tokens):
                self._phrases[self._vocab.strings.add(phrase)] = phrase
                self._matcher.add(phrase, [tokens])

    def read_all(self, texts: Sequence[str]) -> list[BrandMatches]:
        """Return what each text names."""
        # spaCy keeps every word it ever saw; those of texts it may forget when the zone ends.
        with self._vocab.memory_zone():
            return [self._read(text) for text in texts]

    def _read(self, text: str) -> BrandMatches:
        folded = fold_text(text)
        tokens = self._tokenizer(folded.text)
        tagged = [one for tag in folded.tags for one in self._tag(tag)]
        named, excluded = self._named(folded, tokens)
        close = self._close(folded, tokens)
        found = _apart(tagged, _longest_first(named), close)
        return _summary(text, found, excluded)

    def _tag(self, tag: Tag) -> list[_Found]:
        if tag.sign == "#":
            targets = self._terms.hashtags.get(tag.body)
            return [((tag.start, tag.end), targets)] if targets else []
        return self._handle(tag)

    def _handle(self, tag: Tag) -> list[_Found]:
        """Find the longest listed handle: ``@acme.Thanks`` is ``@acme`` and a missing space."""
        body = tag.body
        while body and body not in self._terms.handles:
            body = body[: max(body.rfind("."), body.rfind("-"), 0)]
        if not body:
            return []
        end = tag.end if body == tag.body else tag.start + 1 + len(body)
        return [((tag.start, end), self._terms.handles[body])]

    def _named(self, folded: Folded, tokens: Doc) -> tuple[list[_Found], set[str]]:
        """Find names, and the brands that are not meant by theirs."""
        found: list[_Found] = []
        excluded: set[str] = set()
        for key, first, behind in self._matcher(tokens):
            phrase = self._phrases[key]
            excluded |= self._terms.excluding.get(phrase, frozenset())
            targets = self._terms.phrases.get(phrase)
            if targets:
                last = tokens[behind - 1]
                place = folded.place(tokens[first].idx, last.idx + len(last))
                found.append((place, targets))
        return found, excluded

    def _close(self, folded: Folded, tokens: Doc) -> list[_Found]:
        found: list[_Found] = []
        for token in tokens:
            targets = self._spellings.find(token.text)
            if targets:
                found.append((folded.place(token.idx, token.idx + len(token)), targets))
        return found


def _tokenizer(vocab: Vocab) -> Tokenizer:
    """Return spaCy's tokenizer, parting words at every sign that is no letter, digit or mark.

    Addresses are not kept whole: ``acme.com`` names Acme.
    """
    from spacy.tokenizer import Tokenizer  # noqa: PLC0415 - as above

    sign = rf"(?:[^\w\s{MARKS}]|_)"
    return Tokenizer(
        vocab,
        prefix_search=re.compile(f"^{sign}").search,
        suffix_search=re.compile(f"{sign}$").search,
        infix_finditer=re.compile(sign).finditer,
    )


def _longest_first(found: Sequence[_Found]) -> list[_Found]:
    return sorted(found, key=lambda one: (one[0][0] - one[0][1], one[0][0]))


def _apart(*groups: Sequence[_Found]) -> list[_Found]:
    """Return what was found, less what overlaps something of it found before."""
    kept: list[_Found] = []
    for one in (one for group in groups for one in group):
        start, end = one[0]
        if all(end <= first or behind <= start for (first, behind), _ in kept):
            kept.append(one)
    return kept


def _summary(text: str, found: Sequence[_Found], excluded: Collection[str]) -> BrandMatches:
    spans: list[BrandSpan] = []
    named: Counter[tuple[int, str]] = Counter()  # keeps the order of the first mention
    for place, targets in sorted(found, key=lambda one: one[0]):
        for target in targets:
            if target.is_sure or target.competitor or target.brand not in excluded:
                spans.append(_span(text, place, target))
                if target.competitor is None:
                    named[target.order, target.brand] += 1
    brands = tuple(brand for (_, brand), _ in named.most_common())
    return BrandMatches(
        brand=brands[0] if brands else None,
        brands=brands,
        products=tuple(dict.fromkeys(one.product for one in spans if one.product is not None)),
        competitors=tuple(
            dict.fromkeys(one.competitor for one in spans if one.competitor is not None)
        ),
        spans=tuple(spans),
    )


def _span(text: str, place: _Place, target: Target) -> BrandSpan:
    start, end = place
    return BrandSpan(
        start, end, text[start:end], target.kind, target.brand, target.product, target.competitor
    )
