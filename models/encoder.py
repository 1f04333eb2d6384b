"""The default backend: one small multilingual encoder, one pass a text, every task read from it.

The built-in tasks are raw scores of the graph; label sets are heads over the embedding that the
same pass gives.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from engine.errors import ConfigError
from models.answers import answers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from engine.classification import Classification
    from models.encoder_reader import EncoderReader, Readings

NAME = "encoder"
_BATCH = 512  # texts at once: keeps the memory of a call small whatever its size


class EmbeddingHead(Protocol):
    """One label set over the embedding; see `models.label_heads.LabelHead`."""

    @property
    def task(self) -> str:
        """The set's name."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels."""
        ...

    @property
    def version(self) -> str:
        """Changes when an answer may change."""
        ...

    def answers(
        self,
        embeddings: NDArray[np.float32],
        texts: Sequence[str],
        languages: Sequence[str | None],
        *,
        classifier: str,
    ) -> list[Classification]:
        """Return one Classification for each text; each depends on its text alone."""
        ...


class EncoderClassifier:
    """Answers the encoder's own tasks and those of heads over its embedding.

    Safe to call from several threads at once.

    Args:
        heads: Of distinct tasks that the encoder itself does not answer.
        without: Tasks of the encoder left to others.

    Raises:
        ConfigError: Two answer one task, or none is left.
    """

    def __init__(
        self,
        reader: EncoderReader,
        heads: Sequence[EmbeddingHead] = (),
        *,
        without: Collection[str] = (),
    ) -> None:
        self._reader = reader
        self._own = tuple(one for one in reader.artifact.tasks if one.task not in without)
        self._heads = tuple(heads)
        tasks = [one.task for one in self._own] + [head.task for head in self._heads]
        if not tasks or len(set(tasks)) < len(tasks):
            message = f"an encoder classifier needs distinct tasks, got {tasks}"
            raise ConfigError(message)

    @property
    def name(self) -> str:
        """Always ``encoder``."""
        return NAME

    @property
    def version(self) -> str:
        """Hash over the encoder's version and every head's; a head's answers carry its own."""
        own = ",".join(one.task for one in self._own)
        parts = [f"{self._reader.artifact.version} {own}"]
        parts += [f"{head.task}={head.version}" for head in self._heads]
        return sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def reader(self) -> EncoderReader:
        """The encoder, as given: its embeddings teach label sets."""
        return self._reader

    @property
    def heads(self) -> tuple[EmbeddingHead, ...]:
        """The heads of label sets, as given."""
        return self._heads

    @property
    def tasks(self) -> Mapping[str, tuple[str, ...]]:
        """The encoder's own tasks, then the heads', each with its labels."""
        own = {one.task: one.labels for one in self._own}
        return own | {head.task: head.labels for head in self._heads}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' embeddings, float32, (n_texts, width), each of length 1."""
        return self._reader.embed(texts)

    def classify(
        self, texts: Sequence[str], languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        """Return one Classification a task for each text, in the order of the texts."""
        found: list[tuple[Classification, ...]] = []
        for start in range(0, len(texts), _BATCH):
            part = slice(start, start + _BATCH)
            found += self._answers(self._reader.read(texts[part]), languages[part])
        return found

    def _answers(
        self, read: Readings, languages: Sequence[str | None]
    ) -> list[tuple[Classification, ...]]:
        by_task = [
            answers(
                one.calibration.scores(read.logits[:, one.part], languages),
                one,
                classifier=NAME,
                version=self._reader.artifact.version,
            )
            for one in self._own
        ]
        by_task += [
            head.answers(read.embeddings, read.texts, languages, classifier=NAME)
            for head in self._heads
        ]
        return list(zip(*by_task, strict=True))
