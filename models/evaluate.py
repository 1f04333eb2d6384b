"""Measures a classifier on labelled texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from models.calibration import calibration_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.classification import Classification
    from engine.ports import Classifier


class Row(NamedTuple):
    """One labelled text."""

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
class Evaluation:
    """How well one task is answered; every share in [0, 1].

    Accuracy, F1 and recall are of the best label whatever its score, so that they compare with
    published figures; `answered` and `accuracy_answered` say what the floor does.

    Attributes:
        macro_f1: Mean of the labels' F1.
        macro_recall: Mean of the labels' recall.
        ece: Expected calibration error.
        answered: Share of texts that got a label other than ``unknown``.
        accuracy_answered: Accuracy among those.
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


def evaluate(classifier: Classifier, task: str, rows: Sequence[Row]) -> Evaluation:
    """Measure one task on labelled texts.

    Raises:
        ValueError: There are no rows, the classifier does not answer the task, or a row has a label
            the task does not know.
    """
    labels = classifier.tasks.get(task, ())
    unknown = sorted({row.label for row in rows} - set(labels))
    if not rows or not labels or unknown:
        message = (
            f"cannot measure task {task!r} on {len(rows)} texts: the classifier answers "
            f"{sorted(classifier.tasks)}, its labels are {list(labels)}, unknown here: {unknown}"
        )
        raise ValueError(message)
    answers = classifier.classify([row.text for row in rows], [row.language for row in rows])
    mine = [next(one for one in found if one.task == task) for found in answers]
    return _measure(task, labels, mine, [row.label for row in rows])


def _measure(
    task: str, labels: Sequence[str], found: Sequence[Classification], truth: Sequence[str]
) -> Evaluation:
    scores = np.array([[one.scores[label] for label in labels] for one in found])
    right = np.array([labels.index(label) for label in truth])
    guess = scores.argmax(axis=1)
    # The mean is over the labels that occur: one that no text has says nothing.
    present = sorted(set(right.tolist()))
    precision, recall, f1, counts = precision_recall_fscore_support(
        right, guess, labels=present, zero_division=0.0
    )
    is_answered = np.array([one.label in labels for one in found])
    is_right = guess == right
    return Evaluation(
        task=task,
        n=len(found),
        accuracy=float(is_right.mean()),
        macro_f1=float(f1.mean()),
        macro_recall=float(recall.mean()),
        per_label={
            labels[index]: LabelScore(int(n), float(p), float(r), float(f))
            for index, n, p, r, f in zip(present, counts, precision, recall, f1, strict=True)
        },
        ece=calibration_error(scores, right),
        answered=float(is_answered.mean()),
        accuracy_answered=float(is_right[is_answered].mean()) if is_answered.any() else 0.0,
    )
