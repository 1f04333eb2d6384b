"""Made-up mentions and rules for `rules.py`: the same ones for every contender, by one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from engine.classification import Classification
from engine.mention import Author, Mention, Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = {
    "sentiment": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "intent": ("complaint", "question", "praise", "suggestion", "support_request", "spam", "other"),
}
SOURCES = ("mastodon", "bluesky", "reddit", "reviews", "news", "forum")
LANGUAGES = ("en", "fr", "de", "es", "it")
KINDS = ("mention", "comment", "review", "message")
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo", "zu"),
    *("clar", "ston", "mer", "lin", "gard"),
)
_VOCABULARY = 6_000
_RULE_WORDS = slice(2_500, 6_000)  # by rank: neither "the" nor what nobody writes
_WITH_ACCENTS, _WITH_MARK, _WITH_EMOJI = 0.25, 0.3, 0.1  # shares of the texts
_ABOUT_WORDS, _ABOUT_LABELS = 0.9, 0.75  # shares of the rules
_HANDLES = 20_000
_START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Label:
    """The task's label is one of these, with at least this score."""

    task: str
    labels: tuple[str, ...]
    at_least: float


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has one of these values."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field is at least this number."""

    path: str
    limit: int


@dataclass(frozen=True, slots=True)
class InList:
    """The author's handle is on a list, or is not."""

    name: str
    is_negative: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The text has one word of each group."""

    groups: tuple[tuple[str, ...], ...]


Predicate = Label | Equals | AtLeast | InList | Words
# A rule is a few predicates that must all hold.
RuleSpec = tuple[Predicate, ...]


class World:
    """What rules and mentions are made of.

    Args:
        seed: Equal seeds make equal worlds.
    """

    def __init__(self, seed: int = 20_260_302) -> None:
        self._random = random.Random(seed)
        self.words = self._make_words()
        # Zipf's law: the word of rank r is written 1/r as often as the first.
        self._weights = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
        self.accented = [f"{word[:2]}é{word[2:]}" for word in self._random.sample(self.words, 300)]
        self.handles = [f"{self._random.choice(self.words)}_{at}" for at in range(_HANDLES)]
        self.lists = {
            f"accounts-{at}": tuple(self._random.sample(self.handles, 25)) for at in range(40)
        }

    def _make_words(self) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < _VOCABULARY:
            syllables = self._random.choices(_SYLLABLES, k=self._random.choice((1, 2, 2, 3)))
            made["".join(syllables)] = None
        return list(made)

    def mention(self, number: int) -> Mention:
        """Return a mention with every field and label that rules ask for."""
        chance = self._random
        words = chance.choices(self.words, cum_weights=self._weights, k=chance.randint(6, 30))
        if chance.random() < _WITH_ACCENTS:
            words[1] = chance.choice(self.accented)
        if chance.random() < _WITH_MARK:
            words[0] = f"@{words[0]}"
        if chance.random() < _WITH_MARK:
            words[-1] = f"#{words[-1]}"
        if chance.random() < _WITH_EMOJI:
            words.append("😡")
        return Mention(
            id=f"m{number}",
            source=chance.choice(SOURCES),
            external_id=str(number),
            text=" ".join(words) + chance.choice((".", "!", "?", " …", "")),
            published_at=_START + timedelta(seconds=number),
            kind=chance.choice(KINDS),
            language=chance.choice(LANGUAGES),
            brand="acme",
            author=Author(
                handle=chance.choice(self.handles), followers=int(chance.paretovariate(0.6) * 20)
            ),
            metrics=Metrics(likes=int(chance.paretovariate(0.8)) - 1, shares=chance.randint(0, 99)),
            classifications=tuple(
                Classification(task, chance.choice(labels), round(chance.uniform(0.3, 1), 3))
                for task, labels in LABELS.items()
            ),
        )

    def rule(self) -> RuleSpec:
        """Return two to four predicates of different kinds, as policies combine them.

        Nine in ten have a text query, the others name accounts; three in four ask for a label
        with a score.
        """
        chance = self._random
        is_about_words = chance.random() < _ABOUT_WORDS
        found: list[Predicate] = [
            self._asked_words() if is_about_words else InList(chance.choice(self._names))
        ]
        if chance.random() < _ABOUT_LABELS:
            found.append(self._asked_label())
        others: list[Callable[[], Predicate]] = [
            self._asked_value,
            self._asked_number,
            self._asked_list,
            self._asked_label,
        ]
        chance.shuffle(others)
        wanted = chance.randint(2, 4)
        for make in others:
            if len(found) >= wanted:
                break
            found.append(make())
        return tuple(found)

    def query(self) -> str:
        """Return a text query of five terms in one of the forms that authors write."""
        forms = (
            "({} OR {}) NEAR/6 {} NOT ({} OR {})",
            '"{} {}" OR ({} AND {} AND {})',
            "({} OR {}* OR {}) AND ({} OR #{})",
            '("{} {}"~3 OR {}) {} NOT {}',
            "{} NEAR/3f ({} OR {} OR {}) OR @{}",
        )
        return self._random.choice(forms).format(*self._random.choices(self._rule_words, k=5))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.lists)

    @property
    def _rule_words(self) -> list[str]:
        return self.words[_RULE_WORDS]

    def _asked_words(self) -> Words:
        groups = []
        for _ in range(self._random.choice((1, 2))):
            words = self._random.choices(self._rule_words, k=self._random.randint(1, 3))
            if self._random.random() < _WITH_ACCENTS:
                words[0] = self._random.choice(self.accented)
            groups.append(tuple(words))
        return Words(tuple(groups))

    def _asked_label(self) -> Label:
        task = self._random.choice(tuple(LABELS))
        labels = self._random.sample(LABELS[task], self._random.choice((1, 1, 2)))
        return Label(task, tuple(labels), self._random.choice((0.5, 0.6, 0.7, 0.8, 0.9)))

    def _asked_value(self) -> Equals:
        path, values = self._random.choice(
            (("source", SOURCES), ("language", LANGUAGES), ("kind", KINDS))
        )
        return Equals(path, tuple(self._random.sample(values, self._random.choice((1, 1, 2)))))

    def _asked_number(self) -> AtLeast:
        path, limits = self._random.choice(
            (
                ("author.followers", (100, 500, 1_000, 5_000, 10_000, 50_000)),
                ("metrics.likes", (5, 10, 50, 100)),
                ("metrics.shares", (50, 75, 90)),
            )
        )
        return AtLeast(path, self._random.choice(limits))

    def _asked_list(self) -> InList:
        return InList(self._random.choice(self._names), is_negative=True)
