"""Every way to name the watched brands, folded and filed for matching."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from models.brand_text import MARKS, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.brand import Brand, SpanKind

_WORDS = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
_ARABIC = re.compile("[\u0621-\u064a]")
# The article and the particles that Arabic writes as one word with what follows.
_PREFIXES = ("ال", "وال", "بال", "فال", "كال", "لل", "ولل", "و", "ب", "ل", "ف", "ك")
_SHORTEST_VARIED = 5  # letters; below, "c&a" would be found in "c a"
_SHORTEST_INFLECTED = 3
_SHORTEST_CLOSE = 5  # letters of a name from which one slip is seen through
_SHORTEST_TWO_SLIPS = 9
_LONGEST_CLOSE = 24  # two slips in a longer word make an index of thousands
_KNOWN_WORDS = 65_536


@dataclass(frozen=True, slots=True)
class Target:
    """What a term names.

    Attributes:
        order: The brand's place in the file.
        is_sure: It means the brand whatever else the text says.
    """

    brand: str
    order: int
    kind: SpanKind
    product: str | None = None
    competitor: str | None = None
    is_sure: bool = False


Targets = tuple[Target, ...]


@dataclass(slots=True)
class Terms:
    """What to look for.

    Attributes:
        phrases: From folded names, in every form, to what they name.
        handles: From folded handles without ``@``.
        hashtags: From folded hashtags without ``#``.
        excluding: From folded phrases to the brands that are not meant where they stand.
        spelt: Names of one word, near which a word may be a slip of the pen.
    """

    phrases: dict[str, Targets] = field(default_factory=dict)
    handles: dict[str, Targets] = field(default_factory=dict)
    hashtags: dict[str, Targets] = field(default_factory=dict)
    excluding: dict[str, frozenset[str]] = field(default_factory=dict)
    spelt: dict[str, Targets] = field(default_factory=dict)


def collect_terms(brands: Sequence[Brand]) -> Terms:
    """Return all terms of the brands; a name as written goes before any form made from another."""
    terms = Terms()
    named = [
        (name, target) for order, brand in enumerate(brands) for name, target in _of(brand, order)
    ]
    for name, target in named:
        _file_as_written(terms, name, target)
    written, tags = set(terms.phrases), set(terms.hashtags)
    for name, target in named:
        if name.startswith(("@", "#")):
            continue
        folded = fold(name)
        for form in _forms(folded):
            if form not in written:
                _add(terms.phrases, form, target)
        compact = "".join(_WORDS.findall(folded))
        if compact and compact not in tags:
            _add(terms.hashtags, compact, replace(target, kind="hashtag"))
        if target.kind == "name" and brands[target.order].has_close_spellings:
            _file_spelling(terms, compact, target)
    for brand in brands:
        for phrase in map(fold, brand.not_when):
            terms.excluding[phrase] = terms.excluding.get(phrase, frozenset()) | {brand.id}
    return terms


def _of(brand: Brand, order: int) -> Iterator[tuple[str, Target]]:
    plain = Target(brand.id, order, "name")
    for name in (*brand.names, *brand.handles, *brand.hashtags):
        yield name, plain
    for name in brand.misspellings:
        yield name, replace(plain, kind="misspelling")
    for product, names in brand.products.items():
        yield from ((name, replace(plain, product=product)) for name in names)
    for competitor, names in brand.competitors.items():
        yield from ((name, replace(plain, competitor=competitor)) for name in names)


def _file_as_written(terms: Terms, name: str, target: Target) -> None:
    if name.startswith("@"):
        _add(terms.handles, fold(name[1:]), replace(target, kind="handle", is_sure=True))
    elif name.startswith("#"):
        _add(terms.hashtags, fold(name[1:]), replace(target, kind="hashtag", is_sure=True))
    else:
        _add(terms.phrases, fold(name), target)


def _add(index: dict[str, Targets], key: str, target: Target) -> None:
    known = index.get(key, ())
    same = (target.brand, target.product, target.competitor)
    if all((one.brand, one.product, one.competitor) != same for one in known):
        index[key] = (*known, target)


def _forms(name: str) -> Iterator[str]:
    """Yield how else a folded name is written: joined, hyphened, inflected, with the article."""
    words = _WORDS.findall(name)
    letters = "".join(words)
    spelt = {name}
    if len(words) > 1 and len(letters) >= _SHORTEST_VARIED:
        spelt |= {" ".join(words), "-".join(words), letters}
    for one in sorted(spelt):
        yield one
        if len(letters) >= _SHORTEST_INFLECTED and letters[-1] not in "s0123456789":
            yield f"{one}s"
        if _ARABIC.match(one):
            stem = one.removeprefix("ال")
            yield stem
            yield from (prefix + stem for prefix in _PREFIXES)


def _file_spelling(terms: Terms, compact: str, target: Target) -> None:
    if _SHORTEST_CLOSE <= len(compact) <= _LONGEST_CLOSE and compact.isalpha():
        _add(terms.spelt, compact, replace(target, kind="close_spelling"))


class CloseSpellings:
    """Knows the names a word is a slip away from.

    A slip is a letter too many, too few, changed, or two neighbours swapped. Names of five letters
    bear one, of nine two; the first letter is right. A word near two different names is neither.

    Args:
        names: From folded names of letters alone to what they name.
        distance: Levenshtein's, of two words and with a bound above which any answer above it will
            do.
    """

    def __init__(self, names: dict[str, Targets], distance: Callable[[str, str, int], int]) -> None:
        self._names = names
        self._distance = distance
        self._near: dict[str, list[str]] = defaultdict(list)
        for name in names:
            for form in _shortened(name, _slips(name)):
                self._near[form].append(name)
        lengths = [len(name) for name in names]
        self._lengths = range(
            min(lengths, default=1) - 1, max(lengths, default=-1) + _slips_at_most(lengths) + 1
        )
        self._most = _slips_at_most(lengths)
        # People misspell alike, and most words are near no name: nobody asks twice.
        self.find = functools.lru_cache(maxsize=_KNOWN_WORDS)(self._find)

    def _find(self, word: str) -> Targets:
        """Return what the one name near a folded word names; nothing for a name itself."""
        if len(word) not in self._lengths or word in self._names or not word.isalpha():
            return ()
        found: dict[str, int] = {}
        for form in _shortened(word, self._most if len(word) >= _SHORTEST_TWO_SLIPS - 2 else 1):
            for name in self._near.get(form, ()):
                if name not in found and name[0] == word[0]:
                    found[name] = self._slips_between(word, name)
        near = {name: slips for name, slips in found.items() if slips <= _slips(name)}
        best = [name for name, slips in near.items() if slips == min(near.values())]
        return self._names[best[0]] if len(best) == 1 else ()

    def _slips_between(self, word: str, name: str) -> int:
        slips = self._distance(word, name, 3)
        if len(word) == len(name):
            for at in range(len(word) - 1):
                swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
                if swapped == name:
                    return 1
        return slips


def _slips(name: str) -> int:
    return 2 if len(name) >= _SHORTEST_TWO_SLIPS else 1


def _slips_at_most(lengths: Sequence[int]) -> int:
    return 2 if max(lengths, default=0) >= _SHORTEST_TWO_SLIPS else 1


def _shortened(word: str, letters: int) -> set[str]:
    """Return the word, and the word with up to so many letters left out."""
    forms = {word}
    fresh = forms
    for _ in range(letters):
        fresh = {one[:at] + one[at + 1 :] for one in fresh for at in range(len(one))}
        forms |= fresh
    return forms
