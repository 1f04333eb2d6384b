"""Learns the sentiment head of the small backend."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classification import BUILT_IN_TASKS
from models.calibration import (
    calibration_error,
    choose_floor,
    cross_fitted_scores,
    fit_calibration,
)
from models.evaluate import evaluate
from models.features import featurise
from models.fitting import Recipe, balanced, learn
from models.heads import Head, HeadWeights
from models.linear import LinearClassifier
from models.training.data import LANGUAGES, sentiment_train, sentiment_val

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.evaluate import Evaluation, Row

TASK = "sentiment"
LABELS = BUILT_IN_TASKS[TASK]
# Compared on val: strengths 0.5 to 10, rareness 0 to 1.4, n-grams to 5 or 6, with and without
# word pairs, emotion, Reddit and subtitle sets. Differences beyond the first were below a point.
RECIPE = Recipe(strength=0.7, rareness=1.2, fewest=2, kept=300_000, tolerance=1e-4)
# Share of val that still gets an answer.
ANSWERED = 0.85


def train_sentiment(data: Path, *, say: Callable[[str], None]) -> Head:
    """Learn, calibrate and measure the sentiment head.

    Args:
        data: The folder of the labelled sets.
        say: Is told what happens, a line at a time.
    """
    val = sentiment_val(data)
    held_out = [row for rows in val.values() for row in rows]
    parts = sentiment_train(data, held_out=held_out)
    for part in parts:
        say(f"  {part.name}: {len(part.rows)} texts to learn from")
    texts = [row.text for part in parts for row in part.rows]
    truth = np.concatenate([_truth(part.rows) for part in parts])
    importance = np.concatenate([part.weight * balanced(_truth(part.rows)) for part in parts])
    features = featurise(texts)
    say(f"  {len(texts)} texts, {features.nnz} features in all; learning")
    weights = learn(features, truth, importance=importance, recipe=RECIPE)
    say(f"  kept {len(weights.columns)} features; calibrating on {len(held_out)} texts of val")
    logits = HeadWeights(weights).logits(featurise([row.text for row in held_out]))
    codes = [row.language or "" for row in held_out]
    right = _truth(held_out)
    scores = cross_fitted_scores(logits, right, codes)
    head = Head(
        task=TASK,
        labels=LABELS,
        columns=weights.columns,
        weights=weights.weights,
        intercept=weights.intercept,
        calibration=fit_calibration(logits, right, codes),
        floor=choose_floor(scores, answered=ANSWERED),
        version="",
        measured={},
    )
    head = replace(head, version=_version(head))
    return replace(head, measured=_measured(head, val, scores=scores, n_learnt=len(texts)))


def _truth(rows: Sequence[Row]) -> NDArray[np.int64]:
    return np.array([LABELS.index(row.label) for row in rows], dtype=np.int64)


def _version(head: Head) -> str:
    parts = (head.columns, head.weights, head.intercept)
    content = b"".join(part.tobytes() for part in parts)
    rest = f"{head.calibration} {head.floor} {head.labels}"
    return sha256(content + rest.encode()).hexdigest()[:16]


def _measured(
    head: Head,
    val: Mapping[str, Sequence[Row]],
    *,
    scores: NDArray[np.float64],
    n_learnt: int,
) -> dict[str, Any]:
    classifier = LinearClassifier([head])
    found: dict[str, Any] = {}
    start = 0
    for name, rows in val.items():
        mine = scores[start : start + len(rows)]
        start += len(rows)
        found[name] = _figures(evaluate(classifier, TASK, rows))
        found[name]["ece"] = round(calibration_error(mine, _truth(rows)), 4)
    everything = [row for rows in val.values() for row in rows]
    mean = np.mean([found[f"umsab-{code}"]["macro_f1"] for code in LANGUAGES])
    return {
        "n_learnt": n_learnt,
        "sets": found,
        "all": {
            **_figures(evaluate(classifier, TASK, everything)),
            "ece": round(calibration_error(scores, _truth(everything)), 4),
        },
        "umsab_mean_macro_f1": round(float(mean), 4),
    }


def _figures(measured: Evaluation) -> dict[str, Any]:
    return {
        "n": measured.n,
        "macro_f1": round(measured.macro_f1, 4),
        "macro_recall": round(measured.macro_recall, 4),
        "accuracy": round(measured.accuracy, 4),
        "answered": round(measured.answered, 4),
        "accuracy_answered": round(measured.accuracy_answered, 4),
    }
