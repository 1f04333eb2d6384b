"""Measures a classifier on labelled texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from engine.classification import UNKNOWN
from models.calibration import calibration_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.classification import Classification
    from engine.ports import Classifier

_BINS = 15  # as the calibration error has them
_BATCH = 256  # texts between two reports of progress


class Row(NamedTuple):
    """One labelled text; the label ``unknown`` says that none of the task's labels is right."""

    text: str
    label: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well one label is found; every share in [0, 1].

    Attributes:
        n: How many texts have it.
    """

    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class LanguageScore:
    """How well the texts of one language are answered; shares in [0, 1]."""

    n: int
    macro_f1: float
    ece: float


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """How many of the texts that have none of the labels were told to have none.

    Attributes:
        n: How many such texts there were.
        recall: Share of them answered ``unknown``, in [0, 1].
    """

    n: int
    recall: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The texts whose best score lies in one span; shares in [0, 1].

    Attributes:
        low: Least score of the span, inclusive.
        high: Where the next span begins.
        n: How many texts, at least 1.
        score: Mean of their best scores.
        accuracy: Share of them whose best label is right.
    """

    low: float
    high: float
    n: int
    score: float
    accuracy: float


class Confusion(NamedTuple):
    """How often one label was taken for another."""

    label: str
    taken_for: str
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """How well one task is answered; every share in [0, 1].

    Accuracy, F1 and recall are of the best label whatever its score, so that they compare with
    published figures; `answered`, `accuracy_answered` and `in_scope_accuracy` say what the floor
    does. Texts out of scope count in `out_of_scope` alone.

    Attributes:
        n: How many texts have one of the labels.
        macro_f1: Mean of the labels' F1, of those labels that occur.
        macro_recall: Mean of the labels' recall, likewise.
        ece: Expected calibration error.
        answered: Share of texts that got a label other than ``unknown``.
        accuracy_answered: Accuracy among those.
        in_scope_accuracy: Share answered with the right label; ``unknown`` counts as wrong.
        classifier: Name of what answered.
        version: Version of what answered.
        labels: The task's labels, in the order of `confusion`.
        confusion: int64, (n_labels, n_labels): how often the label of the row got that of the
            column as its best.
        bins: Spans of the best score that hold texts, growing.
        by_language: By code, the most frequent first; texts of no known language are left out.
        out_of_scope: None where every text has one of the labels.
    """

    task: str
    n: int
    accuracy: float
    macro_f1: float
    macro_recall: float
    per_label: Mapping[str, LabelScore]
    ece: float
    answered: float
    accuracy_answered: float
    in_scope_accuracy: float
    classifier: str
    version: str
    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    bins: tuple[Bin, ...]
    by_language: Mapping[str, LanguageScore]
    out_of_scope: OutOfScope | None

    def confusions(self) -> list[Confusion]:
        """Return what was taken for what, the most frequent first."""
        found = [
            Confusion(self.labels[row], self.labels[column], int(self.confusion[row, column]))
            for row, column in np.argwhere(self.confusion > 0).tolist()
            if row != column
        ]
        return sorted(found, key=lambda one: -one.n)


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What a classifier said: scores, float64, (n_texts, n_labels), and whether it was sure."""

    scores: NDArray[np.float64]
    is_answered: NDArray[np.bool_]
    classifier: str
    version: str

    def of(self, which: NDArray[np.bool_]) -> _Answers:
        """Return the answers to some of the texts."""
        return replace(self, scores=self.scores[which], is_answered=self.is_answered[which])


def evaluate(
    classifier: Classifier,
    task: str,
    rows: Sequence[Row],
    *,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Measure one task on labelled texts.

    Args:
        on_progress: Told now and then how many texts were classified.

    Raises:
        ValueError: There are no rows in scope, the classifier does not answer the task, or a row
            has a label the task does not know.
    """
    labels = classifier.tasks.get(task, ())
    unknown = sorted({row.label for row in rows} - {*labels, UNKNOWN})
    is_in_scope = np.array([row.label != UNKNOWN for row in rows], dtype=bool)
    if not is_in_scope.any() or not labels or unknown:
        message = (
            f"cannot measure task {task!r} on {int(is_in_scope.sum())} texts: the classifier "
            f"answers {sorted(classifier.tasks)}, its labels are {list(labels)}, unknown here: "
            f"{unknown}"
        )
        raise ValueError(message)
    answers = _ask(classifier, task, rows, on_progress=on_progress)
    outside = ~answers.is_answered[~is_in_scope]
    return _measure(
        task,
        labels,
        answers.of(is_in_scope),
        rows=[row for row in rows if row.label != UNKNOWN],
        out_of_scope=OutOfScope(len(outside), float(outside.mean())) if len(outside) else None,
    )


def _ask(
    classifier: Classifier, task: str, rows: Sequence[Row], *, on_progress: Callable[[int], None]
) -> _Answers:
    labels = classifier.tasks[task]
    scores = np.zeros((len(rows), len(labels)))
    is_answered = np.zeros(len(rows), dtype=bool)
    last: Classification | None = None
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        found = classifier.classify([row.text for row in part], [row.language for row in part])
        for place, answer in enumerate(found, start):
            last = next(one for one in answer if one.task == task)
            scores[place] = [last.scores[label] for label in labels]
            is_answered[place] = last.label != UNKNOWN
        on_progress(start + len(part))
    return _Answers(
        scores, is_answered, last.classifier if last else "", last.version if last else ""
    )


def _measure(
    task: str,
    labels: Sequence[str],
    found: _Answers,
    *,
    rows: Sequence[Row],
    out_of_scope: OutOfScope | None,
) -> Evaluation:
    index_of = {label: index for index, label in enumerate(labels)}
    right = np.array([index_of[row.label] for row in rows])
    guess = found.scores.argmax(axis=1)
    # The mean is over the labels that occur: one that no text has says nothing.
    present = np.unique(right)
    precision, recall, f1, counts = precision_recall_fscore_support(
        right, guess, labels=present, zero_division=0.0
    )
    is_right = guess == right
    is_answered = found.is_answered
    return Evaluation(
        task=task,
        n=len(rows),
        accuracy=float(is_right.mean()),
        macro_f1=float(f1.mean()),
        macro_recall=float(recall.mean()),
        per_label={
            labels[index]: LabelScore(int(n), float(p), float(r), float(f))
            for index, n, p, r, f in zip(present, counts, precision, recall, f1, strict=True)
        },
        ece=calibration_error(found.scores, right),
        answered=float(is_answered.mean()),
        accuracy_answered=float(is_right[is_answered].mean()) if is_answered.any() else 0.0,
        in_scope_accuracy=float((is_right & is_answered).mean()),
        classifier=found.classifier,
        version=found.version,
        labels=tuple(labels),
        confusion=confusion_matrix(right, guess, labels=range(len(labels))).astype(np.int64),
        bins=_bins(found.scores.max(axis=1), is_right),
        by_language=_by_language(found.scores, right, [row.language for row in rows]),
        out_of_scope=out_of_scope,
    )


def _bins(best: NDArray[np.float64], is_right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    place = np.minimum((best * _BINS).astype(int), _BINS - 1)
    return tuple(
        Bin(
            low=one / _BINS,
            high=(one + 1) / _BINS,
            n=int((place == one).sum()),
            score=float(best[place == one].mean()),
            accuracy=float(is_right[place == one].mean()),
        )
        for one in np.unique(place).tolist()
    )


def _by_language(
    scores: NDArray[np.float64], right: NDArray[np.int64], languages: Sequence[str | None]
) -> dict[str, LanguageScore]:
    codes = np.array([code or "" for code in languages])
    names, counts = np.unique(codes[codes != ""], return_counts=True)
    by_count = sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda one: -one[1])
    found = {}
    for code, n in by_count:
        mine, truth = scores[codes == code], right[codes == code]
        f1 = precision_recall_fscore_support(
            truth, mine.argmax(axis=1), labels=np.unique(truth), zero_division=0.0
        )[2]
        found[code] = LanguageScore(n, float(f1.mean()), calibration_error(mine, truth))
    return found
