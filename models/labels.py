"""Label sets: a task of a rule author's own, taught by examples in seconds.

A label set's version is the hash of its labels and examples, so editing an example makes a new
version, while a comment or a description does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import f1_score

from engine.errors import ConfigError
from models.calibration import (
    calibration_error,
    choose_floor,
    cross_fitted_scores,
    fit_calibration,
)
from models.features import FEATURES_VERSION, featurise
from models.fitting import Recipe, learn
from models.heads import Head, HeadWeights
from models.text import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# Examples by language, by label.
Examples = Mapping[str, Mapping[str, Sequence[str]]]

# Chosen by cross-validation on the shipped intent examples: strengths 1 to 5, rareness 0 to 1.5.
RECIPE = Recipe(strength=2.0, rareness=1.0, fewest=1, kept=200_000)
# The slope learning starts from falls with the number of labels, and so must the one it stops at:
# at five times this nothing is learnt from 13 labels, at half of it nothing is gained.
_TOLERANCE = 0.026
_RECIPE_VERSION = 1  # raise it when the same examples may teach another head
_FOLDS = 5
# Share of the examples, when held out, that still get an answer; the rest are `unknown`. In the
# held-out examples the answers given up are right less than half as often as those kept.
ANSWERED = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Examples laid out flat; `fold` says in which part of cross-validation each is held out."""

    texts: list[str]
    truth: NDArray[np.int64]
    languages: list[str]
    fold: NDArray[np.int64]


def examples_version(examples: Examples) -> str:
    """Return the version of the head these examples teach: 16 hexadecimal digits."""
    plain = {
        label: {language: list(texts) for language, texts in by_language.items()}
        for label, by_language in examples.items()
    }
    content = [_RECIPE_VERSION, FEATURES_VERSION, plain]
    written = json.dumps(content, ensure_ascii=True, sort_keys=True)
    return sha256(written.encode()).hexdigest()[:16]


def train_label_set(task: str, examples: Examples) -> Head:
    """Learn a label set from its examples; equal examples give equal heads.

    The head's `measured` holds what cross-validation found: macro-F1 in all and by language and
    label, calibration error, and what the floor costs.

    Args:
        task: The set's name.
        examples: At least two labels with two examples each, in any languages.

    Raises:
        ConfigError: There are fewer labels or examples than that.
    """
    labels = tuple(examples)
    rows = _laid_out(task, examples)
    features = featurise(rows.texts)
    logits = _held_out_logits(features, rows, n_labels=len(labels))
    scores = cross_fitted_scores(logits, rows.truth, rows.languages)
    floor = choose_floor(scores, answered=ANSWERED)
    weights = learn(features, rows.truth, recipe=_recipe(len(labels)))
    return Head(
        task=task,
        labels=labels,
        columns=weights.columns,
        weights=weights.weights,
        intercept=weights.intercept,
        calibration=fit_calibration(logits, rows.truth, rows.languages),
        floor=floor,
        version=examples_version(examples),
        measured=_measured(scores, rows, labels=labels, floor=floor),
    )


def _recipe(n_labels: int) -> Recipe:
    return replace(RECIPE, tolerance=_TOLERANCE / n_labels)


def _laid_out(task: str, examples: Examples) -> _Rows:
    texts: list[str] = []
    truth: list[int] = []
    languages: list[str] = []
    fold: list[int] = []
    for index, (label, by_language) in enumerate(examples.items()):
        # One text given twice would be held out and learnt from at once.
        mine = {normalise(text): code for code, some in by_language.items() for text in some}
        if len(mine) < 2 or len(examples) < 2:  # noqa: PLR2004  less cannot be told apart
            message = (
                f"label set {task!r} cannot be learnt: it needs two labels with two examples each; "
                f"it has {len(examples)}, and {label!r} has {len(mine)} distinct examples"
            )
            raise ConfigError(message)
        texts.extend(mine)
        languages.extend(mine.values())
        truth.extend([index] * len(mine))
        fold.extend(position % _FOLDS for position in range(len(mine)))
    if not texts:
        message = f"label set {task!r} cannot be learnt: it has no labels"
        raise ConfigError(message)
    return _Rows(texts, np.array(truth), languages, np.array(fold))


def _held_out_logits(features: csr_matrix, rows: _Rows, *, n_labels: int) -> NDArray[np.float32]:
    logits = np.zeros((len(rows.truth), n_labels), dtype=np.float32)
    for fold in np.unique(rows.fold):
        is_held_out = rows.fold == fold
        learnt = learn(features[~is_held_out], rows.truth[~is_held_out], recipe=_recipe(n_labels))
        logits[is_held_out] = HeadWeights(learnt).logits(features[is_held_out])
    return logits


def _measured(
    scores: NDArray[np.float64], rows: _Rows, *, labels: Sequence[str], floor: float
) -> dict[str, Any]:
    guess = scores.argmax(axis=1)
    is_right = guess == rows.truth
    is_answered = scores.max(axis=1) >= floor
    codes = np.array(rows.languages)
    per_label = f1_score(
        rows.truth, guess, labels=range(len(labels)), average=None, zero_division=0.0
    )
    return {
        "n": len(rows.truth),
        "folds": _FOLDS,
        "macro_f1": round(float(per_label.mean()), 4),
        "macro_f1_by_language": {
            str(code): _macro_f1(rows.truth[codes == code], guess[codes == code])
            for code in np.unique(codes)
        },
        "f1_by_label": {
            label: round(float(one), 4) for label, one in zip(labels, per_label, strict=True)
        },
        "n_by_language": {str(code): int((codes == code).sum()) for code in np.unique(codes)},
        "ece": round(calibration_error(scores, rows.truth), 4),
        "answered": round(float(is_answered.mean()), 4),
        "accuracy": round(float(is_right.mean()), 4),
        "accuracy_answered": round(float(is_right[is_answered].mean()), 4),
    }


def _macro_f1(truth: NDArray[np.int64], guess: NDArray[np.int64]) -> float:
    present = np.unique(truth)
    return round(
        float(f1_score(truth, guess, labels=present, average="macro", zero_division=0.0)), 4
    )
