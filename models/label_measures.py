"""What cross-validation says of a label set, as JSON for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from models.calibration import calibration_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_CONFUSIONS = 50


class HeldOut(NamedTuple):
    """Examples as they were answered when held out.

    Attributes:
        truth: Index of each example's label.
        scores: Calibrated on other examples, (n_examples, n_labels), rows sum to 1.
        nearest: Raw score of each example's best label.
    """

    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    languages: Sequence[str]
    scores: NDArray[np.float64]
    nearest: NDArray[np.float64]


def measure(
    held_out: HeldOut,
    *,
    floor: float,
    reach: float,
    folds: int,
    outside: NDArray[np.float64],
) -> dict[str, Any]:
    """Return the figures; shares in [0, 1], rounded to four digits.

    Args:
        outside: Raw score of the best label of each example of ``unknown``; may be empty.
    """
    labels, truth, scores = held_out.labels, held_out.truth, held_out.scores
    guess, is_right = scores.argmax(axis=1), scores.argmax(axis=1) == truth
    is_within = held_out.nearest >= reach
    is_answered = is_within & (scores.max(axis=1) >= floor)
    codes, known = np.array(held_out.languages), sorted(set(held_out.languages))
    by_language = {code: _f1(truth[codes == code], guess[codes == code], labels) for code in known}
    in_all = _f1(truth, guess, labels)
    return {
        "n": len(truth),
        "folds": folds,
        "macro_f1": _mean(in_all),
        "macro_f1_by_language": {code: _mean(found) for code, found in by_language.items()},
        "f1_by_label": in_all,
        "f1_by_label_and_language": {
            label: {code: found[label] for code, found in by_language.items() if label in found}
            for label in labels
        },
        "n_by_language": {code: int((codes == code).sum()) for code in known},
        "n_by_label": {label: int((truth == at).sum()) for at, label in enumerate(labels)},
        "ece": _round(calibration_error(scores, truth)),
        "answered": _round(is_answered.mean()),
        "accuracy": _round(is_right.mean()),
        "accuracy_answered": _round(is_right[is_answered].mean() if is_answered.any() else 0.0),
        "confusions": _confusions(truth, guess, labels),
        "out_of_scope": _out_of_scope(is_within, is_right, outside, reach=reach),
    }


def _f1(
    truth: NDArray[np.int64], guess: NDArray[np.int64], labels: Sequence[str]
) -> dict[str, float]:
    """Return F1 of every label that occurs in the truth."""
    found: dict[str, float] = {}
    for at, label in enumerate(labels):
        is_true, is_guessed = truth == at, guess == at
        if is_true.any():
            both = float((is_true & is_guessed).sum())
            found[label] = _round(2 * both / float(is_true.sum() + is_guessed.sum()))
    return found


def _confusions(
    truth: NDArray[np.int64], guess: NDArray[np.int64], labels: Sequence[str]
) -> list[dict[str, Any]]:
    wrong = guess != truth
    pairs, counts = np.unique(
        np.stack((truth[wrong], guess[wrong]), axis=1), axis=0, return_counts=True
    )
    largest = np.argsort(-counts, kind="stable")[:_MOST_CONFUSIONS]
    return [
        {
            "label": labels[pairs[at, 0]],
            "taken_for": labels[pairs[at, 1]],
            "n": int(counts[at]),
        }
        for at in largest
    ]


def _out_of_scope(
    is_within: NDArray[np.bool_],
    is_right: NDArray[np.bool_],
    outside: NDArray[np.float64],
    *,
    reach: float,
) -> dict[str, Any]:
    given_up = (~is_within & is_right).sum() / max(int(is_right.sum()), 1)
    found: dict[str, Any] = {"right_answers_given_up": _round(given_up)}
    if len(outside):
        found |= {"n": len(outside), "recall": _round((outside < reach).mean())}
    return found


def _mean(by_label: dict[str, float]) -> float:
    return _round(np.mean(list(by_label.values())))


def _round(share: float | np.floating[Any]) -> float:
    return round(float(share), 4)
