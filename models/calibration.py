"""Makes scores mean what they say: of answers scored 0.8, eight in ten are right.

One temperature divides a classifier's raw scores before the softmax, fitted per language on texts
the classifier has not learnt from. It keeps every label's rank, so calibration changes no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_BINS = 15
_WIDEST = 3.5  # natural logarithm of the highest temperature tried, 33
_FEWEST = 100  # texts below which a language shares the temperature of all


@dataclass(frozen=True, slots=True)
class Calibration:
    """Temperatures by language.

    Attributes:
        default: For texts whose language is unknown or has no temperature of its own.
    """

    default: float = 1.0
    by_language: Mapping[str, float] = field(default_factory=dict)

    def scores(
        self, logits: NDArray[np.floating], languages: Sequence[str | None]
    ) -> NDArray[np.float64]:
        """Return scores, float64, (n_texts, n_labels), whose rows sum to 1."""
        temperatures = [self.by_language.get(code or "", self.default) for code in languages]
        scaled = logits.astype(np.float64) / np.array(temperatures).reshape(-1, 1)
        return np.asarray(np.exp(_log_softmax(scaled)), dtype=np.float64)


def fit_calibration(
    logits: NDArray[np.floating], truth: NDArray[np.integer], languages: Sequence[str]
) -> Calibration:
    """Return the temperatures that make held-out answers most probable.

    Args:
        logits: Raw scores of texts not learnt from, (n_texts, n_labels).
        truth: Index of each text's right label.
        languages: Each text's language.
    """
    codes = np.array(languages)
    chosen = {
        str(code): _temperature(logits[codes == code], truth[codes == code])
        for code in np.unique(codes)
        if int((codes == code).sum()) >= _FEWEST
    }
    return Calibration(_temperature(logits, truth), chosen)


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _temperature(logits: NDArray[np.floating], truth: NDArray[np.integer]) -> float:
    # Slow to import, and only fitting needs it: a classifier at work never does.
    from scipy.optimize import minimize_scalar  # noqa: PLC0415

    rows = np.arange(len(truth))

    def surprise(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_temperature)
        return -float(_log_softmax(scaled)[rows, truth].mean())

    found = minimize_scalar(surprise, bounds=(-_WIDEST, _WIDEST), method="bounded")
    return round(float(np.exp(found.x)), 4)


def calibration_error(scores: NDArray[np.floating], truth: NDArray[np.integer]) -> float:
    """Return the expected calibration error in [0, 1]: mean gap between score and accuracy.

    Over 15 equally wide bins of the best label's score, weighted by how many texts fall in each.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    best = scores.max(axis=1)
    is_right = scores.argmax(axis=1) == truth
    bins = np.minimum((best * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(best[bins == one].mean()) - float(is_right[bins == one].mean()))
        * float((bins == one).mean())
        for one in np.unique(bins)
    ]
    return float(sum(gaps))


def cross_fitted_scores(
    logits: NDArray[np.floating], truth: NDArray[np.integer], languages: Sequence[str]
) -> NDArray[np.float64]:
    """Return scores of which none was calibrated on its own text: each half by the other.

    An error measured on the texts a temperature was fitted on would flatter it.
    """
    half = np.arange(len(truth)) % 2 == 0
    codes = np.array(languages)
    scores = np.zeros(logits.shape, dtype=np.float64)
    for part in (half, ~half):
        fitted = fit_calibration(logits[~part], truth[~part], list(codes[~part]))
        scores[part] = fitted.scores(logits[part], list(codes[part]))
    return scores


def choose_floor(scores: NDArray[np.floating], *, answered: float) -> float:
    """Return the highest floor, in steps of 0.01, that leaves a share of texts answered."""
    return float(np.floor(np.quantile(scores.max(axis=1), 1 - answered) * 100) / 100)
