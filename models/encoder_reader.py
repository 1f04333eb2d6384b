"""Runs the encoder's graph: texts in, raw scores and embeddings out.

One text at a time goes through the graph, so no text's answer depends on its neighbours; several
threads run it side by side. Texts longer than the graph takes go in overlapping windows, whose
results are averaged.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.errors import ConfigError
from models.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.encoder_artifact import EncoderArtifact

    Floats = NDArray[np.float32]

# A normal form may make many tokens of one character, so tokens are bounded beside characters:
# English of `models.text.LONGEST_TEXT` characters fills eleven windows.
MOST_WINDOWS = 16


class Readings(NamedTuple):
    """What one pass over texts found.

    Attributes:
        texts: The texts in the form in which they were read.
        logits: Raw scores of the built-in tasks, float32, (n_texts, n_labels).
        embeddings: float32, (n_texts, width), each of length 1.
    """

    texts: tuple[str, ...]
    logits: Floats
    embeddings: Floats


class EncoderReader:
    """Reads texts with one encoder; safe to call from several threads at once.

    Runs the graph once when made, so that the first text is as quick as the next.

    Args:
        threads: How many texts a call reads side by side.

    Raises:
        ConfigError: The graph does not take the tokens that its description promises.
    """

    def __init__(self, artifact: EncoderArtifact, *, threads: int = 1) -> None:
        self._artifact = artifact
        self._threads = threads
        self._warm_up()

    @property
    def artifact(self) -> EncoderArtifact:
        """The encoder, as given."""
        return self._artifact

    def read(self, texts: Sequence[str]) -> Readings:
        """Read every text once."""
        plain = tuple(_encodable(normalise(text)) for text in texts)
        pieces = [
            (place, window)
            for place, text in enumerate(plain)
            for window in windows(self._tokens(text), self._artifact.about.longest)
        ]
        # Longest first: no thread is left with a long one when the others are done. The order of
        # one text's windows, which are equally long, stays: sums are the same in any batch.
        pieces.sort(key=lambda piece: -len(piece[1]))
        about = self._artifact.about
        n_labels = sum(len(one.labels) for one in about.tasks.values())
        logits = np.zeros((len(plain), n_labels), np.float32)
        embeddings = np.zeros((len(plain), about.width), np.float32)
        counts = np.zeros((len(plain), 1), np.float32)
        for place, scores, embedding in self._run_all(pieces):
            logits[place] += scores
            embeddings[place] += embedding
            counts[place] += 1
        embeddings /= np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
        return Readings(plain, logits / counts, embeddings)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return the texts' embeddings, float32, (n_texts, width), each of length 1."""
        return self.read(texts).embeddings

    def _tokens(self, text: str) -> list[int]:
        return self._artifact.tokenizer.encode(text, add_special_tokens=False).ids

    def _run_all(self, pieces: Sequence[tuple[int, list[int]]]) -> list[tuple[int, Floats, Floats]]:
        side_by_side = min(self._threads, len(pieces))
        if side_by_side <= 1:
            return list(starmap(self._run, pieces))
        with ThreadPoolExecutor(side_by_side) as pool:
            return list(pool.map(self._run, *zip(*pieces, strict=True)))

    def _run(self, place: int, window: list[int]) -> tuple[int, Floats, Floats]:
        artifact = self._artifact
        ids = np.array([[artifact.opens, *window, artifact.closes]], np.int64)
        logits, embedding = artifact.graph.run(["logits", "embedding"], {"input_ids": ids})
        return place, logits[0], embedding[0]

    def _warm_up(self) -> None:
        longest = self._artifact.about.longest
        try:
            _, logits, embedding = self._run(0, [self._artifact.opens] * longest)
        except Exception as cause:  # the library's own exceptions share no narrower base
            message = f"the encoder's graph does not take texts of {longest} tokens: {cause}"
            raise ConfigError(message) from cause
        if not (np.isfinite(logits).all() and np.isfinite(embedding).all()):
            message = "the encoder's graph does not give numbers: its weights are spoilt"
            raise ConfigError(message)


def windows(tokens: list[int], longest: int) -> list[list[int]]:
    """Cut tokens into windows that overlap by a quarter or more and together hold each of them.

    All windows of a text are equally long, so their plain mean weighs every token's window the
    same, and none is a scrap without context. Tokens beyond 16 windows are left out.

    Args:
        longest: Tokens of a window; a text of no more than that is its own only window.
    """
    if len(tokens) <= longest:
        return [tokens]
    step = longest - longest // 4
    tokens = tokens[: longest + step * (MOST_WINDOWS - 1)]
    last = len(tokens) - longest
    count = -(-last // step)
    starts = [round(number * last / count) for number in range(count + 1)]
    return [tokens[start : start + longest] for start in starts]


def _encodable(text: str) -> str:
    """Return a text without lone surrogates, which are no characters and stop the tokenizer."""
    return text.encode(errors="replace").decode()
