"""What a classifier says of one mention, for one task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "unknown"

# Tasks every installation has, with their labels. Label sets (intent, topic, a brand's own) come
# from `labels:` documents and are added to these by the policy reader.
BUILT_IN_TASKS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive"),
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "offensive": ("offensive", "not_offensive"),
    "irony": ("irony", "not_irony"),
}


@dataclass(frozen=True, slots=True)
class Classification:
    """One task's answer for one mention.

    Attributes:
        label: One of the task's labels, or ``unknown`` where the best score is below the floor.
        score: Score of the best label, in [0, 1]; a probability only where calibrated.
        scores: Score of every label, whole even when ``label`` is ``unknown``; may be empty where
            the input supplied only label and score.
        classifier: Name of the classifier, or ``given`` where the input supplied the answer.
        version: Version of the classifier's artefact, or empty where given.
    """

    task: str
    label: str
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)
    classifier: str = "given"
    version: str = ""
