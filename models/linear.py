"""The small backend: words and character n-grams, one linear head a task.

No network, no accelerator, a few megabytes; thousands of short texts a second on one core. The
features of a text are made once, every head reads them.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from engine.errors import ConfigError
from models.answers import answers
from models.features import featurise
from models.heads import HeadWeights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.classification import Classification
    from models.heads import Head

NAME = "linear"
_BATCH = 512  # texts at once: keeps the memory of a call small whatever its size


class LinearClassifier:
    """Answers one task per head.

    Args:
        heads: At least one, of distinct tasks.

    Raises:
        ConfigError: There is no head, or two answer one task.
    """

    def __init__(self, heads: Sequence[Head]) -> None:
        tasks = [head.task for head in heads]
        if not tasks or len(set(tasks)) < len(tasks):
            message = f"a linear classifier needs heads of distinct tasks, got {tasks}"
            raise ConfigError(message)
        self._heads = tuple((head, HeadWeights(head)) for head in heads)

    @property
    def name(self) -> str:
        """Always ``linear``."""
        return NAME

    @property
    def version(self) -> str:
        """Hash over every head's version; a Classification carries its own head's."""
        versions = "\n".join(f"{head.task}={head.version}" for head, _ in self._heads)
        return sha256(versions.encode()).hexdigest()[:12]

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads, as given."""
        return tuple(head for head, _ in self._heads)

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """The heads' tasks, each with its labels."""
        return {head.task: head.labels for head, _ in self._heads}

    def classify(
        self, texts: Sequence[str], languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        """Return one Classification a head for each text, in the order of the texts."""
        found: list[tuple[Classification, ...]] = []
        for start in range(0, len(texts), _BATCH):
            part = slice(start, start + _BATCH)
            features = featurise(texts[part])
            by_head = [
                answers(
                    head.calibration.scores(weights.logits(features), languages[part]),
                    head,
                    classifier=NAME,
                    version=head.version,
                )
                for head, weights in self._heads
            ]
            found.extend(zip(*by_head, strict=True))
        return found
