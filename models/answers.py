"""What every backend makes of calibrated scores: the best label, or none where it is too weak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from engine.classification import UNKNOWN, Classification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Labelled(Protocol):
    """One task: its labels in the order of the scores, and the least score of an answer."""

    @property
    def task(self) -> str:
        """The task's name."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the scores."""
        ...

    @property
    def floor(self) -> float:
        """Least score of an answer, in [0, 1]; below it the label is ``unknown``."""
        ...


def answers(
    scores: NDArray[np.float64], task: Labelled, *, classifier: str, version: str
) -> list[Classification]:
    """Return a task's answer for each text; the scores stay whole below the floor.

    Args:
        scores: Calibrated, float64, (n_texts, n_labels), rows sum to 1.
        classifier: Name of the backend that answers.
        version: Of the artefact that answers.
    """
    best = scores.argmax(axis=1).tolist()
    return [
        Classification(
            task=task.task,
            label=task.labels[index] if row[index] >= task.floor else UNKNOWN,
            score=row[index],
            scores=dict(zip(task.labels, row, strict=True)),
            classifier=classifier,
            version=version,
        )
        for index, row in zip(best, scores.tolist(), strict=True)
    ]
