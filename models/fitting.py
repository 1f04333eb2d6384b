"""Learns a linear head from labelled texts, on one core, the same way every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is learnt.

    Attributes:
        strength: Inverse of the penalty on weights: higher follows the examples more closely.
        rareness: Power of the inverse document frequency that scales a feature: rare features may
            weigh more than frequent ones.
        fewest: Texts a feature must occur in.
        kept: Features kept, those of the largest weights.
        tolerance: Slope at which learning stops; ten times higher halves the time and moves single
            languages by up to four points of F1.
    """

    strength: float
    rareness: float
    fewest: int
    kept: int
    tolerance: float = 1e-3
    seed: int = 7


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What was learnt; see `models.heads.Head` for the fields."""

    columns: NDArray[np.int32]
    weights: NDArray[np.float16]
    intercept: NDArray[np.float32]


def learn(
    features: csr_matrix,
    truth: NDArray[np.integer],
    *,
    importance: NDArray[np.floating] | None = None,
    recipe: Recipe,
) -> Weights:
    """Return the weights of a logistic regression over scaled features.

    Args:
        truth: Index of each text's label; every label from 0 to the highest occurs.
        importance: How much each text counts; left out: labels count the same in sum.

    Source: scaling by rareness after the rows were brought to length 1 can be folded into the
    weights, so nothing but them is needed later.
    """
    occurs = np.bincount(features.indices, minlength=features.shape[1])
    columns = np.flatnonzero(occurs >= recipe.fewest)
    rareness = np.log((1 + features.shape[0]) / (1 + occurs[columns])) + 1
    scale = (rareness**recipe.rareness).astype(np.float32)
    model = LogisticRegression(
        C=recipe.strength, max_iter=500, tol=recipe.tolerance, random_state=recipe.seed
    )
    if importance is None:
        importance = balanced(truth)
    model.fit(features[:, columns].multiply(scale).tocsr(), truth, sample_weight=importance)
    coefficients, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # noqa: PLR2004  scikit-learn gives two labels one row
        coefficients = np.vstack((-coefficients, coefficients)) / 2
        intercept = np.concatenate((-intercept, intercept)) / 2
    weights = (coefficients * scale).T
    strongest = np.argsort(-np.abs(weights).max(axis=1), kind="stable")[: recipe.kept]
    chosen = np.sort(strongest)
    return Weights(
        columns[chosen].astype(np.int32),
        weights[chosen].astype(np.float16),
        intercept.astype(np.float32),
    )


def balanced(truth: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return an importance of each text under which every label counts the same; mean 1."""
    counts = np.bincount(truth)
    return np.asarray(len(truth) / (np.count_nonzero(counts) * counts[truth]), dtype=np.float64)
