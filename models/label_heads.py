"""A label set's head over the encoder's embedding: what it says of a text, and its file.

Only numpy is needed to read a head and to answer with it. A head is a kernel machine: each label
weighs a text's nearness to examples, see `models.label_kernel`.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from engine.classification import UNKNOWN
from engine.errors import ConfigError
from models.answers import answers
from models.calibration import Calibration
from models.label_kernel import Landmarks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.classification import Classification

    # Examples by language, by label.
    Examples = Mapping[str, Mapping[str, Sequence[str]]]
    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

RECIPE_VERSION = 1  # raise it when the same examples may teach another head
_FORMAT = 1  # raise it when the file's content changes its meaning
_ABOUT = "about.json"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first instant a zip file can name
# What the zip, numpy and JSON readers raise on bytes that are not theirs.
_UNREADABLE = (BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True, eq=False)
class LabelHead:
    """One label set, learnt from its examples over one encoder's embedding.

    Attributes:
        landmarks: Examples that a text is compared with.
        weights: float32, (n_landmarks, n_labels); nearness times these are the raw scores, about 1
            for the label of a text that lies among that label's examples, about 0 for the others.
        floor: Least score of an answer; below it the label is ``unknown``.
        reach: Least raw score of an answer's label; a text below it lies too far from every
            example for any label, and its label is ``unknown`` whatever its score.
        version: Changes when an answer may change; 16 hexadecimal digits.
        measured: What cross-validation found, as JSON, for people.
    """

    task: str
    labels: tuple[str, ...]
    landmarks: Landmarks
    weights: NDArray[np.float32]
    calibration: Calibration
    floor: float
    reach: float
    version: str
    measured: dict[str, Any]

    def answers(
        self,
        embeddings: NDArray[np.float32],
        texts: Sequence[str],  # noqa: ARG002  what every head over an embedding is given
        languages: Sequence[str | None],
        *,
        classifier: str,
    ) -> list[Classification]:
        """Return one Classification for each text; each depends on its text alone.

        Args:
            embeddings: float32, (n_texts, width), rows of length 1.
            languages: Choose the temperature; None where not known.
            classifier: Name of the backend that answers.

        Returns:
            Scores whole, also where the label is ``unknown``: below the floor, or out of reach.
        """
        if not len(embeddings):
            return []
        # In single precision, sums over thousands of nearnesses would show in a score's digits in
        # which company a text was.
        raw = self.landmarks.exact_nearness(embeddings) @ self.weights
        scores = self.calibration.scores(raw, languages)
        found = answers(scores, self, classifier=classifier, version=self.version)
        return [
            one if best >= self.reach else replace(one, label=UNKNOWN)
            for one, best in zip(found, raw.max(axis=1).tolist(), strict=True)
        ]


def label_head_version(examples: Examples, encoder_version: str) -> str:
    """Return the version of the head these examples teach: 16 hexadecimal digits.

    Args:
        encoder_version: Of what made the embedding; another one makes another head.
    """
    plain = [
        (label, sorted((code, list(texts)) for code, texts in by_language.items()))
        for label, by_language in examples.items()
    ]
    content = [RECIPE_VERSION, encoder_version, plain]
    return sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()[:16]


def train_label_head(
    task: str, examples: Examples, embed: Embed, *, encoder_version: str
) -> LabelHead:
    """Learn a label set; equal arguments give equal heads.

    Args:
        task: The set's name.
        examples: At least two labels with two distinct examples each, in any languages. Those of
            ``unknown``, if any, are texts that have none of the labels.
        embed: Returns float32, (n_texts, width), rows of length 1, of normalised texts.
        encoder_version: Of what `embed` asks.

    Raises:
        ConfigError: There are fewer labels or examples than that.
    """
    # Brings scipy, which nothing that only answers needs.
    from models.label_training import train  # noqa: PLC0415

    version = label_head_version(examples, encoder_version)
    return train(task, examples, embed, version=version)


def write_label_head(head: LabelHead) -> bytes:
    """Return a head's file, a zip of arrays and one JSON text; equal heads give equal bytes."""
    about = {
        "format": _FORMAT,
        "task": head.task,
        "labels": head.labels,
        "slope": head.landmarks.slope,
        "temperature": head.calibration.default,
        "temperatures": head.calibration.by_language,
        "floor": head.floor,
        "reach": head.reach,
        "version": head.version,
        "measured": head.measured,
    }
    parts = {
        _ABOUT: json.dumps(about, ensure_ascii=False, sort_keys=True).encode(),
        "landmarks.npy": _array_bytes(head.landmarks.vectors.astype(np.float16)),
        "weights.npy": _array_bytes(head.weights),
    }
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for filename, data in parts.items():
            info = ZipInfo(filename, _LONG_AGO)
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, data)
    return written.getvalue()


def read_label_head(content: bytes, *, name: str) -> LabelHead:
    """Read what `write_label_head` wrote; nothing in a file can make the reader run anything.

    Args:
        name: What the messages call the file.

    Raises:
        ConfigError: The content is no head, its parts do not fit one another, or it was written in
            another format.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            about = json.loads(archive.read(_ABOUT))
            written_as = about["format"]
            if written_as == _FORMAT:
                return _head_of(archive, about)
    except _UNREADABLE as cause:
        message = f"{name} is not a label set's head: {type(cause).__name__}: {cause}"
        raise ConfigError(message) from cause
    message = (
        f"{name} is a head of format {written_as}, this engine reads {_FORMAT}: train it again"
    )
    raise ConfigError(message)


def _head_of(archive: ZipFile, about: dict[str, Any]) -> LabelHead:
    vectors, weights = _array(archive, "landmarks.npy"), _array(archive, "weights.npy")
    labels = tuple(str(one) for one in about["labels"])
    if vectors.ndim != 2 or weights.shape != (len(vectors), len(labels)):  # noqa: PLR2004
        message = (
            f"{len(labels)} labels, landmarks of shape {vectors.shape} and weights of shape "
            f"{weights.shape} do not fit one another"
        )
        raise ValueError(message)
    temperatures = {str(code): float(one) for code, one in about["temperatures"].items()}
    return LabelHead(
        task=str(about["task"]),
        labels=labels,
        landmarks=Landmarks(vectors.astype(np.float32), float(about["slope"])),
        weights=weights.astype(np.float32),
        calibration=Calibration(float(about["temperature"]), temperatures),
        floor=float(about["floor"]),
        reach=float(about["reach"]),
        version=str(about["version"]),
        measured=dict(about["measured"]),
    )


def _array_bytes(array: NDArray[Any]) -> bytes:
    written = BytesIO()
    np.lib.format.write_array(written, np.ascontiguousarray(array), allow_pickle=False)
    return written.getvalue()


def _array(archive: ZipFile, filename: str) -> NDArray[Any]:
    found = np.lib.format.read_array(BytesIO(archive.read(filename)), allow_pickle=False)
    if not np.issubdtype(found.dtype, np.floating) or not np.isfinite(found).all():
        message = f"{filename} holds something else than finite numbers"
        raise ValueError(message)
    return np.asarray(found)
