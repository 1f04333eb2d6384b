"""Reads the labelled sets that the shipped models learn from and are measured on.

Sets kept for replay and evaluation only are not named here, so nothing can learn from them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from models.evaluate import Row
from models.text import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    Raw = Mapping[str, Any]

_R = TypeVar("_R")

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "pt")
# Not Hindi: of its texts that SemEval labels too, 32 in val and 130 before the last quarter of
# train agree no more often than chance. Text and label stand apart there.
LEARNT_LANGUAGES = tuple(code for code in LANGUAGES if code != "hi")


class SetCard(NamedTuple):
    """What a model card says of one data set."""

    name: str
    origin: str
    licence: str
    used_for: str


CARDS = (
    *(
        SetCard(
            f"umsab-{code}",
            "UMSAB (Barbieri, Espinosa Anke, Camacho-Collados, LREC 2022)",
            "repository Apache-2.0; restrictions of the sets it was made from, or of Twitter, "
            "may apply",
            "training (train), measuring and calibration (val)"
            if code in LEARNT_LANGUAGES
            else "measuring and calibration (val)",
        )
        for code in LANGUAGES
    ),
    SetCard(
        "semeval2017-task4a",
        "SemEval-2017 Task 4A (Rosenthal, Farra, Nakov 2017)",
        "code MIT; the tweets carry no licence (Twitter's terms)",
        "training (train), measuring and calibration (val)",
    ),
    SetCard(
        "tweeteval-emotion",
        "SemEval-2018 Task 1 (Mohammad et al. 2018) via TweetEval (Barbieri et al. 2020)",
        "none stated; research data (Twitter's terms)",
        "training (train): anger and sadness as negative, joy and optimism as positive",
    ),
)
_EMBEDDING = "keeping the embedding (texts, without labels)"
_VOCABULARY = "choosing the pieces of the vocabulary (texts, without labels)"
_LEARNT = "training (train), measuring and calibration (val)"
_HINDI = (
    "training (last quarter of train; the rest without labels), measuring and calibration (val)"
)
_TWEETEVAL = "none stated; research data (Twitter's terms)"
# Their texts chose the pieces of the encoder's vocabulary as well, without labels.
ENCODER_CARDS = (
    *(
        one._replace(used_for=_HINDI if one.name == "umsab-hi" else _LEARNT)
        for one in CARDS
        if one.name != "tweeteval-emotion"
    ),
    SetCard(
        "tweeteval-emotion",
        "SemEval-2018 Task 1 (Mohammad et al. 2018) via TweetEval (Barbieri et al. 2020)",
        _TWEETEVAL,
        _LEARNT,
    ),
    SetCard(
        "tweeteval-offensive",
        "SemEval-2019 Task 6, OLID (Zampieri et al. 2019) via TweetEval",
        _TWEETEVAL,
        _LEARNT,
    ),
    SetCard(
        "tweeteval-irony",
        "SemEval-2018 Task 3A (Van Hee et al. 2018) via TweetEval",
        _TWEETEVAL,
        _LEARNT,
    ),
    SetCard(
        "goemotions",
        "GoEmotions (Demszky et al. 2020)",
        "CC BY 4.0 (code Apache-2.0)",
        "training a head that does not ship (train)",
    ),
    SetCard(
        "isarcasmeval-en",
        "SemEval-2022 Task 6, iSarcasmEval (Abu Farha et al. 2022)",
        "MIT",
        "training a head that does not ship",
    ),
    SetCard("xed-fr", "XED (Öhman et al. 2020)", "CC BY 4.0", "training a head that does not ship"),
    SetCard(
        "mlma-hate-fr",
        "MLMA hate speech (Ousidhoum et al. 2019)",
        "MIT",
        "training a head that does not ship",
    ),
    SetCard(
        "hwu64",
        "NLU evaluation data (Liu et al. 2019), as split by Zhang et al.",
        "CC BY 4.0",
        _EMBEDDING,
    ),
    SetCard(
        "complaints-twitter",
        "Complaints in social media (Preoţiuc-Pietro, Gaman, Aletras 2019)",
        "none stated (Twitter's terms)",
        f"{_EMBEDDING}; measuring label sets",
    ),
    SetCard(
        "ibm-twitter-customer-care",
        "Twitter customer care (Ganhotra et al. 2020)",
        "Apache-2.0",
        _EMBEDDING,
    ),
    SetCard("wikit-fr-intents", "Wikit nlu-french-benchmark", "none stated", _EMBEDDING),
    SetCard(
        "churn-intent-swisscom",
        "Churn intent (Abbet et al. 2018)",
        "CC BY-SA 3.0",
        _EMBEDDING,
    ),
    SetCard(
        "tweet-acts",
        "Tweet acts (Saha, Saha, Bhattacharyya 2019)",
        "BSD 2-Clause",
        _EMBEDDING,
    ),
    SetCard("crisislext26", "CrisisLexT26 (Olteanu, Vieweg, Castillo 2015)", "MIT", _EMBEDDING),
    SetCard(
        "pheme-rumours",
        "PHEME (Kochkina, Liakata, Zubiaga 2018)",
        "annotations CC BY 4.0; the tweets are Twitter's",
        _EMBEDDING,
    ),
    SetCard("youtube-spam", "TubeSpam (Alberto, Lochter, Almeida 2015)", "CC BY 4.0", _EMBEDDING),
    SetCard("purchase-intent-iphone", "Imran et al. 2019", "MIT", _EMBEDDING),
    SetCard(
        "banking77",
        "Banking77 (Casanueva et al. 2020)",
        "CC BY 4.0",
        f"{_VOCABULARY}; measuring label sets",
    ),
    SetCard(
        "clinc150",
        "CLINC150 (Larson et al. 2019)",
        "CC BY 3.0",
        f"{_VOCABULARY}; measuring label sets",
    ),
)
_FEELING = {"anger": "negative", "sadness": "negative", "joy": "positive", "optimism": "positive"}
_RENAMED = {"not-offensive": "not_offensive", "non_irony": "not_irony"}
_LETTERLESS = re.compile(r"\W+")


class ValSet(NamedTuple):
    """Rows that nothing was learnt from, to measure one task on."""

    name: str
    task: str
    rows: list[Row]


class Part(NamedTuple):
    """The rows of one data set.

    Attributes:
        weight: What all of the set's texts count for, per text; its labels count the same in sum.
    """

    name: str
    rows: list[Row]
    weight: float


def every_text(data: Path) -> Iterator[str]:
    """Yield the texts of every set the encoder may read, without their labels."""
    for card in ENCODER_CARDS:
        for path in sorted((data / card.name).glob("*.jsonl")):
            for row in raw_rows(path):
                yield row["text"]


def raw_rows(path: Path) -> list[Raw]:
    """Return the rows of one file as they are."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def letters_of(texts: Iterable[str]) -> set[str]:
    """Return what texts are compared by: the same for reposts that differ in signs or links."""
    return {_key(text) for text in texts}


def unseen_rows(rows: Iterable[Raw], held_out: AbstractSet[str]) -> list[Raw]:
    """Return the rows whose text is not held out, each text where it stands first.

    Args:
        held_out: Texts as `letters_of` gives them.
    """
    seen = set(held_out)
    return list(_unseen(rows, seen, text=lambda row: str(row["text"])))


def sentiment_val(data: Path) -> dict[str, list[Row]]:
    """Return the rows to measure on, by data set."""
    found = {
        f"umsab-{code}": _rows(data / f"umsab-{code}" / "val.jsonl", language=code)
        for code in LANGUAGES
    }
    found["semeval2017-task4a"] = _rows(data / "semeval2017-task4a" / "val.jsonl", language="en")
    return found


def val_sets(data: Path) -> list[ValSet]:
    """Return what the encoder's tasks are measured on, as many rows as the sets have."""
    found = [ValSet(name, "sentiment", rows) for name, rows in sentiment_val(data).items()]
    for task in ("emotion", "offensive", "irony"):
        name = f"tweeteval-{task}"
        rows = _rows(data / name / "val.jsonl", language="en")
        renamed = [row._replace(label=label_of(row.label)) for row in rows]
        found.append(ValSet(name, task, renamed))
    return found


def label_of(written: str) -> str:
    """Return a label as the engine calls it, where a set calls it otherwise."""
    return _RENAMED.get(written, written)


def sentiment_train(data: Path, *, held_out: Iterable[Row]) -> list[Part]:
    """Return the rows to learn from, without any that is also to be measured on.

    The sets overlap: much of UMSAB's English is in SemEval's val, some of its Hindi is SemEval's
    English. A text is kept where it stands first, and never where `held_out` has it.
    """
    seen = {_key(row.text) for row in held_out}
    parts = [
        Part(f"umsab-{code}", _rows(data / f"umsab-{code}" / "train.jsonl", language=code), 1.0)
        for code in LEARNT_LANGUAGES
    ]
    semeval = _rows(data / "semeval2017-task4a" / "train.jsonl", language="en")
    emotion = _rows(data / "tweeteval-emotion" / "train.jsonl", language="en")
    feeling = [row._replace(label=_FEELING[row.label]) for row in emotion]
    # Both are large and English alone: at full weight they cost the other languages a point.
    parts += [
        Part("semeval2017-task4a", semeval, 0.3),
        Part("tweeteval-emotion", feeling, 0.3),
    ]
    return [
        part._replace(rows=list(_unseen(part.rows, seen, text=lambda row: row.text)))
        for part in parts
    ]


def umsab_texts(data: Path, code: str) -> list[str]:
    """Return the texts of one language of UMSAB's train, without their labels."""
    return [row.text for row in _rows(data / f"umsab-{code}" / "train.jsonl", language=code)]


def _unseen(rows: Iterable[_R], seen: set[str], *, text: Callable[[_R], str]) -> Iterator[_R]:
    for row in rows:
        key = _key(text(row))
        if key not in seen:
            seen.add(key)
            yield row


def _key(text: str) -> str:
    return _LETTERLESS.sub("", normalise(text).casefold())


def _rows(path: Path, *, language: str) -> list[Row]:
    return [Row(one["text"], one["label"], language) for one in raw_rows(path)]
