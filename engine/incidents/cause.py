"""Why an incident came about: what its mentions have in common, in bounded memory.

No text of a mention is kept, only what it is about and its id, so that erasing it in the store is
enough; names of authors are kept.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.incidents.likeness import BANDS, likeness
from engine.incidents.tallies import Distinct, Tally
from engine.units import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from engine.mention import Mention

_FACETS = ("terms", "hashtags", "sources", "authors", "places", "links", "languages")
_SHOWN = 10
_SAMPLES = 5
_TYPICAL_FROM = 64
# Where one voice, or one text, makes up so much of it that the crowd is in question.
ONE_VOICE = 0.5
COPIED = 0.6
# So many near-identical texts are copies; two are chance.
_GROUP = 3
# Fewer mentions than this are no ground to say who is behind them.
ENOUGH = 10


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """A mention's place among the samples: the smallest are kept.

    Attributes:
        rank: What is compared; the id breaks ties.
    """

    rank: tuple[Any, ...]
    mention: str
    terms: tuple[str, ...] = ()

    def write(self) -> list[Any]:
        return [list(self.rank), self.mention, list(self.terms)]

    @classmethod
    def read(cls, piece: Sequence[Any]) -> Self:
        return cls(tuple(piece[0]), piece[1], tuple(piece[2]))


class _Smallest:
    """So many mentions of the smallest rank, each once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.found: list[_Place] = []

    def add(self, *places: _Place) -> None:
        """Keep the smallest of what is here and what comes."""
        for place in places:
            where = bisect_left(self.found, place)
            if where < self._most and self.found[where : where + 1] != [place]:
                self.found.insert(where, place)
                del self.found[self._most :]


class Cause:
    """What the mentions of an incident have in common.

    Merging is exact, whatever the order, while a facet has fewer than 384 names; see `Tally`.

    Attributes:
        mentions: How many were counted.
    """

    def __init__(self) -> None:
        self.mentions = 0
        self._latest = ""
        self._facets = {name: Tally() for name in _FACETS}
        self._copies = [Tally() for _ in range(BANDS)]
        self._authors = Distinct()
        self._samples = {
            "most_reached": _Smallest(_SAMPLES),
            "first": _Smallest(_SAMPLES),
            "typical": _Smallest(_TYPICAL_FROM),
        }

    def add(self, mention: Mention, terms: Sequence[str]) -> None:
        """Count a mention; the same one twice in a row is once, as two rules may count it.

        Args:
            terms: What it is about, each once.
        """
        if mention.id == self._latest:
            return
        self._latest = mention.id
        self.mentions += 1
        for facet, names in _names(mention, terms).items():
            for name in sorted(names):
                self._facets[facet].add(name)
        for band, key in zip(self._copies, likeness(mention.text), strict=True):
            band.add(key)
        author = _author(mention)
        if author:
            self._authors.add(author)
        self._sample(mention, tuple(dict.fromkeys(terms)))

    def _sample(self, mention: Mention, terms: tuple[str, ...]) -> None:
        reach, followers = mention.metrics.reach, mention.author.followers
        at = format_instant(mention.published_at)
        least = (-1 if reach is None else reach, -1 if followers is None else followers)
        seen = _Place((-least[0], -least[1], at), mention.id)
        drawn = hashlib.blake2b(mention.id.encode("utf-8", "surrogatepass"), digest_size=8)
        self._samples["most_reached"].add(seen)
        self._samples["first"].add(_Place((mention.published_at.timestamp(),), mention.id))
        self._samples["typical"].add(_Place((drawn.hexdigest(),), mention.id, terms))

    def merge(self, other: Cause) -> None:
        """Add all that another counted of other mentions."""
        self.mentions += other.mentions
        for name, tally in self._facets.items():
            tally.merge(other._facets[name])
        for mine, theirs in zip(self._copies, other._copies, strict=True):
            mine.merge(theirs)
        self._authors.merge(other._authors)
        for name, sample in self._samples.items():
            sample.add(*other._samples[name].found)

    def view(self) -> dict[str, Any]:
        """Return it as JSON.

        Returns:
            ``mentions``; for each of ``terms hashtags sources authors places links languages`` a
            list of ``{name, count, share}``, most first, share in [0, 1] of all mentions; ``crowd``
            with ``authors`` (different ones), ``top_author`` and ``copies`` (shares) and
            ``verdict`` (``crowd``, ``one_author``, ``copies`` or ``too_few``); ``most_reached``,
            ``most_typical`` and ``first``: ids of mentions.
        """
        facets = {
            name: [
                {"name": one.name, "count": one.count, "share": self._share(one.count)}
                for one in tally.top(_SHOWN)
            ]
            for name, tally in self._facets.items()
        }
        return {
            "mentions": self.mentions,
            **facets,
            "crowd": self._crowd(),
            "most_reached": [one.mention for one in self._samples["most_reached"].found],
            "most_typical": self._most_typical(),
            "first": [one.mention for one in self._samples["first"].found],
        }

    def _crowd(self) -> dict[str, Any]:
        top = self._facets["authors"].top(1)
        top_share = self._share(top[0].count) if top else 0.0
        copies = self._share(max(band.repeated(_GROUP) for band in self._copies))
        verdict = "crowd"
        if self.mentions < ENOUGH:
            verdict = "too_few"
        elif top_share >= ONE_VOICE:
            verdict = "one_author"
        elif copies >= COPIED:
            verdict = "copies"
        return {
            "authors": self._authors.reading(),
            "top_author": top_share,
            "copies": copies,
            "verdict": verdict,
        }

    def _most_typical(self) -> list[str]:
        """Return the sampled mentions closest to the mean of all, by cosine over their terms."""
        mean = self._facets["terms"].counts()
        length = math.sqrt(sum(count * count for count in mean.values()))

        def closeness(one: _Place) -> float:
            found = sum(mean.get(term, 0) for term in one.terms)
            return found / (math.sqrt(len(one.terms)) * length) if one.terms and length else 0.0

        ranked = sorted(self._samples["typical"].found, key=lambda one: (-closeness(one), one))
        # The same words again tell nothing new.
        once = {frozenset(one.terms): one.mention for one in reversed(ranked)}
        return [one.mention for one in ranked if once[frozenset(one.terms)] == one.mention][
            :_SAMPLES
        ]

    def _share(self, count: int) -> float:
        return round(min(1.0, count / self.mentions), 4) if self.mentions else 0.0

    def renamed(self, rename: Callable[[str], str]) -> Cause:
        """Return the cause with names and ids changed, as where a person is forgotten."""
        found = Cause()
        found.mentions, found._latest = self.mentions, rename(self._latest)
        found._facets = {name: tally.renamed(rename) for name, tally in self._facets.items()}
        found._copies, found._authors = self._copies, self._authors
        for name, sample in self._samples.items():
            found._samples[name].add(
                *(
                    _Place(one.rank, rename(one.mention), tuple(map(rename, one.terms)))
                    for one in sample.found
                )
            )
        return found

    def snapshot(self) -> dict[str, Any]:
        """Return all of it as JSON: at most some 100 KB, a few for a small incident."""
        return {
            "mentions": self.mentions,
            "latest": self._latest,
            "facets": {name: tally.snapshot() for name, tally in self._facets.items()},
            "copies": [band.snapshot() for band in self._copies],
            "authors": self._authors.snapshot(),
            "samples": {
                name: [one.write() for one in sample.found]
                for name, sample in self._samples.items()
            },
        }

    @classmethod
    def resume(cls, piece: Mapping[str, Any]) -> Self:
        """Return the cause that `snapshot` described.

        Raises:
            KeyError, ValueError: The piece is none.
        """
        found = cls()
        found.mentions, found._latest = piece["mentions"], piece["latest"]
        found._facets = {name: Tally.resume(piece["facets"][name]) for name in _FACETS}
        found._copies = [Tally.resume(one) for one in piece["copies"]]
        found._authors = Distinct.resume(piece["authors"])
        for name, sample in found._samples.items():
            sample.add(*(_Place.read(one) for one in piece["samples"][name]))
        return found


def _names(mention: Mention, terms: Sequence[str]) -> dict[str, set[str]]:
    author, place = _author(mention), mention.place
    where = (
        None if place is None else ", ".join(part for part in (place.name, place.country) if part)
    )
    return {
        "terms": set(terms),
        "hashtags": set(mention.hashtags),
        "sources": {mention.source},
        "authors": {author} if author else set(),
        "places": {where} if where else set(),
        "links": {_site(link) for link in mention.links},
        "languages": {mention.language} if mention.language else set(),
    }


def _author(mention: Mention) -> str:
    """Return who wrote it, as people and the store call them: the handle, else the id."""
    who = mention.author.handle or mention.author.id
    return f"{who} ({mention.source})" if who else ""


def _site(link: str) -> str:
    """Return a link without what only counts visits."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    return f"{parts.netloc.casefold().removeprefix('www.')}{parts.path.rstrip('/')}"
