"""Measures the encoder on the held-out `val` sets as it ships: one text at a time, by onnxruntime.

A text is read by every precision once; calibration, floors and figures all come from those raw
scores, so the figures of the shipped precision are those of the shipped file.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.metrics import f1_score, recall_score

from engine.classification import BUILT_IN_TASKS
from models.calibration import (
    Calibration,
    calibration_error,
    choose_floor,
    cross_fitted_scores,
    fit_calibration,
)
from models.training.data import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from models.encoder_reader import EncoderReader
    from models.training.data import ValSet

    Floats = NDArray[np.float32]

# Bits of a weight by the name of the precision; fp32 is measured to say what quantising costs.
PRECISIONS: Mapping[str, int | None] = {"fp32": None, "int8": 8, "int7": 7}
LONGEST = 126  # pieces of a text read at once, without those around it
# Share of val that still gets an answer.
ANSWERED = 0.9
_AT_ONCE = 1000
# What each set's published figures are in; macro-F1 where nothing is said.
_HEADLINES = {"semeval2017-task4a": "macro_recall", "tweeteval-irony": "f1_irony"}


class Shipped(NamedTuple):
    """What a task's answers need beside its raw scores.

    Attributes:
        measured: Figures on val, as JSON.
    """

    calibration: Calibration
    floor: float
    measured: dict[str, Any]


def raw_scores(
    reader: EncoderReader, texts: Sequence[str], *, say: Callable[[str], None]
) -> Floats:
    """Return the raw scores of texts, (n_texts, n_labels), the tasks' labels one after another."""
    found: list[Floats] = []
    started = time.monotonic()
    for start in range(0, len(texts), _AT_ONCE):
        found.append(reader.read(texts[start : start + _AT_ONCE]).logits)
        done = min(start + _AT_ONCE, len(texts))
        if done < len(texts):
            left = (time.monotonic() - started) / done * (len(texts) - done)
            say(f"    {done} of {len(texts)} texts, {left:.0f} s left")
    return np.concatenate(found)


def of_task(logits: Floats, task: str) -> Floats:
    """Return the columns of one task's labels.

    Raises:
        KeyError: The encoder has no such task.
    """
    start = 0
    for name, labels in BUILT_IN_TASKS.items():
        if name == task:
            return logits[:, start : start + len(labels)]
        start += len(labels)
    raise KeyError(task)


def shipped_task(task: str, sets: Sequence[ValSet], logits: Sequence[Floats]) -> Shipped:
    """Calibrate a task and measure it on its sets.

    Temperatures are fitted and the floor is chosen on the same texts that are measured; the
    calibration errors are cross-fitted, each half calibrated by the other.

    Args:
        logits: The task's raw scores of each set's texts.
    """
    labels = BUILT_IN_TASKS[task]
    truth = np.concatenate([_truth(one, labels) for one in sets])
    codes = [row.language or "" for one in sets for row in one.rows]
    together = np.concatenate(logits)
    calibration = fit_calibration(together, truth, codes)
    fair = cross_fitted_scores(together, truth, codes)
    floor = choose_floor(fair, answered=ANSWERED)
    ends = np.cumsum([len(one.rows) for one in sets])[:-1]
    by_set = {
        one.name: _figures(labels, part, _truth(one, labels), floor=floor)
        for one, part in zip(sets, np.split(fair, ends), strict=True)
    }
    measured = {"sets": by_set, "all": _figures(labels, fair, truth, floor=floor)}
    return Shipped(calibration, floor, measured)


def headlines(sets: Sequence[ValSet], logits: Sequence[Floats]) -> dict[str, float]:
    """Return of each set the figure it is known by, in [0, 1], and the mean of UMSAB's languages.

    Args:
        logits: The raw scores of each set's texts, of all tasks.
    """
    found = {}
    for one, scores in zip(sets, logits, strict=True):
        labels = BUILT_IN_TASKS[one.task]
        figures = _ranked(labels, of_task(scores, one.task), _truth(one, labels))
        found[one.name] = figures[_HEADLINES.get(one.name, "macro_f1")]
    umsab = [found[f"umsab-{code}"] for code in LANGUAGES if f"umsab-{code}" in found]
    if umsab:
        found["umsab-mean"] = round(float(np.mean(umsab)), 4)
    return found


def headline_of(name: str) -> str:
    """Return which figure a set is known by, as people write it."""
    return {"macro_recall": "macro-recall", "f1_irony": "F1 of irony"}.get(
        _HEADLINES.get(name, ""), "macro-F1"
    )


def _truth(one: ValSet, labels: Sequence[str]) -> NDArray[np.int64]:
    return np.array([labels.index(row.label) for row in one.rows], dtype=np.int64)


def _ranked(
    labels: Sequence[str], scores: NDArray[np.floating], truth: NDArray[np.int64]
) -> dict[str, float]:
    """Return the figures of the best label, whatever its score."""
    guess = scores.argmax(axis=1)
    present = np.unique(truth)
    per_label = f1_score(truth, guess, labels=present, average=None, zero_division=0.0)
    recall = recall_score(truth, guess, labels=present, average="macro", zero_division=0.0)
    return {
        "macro_f1": round(float(per_label.mean()), 4),
        "macro_recall": round(float(recall), 4),
        "accuracy": round(float((guess == truth).mean()), 4),
        **{
            f"f1_{labels[at]}": round(float(f1), 4)
            for at, f1 in zip(present, per_label, strict=True)
        },
    }


def _figures(
    labels: Sequence[str],
    scores: NDArray[np.float64],
    truth: NDArray[np.int64],
    *,
    floor: float,
) -> dict[str, Any]:
    is_answered = scores.max(axis=1) >= floor
    is_right = scores.argmax(axis=1) == truth
    right = float(is_right[is_answered].mean()) if is_answered.any() else 0.0
    return {
        "n": len(truth),
        **_ranked(labels, scores, truth),
        "ece": round(calibration_error(scores, truth), 4),
        "answered": round(float(is_answered.mean()), 4),
        "accuracy_answered": round(right, 4),
    }
