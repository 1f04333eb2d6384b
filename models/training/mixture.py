"""Lays out what the encoder is tuned on: which texts, how often, and when in the run.

Every source has a span of the run, 0 to 1, over which its passes are spread; a text's place is
drawn at random inside its pass. Heads that do not ship (Reddit emotions, subtitles, sarcasm,
hostility) come early: they teach the layers, and the tasks that ship have the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from models.text import normalise
from models.training.data import (
    LANGUAGES,
    label_of,
    letters_of,
    raw_rows,
    unseen_rows,
    val_sets,
)
from models.training.network import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path
    from random import Random

    from models.training.data import Raw

Target = int | tuple[float, ...]

# Heads that may give several labels at once.
SEVERAL = frozenset({"go", "xed"})
_PLENTY = 9000  # neutral and positive texts of SemEval a pass; of negative ones it has fewer
_PLAIN = 5000  # GoEmotions texts without an emotion
# Rows of UMSAB's Hindi train set before its last quarter: where SemEval has the same text, their
# labels agree with its no more often than chance; from here on all agree.
_DOUBTFUL_HINDI = 1374
_THROUGHOUT = (0.05, 1.0)
# Texts read for their embedding alone, and how many of each file.
_UNLABELLED = (
    ("hwu64/train", 9000),
    ("complaints-twitter/train", 3000),
    ("ibm-twitter-customer-care/val", 2000),
    ("wikit-fr-intents/train", 400),
    ("churn-intent-swisscom/de", 400),
    ("churn-intent-swisscom/en", 400),
    ("tweet-acts/train", 4000),
    ("crisislext26/train", 7000),
    ("pheme-rumours/train", 3000),
    ("youtube-spam/train", 1600),
    ("purchase-intent-iphone/train", 1400),
)


class Item(NamedTuple):
    """One text at one place of the run.

    Attributes:
        place: When it is learnt from, 0 at the start and 1 at the end.
        text: Normalised.
        head: Which head learns from it; None for no label.
        target: Index of its label, or 0 and 1 for each label of a head of `SEVERAL`.
        is_taught: Its embedding should stay near the base's.
    """

    place: float
    text: str
    head: str | None
    target: Target | None
    is_taught: bool


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """All items in the order of the run.

    Attributes:
        heads: Number of labels by head, in the order in which the network makes them.
    """

    items: tuple[Item, ...]
    heads: Mapping[str, int]

    @property
    def version(self) -> str:
        """Hash over the items and heads; 16 hexadecimal digits."""
        content = f"{list(self.heads.items())} {self.items}"
        return sha256(content.encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Rows for one head.

    Attributes:
        span: Part of the run, from and to, over which the passes are spread.
        target: What a row teaches; None where its label is not to be believed.
        pick: Which of the rows a pass takes; left out: all.
    """

    name: str
    head: str | None
    rows: Sequence[Raw]
    span: tuple[float, float]
    passes: int = 1
    target: Callable[[Raw], Target | None] | None = None
    is_taught: bool = False
    pick: Callable[[Sequence[Raw], Random], Sequence[Raw]] | None = None


def mixture(data: Path, *, chance: Random, say: Callable[[str], None]) -> Mixture:
    """Return what to learn from, and when; the same for the same data and state of chance.

    No labelled text that is measured on is among it. The texts read for their embedding alone are
    taken as they are, fourteen of which stand in a val set too: no label of theirs is read.
    """
    several = {"go": names_of(data, "goemotions"), "xed": names_of(data, "xed-fr")}
    unlabelled: list[Raw] = []
    for file, most in _UNLABELLED:
        rows = raw_rows(data / f"{file}.jsonl")
        chance.shuffle(rows)
        unlabelled += rows[:most]
    items: list[Item] = []
    for source in _sources(data, several, unlabelled):
        placed = _placed(source, chance)
        say(f"  {source.name}: {len(placed)} texts in {source.passes} passes")
        items += placed
    heads = {task: len(labels) for task, labels in TASKS.items()}
    heads |= {name: len(labels) for name, labels in several.items()}
    heads |= {"sarcasm": 2, "toxic": 2}
    return Mixture(tuple(sorted(items, key=lambda one: one.place)), heads)


def _placed(source: _Source, chance: Random) -> list[Item]:
    first, last = source.span
    placed = []
    for number in range(source.passes):
        start = first + (last - first) * number / source.passes
        end = first + (last - first) * (number + 1) / source.passes
        rows = source.pick(source.rows, chance) if source.pick else source.rows
        for row in rows:
            place = chance.uniform(start, end)
            target = source.target(row) if source.target else None
            head = None if target is None else source.head
            placed.append(Item(place, normalise(row["text"]), head, target, source.is_taught))
    return placed


def _sources(
    data: Path, several: Mapping[str, Sequence[str]], unlabelled: Sequence[Raw]
) -> list[_Source]:
    """Return the sources in the order in which their places are drawn."""
    held_out = letters_of(row.text for one in val_sets(data) for row in one.rows)

    def rows(name: str) -> list[Raw]:
        return unseen_rows(raw_rows(data / name / "train.jsonl"), held_out)

    semeval, go = rows("semeval2017-task4a"), rows("goemotions")
    plain = [row for row in go if row["labels"] == ["neutral"]]
    felt = [row for row in go if row["labels"] != ["neutral"]]
    go_target = _several(several["go"])
    return [
        *_umsab_sources(data, rows, semeval),
        _Source(
            *("semeval2017-task4a", "sentiment", semeval, (0.0, 0.95)),
            passes=2,
            target=_one_of("sentiment"),
            pick=_even,
        ),
        _shipped("tweeteval-emotion", "emotion", rows("tweeteval-emotion"), passes=5),
        _shipped("tweeteval-offensive", "offensive", rows("tweeteval-offensive"), passes=3),
        _shipped("tweeteval-irony", "irony", rows("tweeteval-irony"), passes=5),
        _Source("goemotions", "go", felt, (0.0, 0.55), target=go_target),
        _Source("goemotions, neutral", "go", plain, (0.0, 0.55), target=go_target, pick=_fewer),
        _Source(
            *("isarcasmeval-en", "sarcasm", rows("isarcasmeval-en"), (0.0, 0.8)),
            passes=2,
            target=lambda row: int(row["label"] == "sarcastic"),
        ),
        _Source("xed-fr", "xed", rows("xed-fr"), (0.0, 0.7), target=_several(several["xed"])),
        _Source(
            *("mlma-hate-fr", "toxic", rows("mlma-hate-fr"), (0.0, 0.8)),
            target=lambda row: int(bool(row["toxic"])),
        ),
        _Source("without labels", None, unlabelled, (0.0, 1.0), is_taught=True),
    ]


def _umsab_sources(
    data: Path, rows: Callable[[str], list[Raw]], semeval: Sequence[Raw]
) -> list[_Source]:
    umsab = {code: rows(f"umsab-{code}") for code in LANGUAGES}
    # Those that stand in SemEval too are learnt from there, with SemEval's label.
    umsab["hi"] = unseen_rows(umsab["hi"], letters_of(row["text"] for row in semeval))
    doubtful = raw_rows(data / "umsab-hi" / "train.jsonl")[:_DOUBTFUL_HINDI]
    doubted = {normalise(row["text"]) for row in doubtful}
    return [
        _umsab(code, umsab[code], doubted=doubted if code == "hi" else frozenset())
        for code in LANGUAGES
    ]


def _umsab(code: str, rows: Sequence[Raw], *, doubted: AbstractSet[str]) -> _Source:
    index = _one_of("sentiment")
    return _Source(
        *(f"umsab-{code}", "sentiment", rows, _THROUGHOUT),
        passes=4,
        target=lambda row: None if normalise(row["text"]) in doubted else index(row),
        is_taught=True,
    )


def _shipped(name: str, task: str, rows: Sequence[Raw], *, passes: int) -> _Source:
    return _Source(name, task, rows, _THROUGHOUT, passes=passes, target=_one_of(task))


def names_of(data: Path, name: str) -> list[str]:
    """Return the labels of a set whose texts have several, in the order of its head's rows."""
    rows = raw_rows(data / name / "train.jsonl")
    return sorted({label for row in rows for label in row["labels"]})


def _one_of(task: str) -> Callable[[Raw], Target]:
    return lambda row: TASKS[task].index(label_of(row["label"]))


def _several(names: Sequence[str]) -> Callable[[Raw], Target]:
    return lambda row: tuple(float(name in row["labels"]) for name in names)


def _even(rows: Sequence[Raw], chance: Random) -> Sequence[Raw]:
    """Return all negative texts, and others of SemEval drawn anew each pass."""
    by_label: dict[str, list[Raw]] = {label: [] for label in TASKS["sentiment"]}
    for row in rows:
        by_label[row["label"]].append(row)
    return [
        *by_label["negative"],
        *_some(by_label["neutral"], _PLENTY, chance),
        *_some(by_label["positive"], _PLENTY, chance),
    ]


def _fewer(rows: Sequence[Raw], chance: Random) -> Sequence[Raw]:
    return _some(rows, _PLAIN, chance)


def _some(rows: Sequence[Raw], most: int, chance: Random) -> Sequence[Raw]:
    return chance.sample(rows, min(most, len(rows)))
